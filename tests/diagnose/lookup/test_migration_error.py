"""A text about a migration is answered with that migration, and not with the ID in it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from dashboard.diagnose.finding import Severity
from dashboard.diagnose.lookup.verdicts import Diagnosis, diagnose
from dashboard.diagnose.paste import PastedError, Problem
from queries.rows import Migration
from tests.diagnose.builders import (
    CONSTRAINT,
    ID,
    NOW,
    PROOF,
    answer,
    error,
    evidence,
    paste,
)
from tests.tables import every

NAME = "20250925010807_strict"


def migration(**changes: object) -> Migration:
    started = NOW - timedelta(hours=1)
    return replace(Migration(NAME, "x", started, started, None, 1, None), **changes)  # type: ignore[arg-type]


LEDGERS = {
    "failed": (migration(finished_at=None, sqlstate="23503"),),
    "applied": (migration(),),
    "rolled back": (migration(finished_at=None, rolled_back_at=NOW),),
    "absent": (),
    "not read": None,
}


def diagnosis(said: PastedError, ledger: str = "failed", *, locked: bool = False) -> Diagnosis:
    target = answer(migrations=LEDGERS[ledger], proof=replace(PROOF, locked_by_migration=locked))
    return diagnose(evidence(target, pasted=paste(ID, said)))


def stopped(**changes: object) -> PastedError:
    said = error(Problem.MIGRATION, constraint=CONSTRAINT, prisma_code="P3018", migration=NAME)
    return replace(said, **changes)  # type: ignore[arg-type]


@every(ledger=LEDGERS, locked=[False, True])
def test_what_the_ledger_says_stands_beside_it(ledger: str, locked: bool) -> None:
    verdict = diagnosis(stopped(), ledger, locked=locked).verdict
    assert (verdict.code, verdict.severity) == ("migration-error", Severity.ERROR)
    assert NAME in verdict.summary
    assert verdict.fix
    if ledger == "failed":
        title = "Wait" if locked else "Recover"
        assert verdict.fix.title.startswith(title)
    if ledger == "applied":
        assert "applied now" in verdict.explanation


@pytest.mark.parametrize(
    ("rows", "blocked"),
    [
        (None, False),
        (Problem.MISSING_PARENT, True),
        (Problem.UNIQUE, True),
        (Problem.NULL, True),
        (Problem.CHECK, False),
    ],
)
def test_the_id_of_a_row_in_the_way_is_nobodys(rows: Problem | None, blocked: bool) -> None:
    found = diagnosis(stopped(rows_in_the_way=rows))
    codes = {each.code for each in found.findings}
    assert ("stale-project-id" in codes) is (rows is None)
    assert bool(found.verdict.alternatives) is blocked


def test_rows_of_another_table_are_not_shown() -> None:
    said = stopped(rows_in_the_way=Problem.NULL, constraint=None, table="teams", columns=("slug",))
    assert diagnosis(said).verdict.alternatives == ()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"prisma_code": "P3014", "migration": None}, "shadow database"),
        ({"prisma_code": "P3005", "migration": None}, "baseline"),
        ({"prisma_code": "P1002", "migration": None}, "lock"),
        ({"prisma_code": None, "drift": ("deployments: Removed x",)}, "deployments: Removed x"),
        ({"prisma_code": None, "sentence": "Marker missing"}, "“Marker missing”"),
    ],
)
def test_it_says_what_prisma_found(changes: dict[str, object], words: str) -> None:
    assert words in diagnosis(stopped(**changes), "absent").verdict.summary
