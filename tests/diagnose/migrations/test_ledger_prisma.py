"""What Prisma would answer: as it really did, and over the tables of its precedence."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from dashboard.diagnose.migrations.folder import Majority
from dashboard.diagnose.migrations.prisma import (
    Engine,
    Outcome,
    PrismaHistory,
    deploy,
    diagnose,
    status,
)
from dashboard.diagnose.migrations.view import LedgerView
from tests.diagnose.migrations.ledgers import A, B, C, Real, folder, real, row, view, without_ledger

OLD, NEW = Engine.UP_TO_7_8, Engine.SINCE_7_9
STATUS_TEXTS = {
    "have not yet been applied:\n": "pending",
    "migrations table from your database are different": "diverged",
    "not managed by Prisma Migrate": "unmanaged",
    "have failed:\n": "failed",
    "Database schema is up to date!": "up-to-date",
}
DEPLOY_TEXTS = {
    "No pending migrations to apply.": "nothing",
    "All migrations have been successfully applied.": "applies",
}
KINDS = {
    None: (False, False),
    "databaseIsBehind": (True, False),
    "migrationsDirectoryIsBehind": (False, True),
    "historiesDiverge": (True, True),
}
REAL = pytest.mark.parametrize("situation", real(), ids=lambda each: each.name)


def printed(ran: Mapping[str, Any], texts: Mapping[str, str]) -> str:
    said = ran["stdout"] + ran["stderr"]
    if code := re.search(r"Error: (P\d{4})", said):
        refused = code[1] in {"P3015", "P3019", "P1002"}
        return f"error:{code[1]}" if refused else code[1]
    if "permission denied" in said:
        return "error:permission-denied"
    outcomes = [outcome for text, outcome in texts.items() if text in said]
    return "diverged" if "diverged" in outcomes else "".join(outcomes)


def test_there_are_sixteen_real_situations() -> None:
    assert len(real()) == 16


@REAL
def test_status_as_it_really_was(situation: Real) -> None:
    for seen, ran in (
        (situation.view, situation.seen["status"]),
        (situation.after, situation.seen["status_after_deploy"]),
    ):
        answer = status(seen, NEW)
        assert answer is not None
        assert (answer.exit, answer.outcome) == (ran["rc"], printed(ran, STATUS_TEXTS))


@REAL
def test_diagnosis_as_it_really_was(situation: Real) -> None:
    real_one, ours = situation.seen["diagnose"], diagnose(situation.view, NEW)
    if "error" in real_one:
        assert ours is Outcome.PERMISSION_DENIED
        return
    assert isinstance(ours, PrismaHistory)
    history = real_one["history"] or {}
    assert ours.has_table == real_one["hasMigrationsTable"]
    assert list(ours.edited) == real_one["editedMigrationNames"]
    assert list(ours.failed) == real_one["failedMigrationNames"]
    assert list(ours.unapplied) == history.get("unappliedMigrationNames", [])
    assert list(ours.unpersisted) == history.get("unpersistedMigrationNames", [])
    assert ours.last_common == history.get("lastCommonMigrationName")
    kind = KINDS[history.get("diagnostic")]
    assert (bool(ours.unapplied), bool(ours.unpersisted)) == kind


@REAL
def test_deploy_as_it_really_was(situation: Real) -> None:
    ran = situation.seen["deploy"]
    stopped = re.findall(r"^Migration name: (\S+)$", ran["stderr"], re.MULTILINE)
    answer = deploy(replace(situation.view, would_fail=frozenset(stopped)))
    assert answer is not None
    assert (answer.exit, answer.outcome) == (ran["rc"], printed(ran, DEPLOY_TEXTS))


FAILED = (row(A, finished=False),)
EDGES: dict[str, tuple[LedgerView, str, str, str]] = {
    # what is seen: status up to 7.8, status since 7.9, deploy
    "all applied": (view(row(A), row(B), row(C)), "up-to-date", "up-to-date", "nothing"),
    "rolled back": (
        view(row(A), row(B), row(C, finished=False, rolled_back=True)),
        "up-to-date",
        "pending",
        "applies",
    ),
    "rolled back, finished before": (
        view(row(A), row(B), row(C, rolled_back=True)),
        "up-to-date",
        "pending",
        "applies",
    ),
    "rolled back and unknown to the folder": (
        view(row(A), row(B), row(C, rolled_back=True), reference=folder(A, B)),
        "up-to-date",
        "up-to-date",
        "nothing",
    ),
    "rolled back and unknown, with one pending": (
        view(row(A), row(C, rolled_back=True), reference=folder(A, B)),
        "diverged",
        "pending",
        "applies",
    ),
    "failed hides behind pending": (view(*FAILED), "pending", "pending", "P3009"),
    "failed": (view(*FAILED, reference=folder(A)), "failed", "failed", "P3009"),
    "failed and unknown": (view(*FAILED, reference=folder()), "failed", "failed", "P3009"),
    "failed, diverged": (view(*FAILED, reference=folder(B)), "diverged", "diverged", "P3009"),
    "failed, then succeeded": (
        view(*FAILED, row(A, after=1), reference=folder(A)),
        "failed",
        "failed",
        "P3009",
    ),
    "no ledger, empty": (without_ledger(other_tables=False), "pending", "pending", "applies"),
    "no ledger, tables": (without_ledger(), "pending", "pending", "P3005"),
    "no ledger, no folder": (without_ledger(reference=folder()), *["unmanaged"] * 2, "P3005"),
    "no ledger, nothing": (
        without_ledger(reference=folder(), other_tables=False),
        "unmanaged",
        "unmanaged",
        "nothing",
    ),
    "empty ledger": (view(reference=folder()), "up-to-date", "up-to-date", "nothing"),
    "extra": (view(row(A), row(B), reference=folder(A)), "up-to-date", "up-to-date", "nothing"),
    "broken, applied": (
        view(row(A), reference=folder(A, broken=(A,))),
        "error:P3015",
        "error:P3015",
        "nothing",
    ),
    "broken, pending": (
        view(row(A), reference=folder(A, B, broken=(B,))),
        "pending",
        "pending",
        "error:P3015",
    ),
    "broken, rolled back": (
        view(row(A, rolled_back=True), reference=folder(A, broken=(A,))),
        "error:P3015",
        "pending",
        "error:P3015",
    ),
    "broken and failed": (
        view(*FAILED, reference=folder(A, broken=(A,))),
        "error:P3015",
        "error:P3015",
        "P3009",
    ),
    "another provider": (
        view(*FAILED, reference=folder(A, broken=(A,), provider="mysql"), lock_held=True),
        *["error:P3019"] * 3,
    ),
    "no lock file": (
        view(row(A), reference=folder(A, provider=None)),
        "up-to-date",
        "up-to-date",
        "nothing",
    ),
    "another provider, no ledger": (
        without_ledger(reference=folder(A, provider="sqlite")),
        *["error:P3019"] * 3,
    ),
    "may not read, broken": (
        view(rows=None, readable=False, reference=folder(A, broken=(A,))),
        *["error:permission-denied"] * 3,
    ),
    "running": (
        view(*FAILED, reference=folder(A), lock_held=True),
        "failed",
        "failed",
        "error:P1002",
    ),
    "the others": (view(row(A), reference=Majority((A, B))), "pending", "pending", "applies"),
}


@pytest.mark.parametrize("edge", EDGES)
def test_precedence(edge: str) -> None:
    seen, old, new, deployed = EDGES[edge]
    answers = (status(seen, OLD), status(seen, NEW), deploy(seen))
    for answer, outcome in zip(answers, (old, new, deployed), strict=True):
        assert answer is not None
        assert answer.outcome == outcome
        assert answer.exit == (0 if outcome in {"up-to-date", "nothing", "applies"} else 1)


def test_nothing_to_compare_with_is_no_answer() -> None:
    alone = view(row(A), reference=None)
    assert status(alone, OLD) is None
    assert status(alone, NEW) is None
    assert deploy(alone) is None


@pytest.mark.parametrize(
    ("would_fail", "broken", "outcome"),
    [
        ((), (), "applies"),
        ((C,), (), "P3018"),
        ((A,), (), "applies"),  # applied already: it is not run
        ((C,), (B,), "error:P3015"),
        ((B,), (C,), "P3018"),
    ],
)
def test_the_first_script_that_cannot_be_applied_stops_deploy(
    would_fail: tuple[str, ...], broken: tuple[str, ...], outcome: str
) -> None:
    reference = folder(A, B, C, broken=broken)
    answer = deploy(view(row(A), reference=reference, would_fail=frozenset(would_fail)))
    assert answer is not None
    assert answer.outcome == outcome


def test_rows_are_listed_one_by_one() -> None:
    unknown = (row("x", finished=False), row("x", after=1), row(A, finished=False, after=2))
    seen = view(*reversed(unknown), row(A, finished=False, after=3), reference=folder(A))
    history = diagnose(seen, NEW)
    assert isinstance(history, PrismaHistory)
    assert history.failed == ("x", A, A)
    assert history.unpersisted == ("x", "x")


def test_the_oldest_row_is_compared() -> None:
    """Applied with another text, rolled back, applied again: up to 7.8 that is edited."""
    rows = (row(A, rolled_back=True, recorded="other"), row(A, after=1))
    seen = view(*rows, reference=folder(A))
    old, new = diagnose(seen, OLD), diagnose(seen, NEW)
    assert isinstance(old, PrismaHistory)
    assert isinstance(new, PrismaHistory)
    assert (old.edited, new.edited) == ((A,), ())


@pytest.mark.parametrize(
    ("rows", "last"), [((row("x"), row(A), row(C)), A), ((row("x"), row(C)), None)]
)
def test_the_last_common_one_stands_before_the_first_that_lacks(
    rows: tuple[Any, ...], last: str | None
) -> None:
    history = diagnose(view(*rows), NEW)
    assert isinstance(history, PrismaHistory)
    assert history.last_common == last
