"""What is found in a ledger, what is said of it and what to do, over the table of the check."""

from dataclasses import replace

import pytest

from dashboard.diagnose.finding import Confidence, Finding, Fix, Severity
from dashboard.diagnose.health.checks import applied, known
from dashboard.diagnose.migrations.effects import NO_EFFECTS, Effect, Effects, Extent
from dashboard.diagnose.migrations.folder import Majority
from dashboard.diagnose.migrations.view import LedgerView
from queries.rows import Migration
from tests.diagnose.migrations.ledgers import (
    START,
    TEXT,
    A,
    B,
    C,
    checksum,
    folder,
    row,
    view,
    without_ledger,
)

PRISMA = 'DATABASE_URL="<staging: a role that may migrate>" npx prisma migrate'
ERROR, WARNING, UNKNOWN = Severity.ERROR, Severity.WARNING, Severity.UNKNOWN
APPLIED = (row(A), row(B), row(C))
FAILED = row(C, finished=False, sqlstate="23502")
CASES: dict[str, tuple[LedgerView, dict[str, Severity]]] = {
    "in order": (view(*APPLIED), {}),
    "in order, as the others": (view(*APPLIED, reference=Majority((A, B, C))), {}),
    "nothing to compare with": (view(*APPLIED, reference=None), {}),
    "marked by hand": (view(row(A, steps=0), row(B), row(C)), {}),
    "line endings": (
        view(row(A, recorded=checksum(TEXT.replace(b"\n", b"\r\n"))), reference=folder(A)),
        {},
    ),
    "pending": (view(row(A), row(B)), {"pending": ERROR}),
    "late": (view(row(A), row(C)), {"pending": ERROR}),
    "never deployed": (without_ledger(other_tables=False), {"pending": ERROR}),
    "failed": (view(row(A), row(B), FAILED), {"failed": ERROR}),
    "failed, and pending": (view(row(A), FAILED), {"failed": ERROR, "pending": ERROR}),
    "running": (view(row(A), row(B), FAILED, lock_held=True), {"migration-running": UNKNOWN}),
    "rolled back": (
        view(row(A), row(B), row(C, finished=False, rolled_back=True)),
        {"rolled-back-only": ERROR},
    ),
    "rolled back, and applied again": (view(*APPLIED, row(C, rolled_back=True)), {}),
    "extra": (view(*APPLIED, row("9_x")), {"db-ahead": WARNING}),
    "diverged": (view(row(A), row(B), row("9_x")), {"pending": ERROR, "db-ahead": WARNING}),
    "edited": (view(row(A), row(B), row(C, recorded="x")), {"edited": WARNING}),
    "broken": (
        view(*APPLIED, reference=folder(A, B, C, broken=(C,))),
        {"broken-folder": ERROR},
    ),
    "no ledger": (without_ledger(), {"no-ledger": ERROR}),
    "no ledger, no folder": (without_ledger(reference=None), {"no-ledger": ERROR}),
    "no ledger, nothing at all": (
        without_ledger(reference=None, other_tables=False),
        {"no-ledger": ERROR},
    ),
    "empty folder, nothing at all": (
        without_ledger(reference=folder(), other_tables=False),
        {"no-ledger": ERROR},
    ),
    "may not read": (view(rows=None, readable=False), {"table-forbidden": UNKNOWN}),
}


FINISH = Fix("Finish it by hand", ("Run the rest.",))
EXTENTS = (None, *Extent)


def effects_of(extent: Extent | None) -> Effects:
    finish = FINISH if extent is Extent.PART else None
    return {C: Effect(extent, finish)} if extent else {}


def check(seen: LedgerView, effects: Effects = NO_EFFECTS) -> list[Finding]:
    return [*applied.compare(seen, effects), *known.compare(seen)]


def only(seen: LedgerView, there: Extent | None = None) -> Finding:
    (finding,) = check(seen, effects_of(there))
    return finding


def told(finding: Finding) -> str:
    """Everything that people read of it, apart from the commands."""
    fixes = [each for each in (finding.fix, *finding.alternatives) if each]
    return " ".join(
        [
            finding.summary,
            finding.explanation,
            *finding.caveats,
            *(fact.fact for fact in finding.evidence),
            *(step for fix in fixes for step in fix.steps),
        ]
    )


def copied(finding: Finding) -> list[str]:
    return [command.text for command in finding.fix.commands] if finding.fix else []


@pytest.mark.parametrize("case", CASES)
def test_every_row_of_the_table(case: str) -> None:
    seen, expected = CASES[case]
    assert {each.code: each.severity for each in check(seen)} == expected
    for finding in check(seen):
        assert all(fact.as_of == START for fact in finding.evidence)
        assert {fact.ms for fact in finding.evidence} == {1.2}
        assert {fact.query for fact in finding.evidence} == {"migrations"}


def test_what_is_pending_is_named_and_deployed() -> None:
    finding = only(view(row(A), row(B)))
    assert finding.summary == f"1 migration is not applied in staging: {C}."
    assert finding.confidence is Confidence.CERTAIN
    assert finding.fix
    assert finding.fix.option == 3
    assert copied(finding) == [
        f"cd packages/database\n{PRISMA} status",
        f"cd packages/database\n{PRISMA} deploy",
    ]


def test_commands_are_run_from_the_package_of_the_folder() -> None:
    finding = only(view(row(A), row(B), migrations_folder="../the app/prisma/migrations"))
    assert copied(finding)[1] == f"cd '../the app'\n{PRISMA} deploy"
    finding = only(view(row(A), row(B), migrations_folder="prisma/migrations"))
    assert copied(finding)[1] == f"{PRISMA} deploy"


def test_a_name_cannot_leave_its_command() -> None:
    name = "x'; drop table users; --"
    finding = only(view(row(name, finished=False), reference=folder(), schema="Odd one"))
    logs, rolled_back, _ = copied(finding)
    assert 'from "Odd one"._prisma_migrations' in logs
    assert "where migration_name = 'x''; drop table users; --'" in logs
    assert rolled_back.endswith("""resolve --rolled-back 'x'"'"'; drop table users; --'""")


def test_the_majority_is_named_and_less_certain() -> None:
    finding = only(view(row(A), reference=Majority((A, C))))
    assert finding.summary == (
        f"1 migration that most other environments have is not applied in staging: {C}."
    )
    assert finding.confidence is Confidence.LIKELY
    ahead = only(view(row(A), row(C), reference=Majority((A,))))
    assert "not in most other environments" in ahead.summary
    assert ahead.confidence is Confidence.LIKELY


def test_a_late_merge_is_said() -> None:
    finding = only(view(row(A), row(C)))
    assert f"merged late: {B}." in finding.explanation


def test_a_database_without_anything_was_never_deployed() -> None:
    assert "Nothing was ever deployed" in only(without_ledger(other_tables=False)).summary


def test_many_names_are_counted_in_the_headline_and_whole_in_the_evidence() -> None:
    names = [f"2026{number:02}_x" for number in range(9)]
    finding = only(view(reference=folder(*names)))
    assert finding.summary == "9 migrations are not applied in staging."
    assert finding.fix
    assert any(f"{names[4]} and 4 more." in step for step in finding.fix.steps)
    assert all(name in finding.evidence[0].fact for name in names)


def test_divergence_names_both_sides() -> None:
    pending, ahead = check(view(row(A), row(B), row("9_x")))
    assert pending.summary == (
        f"staging and the migrations folder have diverged: {C} not applied here, "
        "9_x applied and not known there."
    )
    assert "9_x" in ahead.summary


def test_what_is_known_here_only_is_counted() -> None:
    ahead = only(view(row(A), row(B), row(C), row("9_x"), row("9_y")))
    assert ahead.summary == "staging has 2 migrations that are not in the migrations folder."
    assert "9_x and 9_y" in ahead.evidence[0].fact


def test_a_failed_one_is_repaired_before_anything_is_deployed() -> None:
    finding = only(view(row(A), row(B), FAILED))
    assert finding.summary == f"{C} failed in staging with SQLSTATE 23502."
    assert "SQLSTATE 23502, rows with NULL" in told(finding)
    assert "P3009" in finding.explanation
    assert finding.confidence is Confidence.CERTAIN
    assert finding.caveats == ()
    logs, rolled_back, deployed = copied(finding)
    assert logs.startswith("select logs\nfrom _prisma_migrations\n")
    assert rolled_back.endswith(f"npx prisma migrate resolve --rolled-back {C}")
    assert deployed.endswith("npx prisma migrate deploy")
    assert [each.commands[0].text for each in finding.alternatives] == [
        f"cd packages/database\n{PRISMA} resolve --applied {C}"
    ]


def test_an_unknown_sqlstate_is_shown_as_it_is() -> None:
    finding = only(view(row(A), row(B), replace(FAILED, sqlstate="XX000")))
    assert "(SQLSTATE XX000)" in told(finding)


def test_a_failure_without_an_error_is_doubted() -> None:
    finding = only(view(row(A), row(B), replace(FAILED, sqlstate=None)))
    assert finding.summary == f"{C} failed in staging."
    assert "No database error is recorded" in finding.caveats[0]


def test_a_later_success_contradicts_a_failure() -> None:
    finding = only(view(*APPLIED, row(C, finished=False, sqlstate="23502", after=-1)))
    assert finding.code == "failed"
    assert finding.confidence is Confidence.LIKELY
    assert "Another row says that it succeeded" in finding.caveats[0]
    assert len(finding.evidence) == 2


def test_what_failed_stands_before_what_is_pending() -> None:
    failed, pending = check(view(row(A), row(B, finished=False)))
    assert "hides it" in failed.explanation
    assert f"Nothing is applied until {B} is resolved" in pending.explanation
    assert pending.fix
    assert pending.fix.steps[0].startswith(f"First resolve {B}")


@pytest.mark.parametrize(
    ("there", "first", "others"),
    [
        (None, "Recover", 1),
        (Extent.NONE, "Recover", 0),
        (Extent.PART, "Finish", 0),
        (Extent.WHOLE, "Mark", 0),
    ],
)
def test_a_failed_one_beside_the_catalog(there: Extent | None, first: str, others: int) -> None:
    finding = only(view(row(A), row(B), FAILED), there)
    assert finding.fix
    assert finding.fix.title.startswith(first)
    assert len(finding.alternatives) == others


ROLLED_BACK = row(C, finished=False, rolled_back=True)


@pytest.mark.parametrize("rows", [(row(A), row(B)), (row(A), row(B), ROLLED_BACK)])
@pytest.mark.parametrize("there", EXTENTS)
def test_what_the_catalog_has_already_is_marked(
    rows: tuple[Migration, ...], there: Extent | None
) -> None:
    finding = only(view(*rows), there)
    marks = [text for text in copied(finding) if f"resolve --applied {C}" in text]
    assert len(marks) == (there is Extent.WHOLE)
    assert finding.alternatives == ((FINISH,) if there is Extent.PART else ())
    assert (f"Finish {C} by hand" in told(finding)) is (there is Extent.PART)


def test_where_deploy_would_stop_is_said() -> None:
    seen = view(row(A), row(B), would_fail=frozenset({A, C}))
    assert f"stops with P3018 at {C}." in only(seen).explanation
    assert "P3018" not in only(view(row(A), row(B), would_fail=frozenset({A}))).explanation


def test_what_was_rolled_back_is_hidden_by_older_prismas() -> None:
    finding = only(view(row(A), row(B), ROLLED_BACK))
    assert "up to 7.8 hides that" in finding.explanation
    assert "rolled back 2026-09-01 00:00:02 UTC" in finding.evidence[0].fact


@pytest.mark.parametrize("tried", [(), (ROLLED_BACK,)])
def test_a_held_lock_may_be_about_to_apply_it(tried: tuple[Migration, ...]) -> None:
    rows = (row(A), row(B), *tried)
    assert "may be applied in a moment" in only(view(*rows, lock_held=True)).caveats[0]
    assert only(view(*rows)).caveats == ()


def test_a_running_one_is_not_called_failed() -> None:
    finding = only(view(row(A), row(B), FAILED, lock_held=True))
    assert finding.summary == f"A migration is running in staging: {C}."
    assert "pg_locks" in copied(finding)[0]


@pytest.mark.parametrize("there", EXTENTS)
@pytest.mark.parametrize("steps", [0, 1])
@pytest.mark.parametrize("recorded", [None, "edited"])
def test_applied_by_the_ledger_and_not_in_the_catalog(
    there: Extent | None, steps: int, recorded: str | None
) -> None:
    seen = view(row(A), row(B), row(C, steps=steps, recorded=recorded))
    found = {each.code: each for each in check(seen, effects_of(there))}
    marked, run = (Extent.NONE, Extent.PART), (Extent.NONE,)
    assert ("fake-applied" in found) is (there in (run if steps else marked))
    assert ("edited" in found) is (recorded is not None)
    if "fake-applied" in found:
        text = told(found["fake-applied"])
        assert ("marked by hand" in text) is (steps == 0)
        assert ("undone by hand" in text) is (steps == 1)
        assert f"{steps} step{'s' * (steps == 0)} run" in text


def test_what_is_not_applied_cannot_be_fake() -> None:
    for rows in ((row(A), row(B)), (row(A), row(B), ROLLED_BACK), (row(A), row(B), FAILED)):
        assert only(view(*rows), Extent.NONE).code != "fake-applied"
    script = only(view(*APPLIED), Extent.NONE).fix
    assert script
    assert script.commands[0].text == (
        'cd packages/database\npsql "<staging: the owner of its tables>" --single-transaction'
        " -v ON_ERROR_STOP=1"
        f" -f prisma/migrations/{C}/migration.sql"
    )


@pytest.mark.parametrize(("rows", "stops"), [((row(A),), "deploy"), ((row(A), row(B)), "status")])
def test_a_broken_folder_stops_prisma(rows: tuple[Migration, ...], stops: str) -> None:
    finding = only(view(*rows, reference=folder(A, B, broken=(B,))))
    assert finding.explanation == f"prisma migrate {stops} stops there with P3015."


def test_another_schema_with_a_ledger_is_named() -> None:
    finding = only(without_ledger(elsewhere=("app", "old")))
    assert "“app” and “old”" in told(finding)
    assert finding.fix
    assert "?schema=" in finding.fix.steps[0]
    assert copied(finding)[0].endswith(f"resolve --applied {A}")
    assert "?schema=" not in told(only(without_ledger()))


def test_the_grant_names_the_columns_and_the_role() -> None:
    finding = only(view(rows=None, readable=False, role="Reader", schema="app"))
    assert copied(finding) == [
        "grant select (id, migration_name, checksum, started_at, finished_at, rolled_back_at, "
        'applied_steps_count, logs)\n    on app._prisma_migrations to "Reader";'
    ]


@pytest.mark.parametrize(
    ("tables", "known", "commands"),
    [
        (True, True, [f"resolve --applied {A}", "deploy"]),
        (True, False, ["resolve --applied NAME_OF_THE_MIGRATION", "deploy"]),
        (False, False, ["deploy"]),
    ],
)
def test_without_a_ledger_only_tables_need_a_baseline(
    tables: bool, known: bool, commands: list[str]
) -> None:
    reference = folder(A) if known else None
    finding = only(without_ledger(other_tables=tables, reference=reference))
    assert [text.partition("npx prisma migrate ")[2] for text in copied(finding)] == commands
    assert ("P3005" in finding.explanation) is tables
