"""The matrix of checks: every row of its truth table, and no code without a check."""

from dataclasses import replace

import pytest

from dashboard.diagnose.finding import Severity
from dashboard.diagnose.health.checks.silence import WORDS
from dashboard.diagnose.health.checks.strict import Strict
from dashboard.diagnose.health.matrix import CHECKS, Cell, Check, matrix
from dashboard.diagnose.health.report import Checkup, Health
from tests.diagnose.builders import DOWN
from tests.diagnose.checkups import checkup, found, health, silent
from tests.diagnose.migrations.ledgers import A, row, view
from tests.docs.emissions import SOURCE, Module, findings, literal

LEDGER = view(row(A))
WHOLE = health("staging", LEDGER)
OTHER = health("production", LEDGER)
STRICT = Strict()


def cells(judged: Checkup, name: str = "staging") -> dict[str, Cell]:
    return {
        line.check.title: next(each for each in line.cells if each.environment.name == name)
        for line in matrix(judged)
    }


def surveyed(whole: Health, **changes: object) -> Health:
    """Let the environment have said something else."""
    assert whole.survey
    return replace(whole, survey=replace(whole.survey, **changes))  # type: ignore[arg-type]


def hidden(whole: Health) -> Health:
    """Let the tables not be seen."""
    assert whole.survey
    blind = replace(whole.survey.inspection, column=None)
    return surveyed(whole, inspection=blind, sample=DOWN, shared=DOWN)


def test_all_is_ok_only_where_everything_was_there_to_judge_by() -> None:
    seen = cells(checkup(WHOLE, OTHER, strict=STRICT))
    assert {each.severity for each in seen.values()} == {Severity.OK}


def test_what_does_not_answer_was_not_looked_at_in_any_check() -> None:
    seen = cells(checkup(silent("staging", DOWN), OTHER, strict=STRICT))
    assert {each.severity for each in seen.values()} == {Severity.UNKNOWN}
    assert [title for title, each in seen.items() if each.looked] == ["Reachable"]


@pytest.mark.parametrize("check", CHECKS, ids=lambda each: each.title)
def test_a_finding_shows_in_its_own_check_with_the_worst_severity(check: Check) -> None:
    code = min(check.codes)
    found_twice = [found(code, each) for each in (Severity.WARNING, Severity.ERROR)]
    seen = cells(checkup(health("staging", LEDGER, *found_twice), OTHER, strict=STRICT))
    cell = seen.pop(check.title)
    assert (cell.severity, len(cell.findings)) == (Severity.ERROR, 2)
    assert {each.severity for each in seen.values()} == {Severity.OK}


def test_a_muted_finding_is_neither_shown_nor_green() -> None:
    quiet = replace(WHOLE, muted=(found("pending", Severity.ERROR),))
    cell = cells(checkup(quiet, OTHER, strict=STRICT))["Migrations applied"]
    assert cell.muted
    assert cell.severity is None


def test_tables_that_are_not_seen_make_their_checks_unknown() -> None:
    seen = cells(checkup(hidden(WHOLE), OTHER, strict=STRICT))
    unknown = {title for title, each in seen.items() if not each.looked}
    assert unknown == {
        "Tables can be seen",
        "Foreign key",
        "One deployment per project",
        "Strict migration",
        "A database of its own",
        "Projects are there",
    }


def test_rows_that_were_not_asked_for_are_unknown() -> None:
    seen = cells(checkup(surveyed(WHOLE, sample=None, shared=DOWN), OTHER, strict=STRICT))
    assert not seen["Projects are there"].looked
    assert not seen["A database of its own"].looked


def test_a_ledger_that_may_not_be_read_is_unknown() -> None:
    closed = health("staging", view(rows=None, readable=False))
    seen = cells(checkup(closed, OTHER, strict=STRICT))
    assert not seen["Migrations applied"].looked
    assert not seen["Migrations known"].looked


def test_what_there_is_nothing_to_compare_with_is_not_green() -> None:
    alone = surveyed(health("staging", view(row(A), reference=None)), shared=None)
    seen = cells(checkup(alone))
    uncompared = {title for title, each in seen.items() if each.severity is None}
    assert uncompared == {
        "One deployment per project",
        "Strict migration",
        "Migrations applied",
        "Migrations known",
        "A database of its own",
    }


def test_one_deployment_per_project_is_green_only_where_an_index_keeps_it() -> None:
    assert WHOLE.survey
    loose = surveyed(WHOLE, inspection=replace(WHOLE.survey.inspection, indexes=()))
    seen = cells(checkup(loose, OTHER, strict=STRICT))
    assert seen["One deployment per project"].severity is None


def test_a_finding_between_environments_shows_where_it_belongs() -> None:
    same = found("same-database", Severity.ERROR)
    seen = checkup(WHOLE, OTHER, between=(same,), strict=STRICT)
    assert cells(seen)["A database of its own"].severity is Severity.ERROR
    assert cells(seen, "production")["A database of its own"].severity is Severity.OK


def test_every_code_a_check_can_find_has_its_place() -> None:
    placed = [code for check in CHECKS for code in check.codes]
    assert len(placed) == len(set(placed))
    written = {
        literal(values["code"], path)
        for path in (SOURCE / "checks").glob("*.py")
        for values in findings(Module(path))
    }
    assert written | set(WORDS) <= set(placed)
