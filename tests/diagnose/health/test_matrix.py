"""The matrix of checks: every row of its truth table, and no code without a check."""

from dataclasses import replace
from typing import Any

import pytest

from dashboard.diagnose.finding import RelationshipName, Severity
from dashboard.diagnose.health.case import Check
from dashboard.diagnose.health.checks import CHECKS
from dashboard.diagnose.health.checks.reachable import WORDS
from dashboard.diagnose.health.matrix import Cell, matrix
from dashboard.diagnose.health.report import EnvironmentHealth, HealthReport
from tests.diagnose.builders import DOWN
from tests.diagnose.migrations.ledgers import A, folder, row, view
from tests.diagnose.reports import STRICT, found, health, report, silent
from tests.docs.emissions import SOURCE, Module, findings, literal

LEDGER = view(row(A), reference=folder(A))
WHOLE = health("staging", LEDGER)
OTHER = health("production", LEDGER)
NAMED = RelationshipName("orders_userId_fkey", "public.orders(userId)", "public.users(id)")


def cells(judged: HealthReport, name: str = "staging") -> dict[str, Cell]:
    return {
        line.check.title: next(each for each in line.cells if each.environment.name == name)
        for line in matrix(judged)
    }


def changed(whole: EnvironmentHealth, **changes: Any) -> EnvironmentHealth:
    """Let the environment have said something else."""
    assert whole.facts
    return replace(whole, facts=replace(whole.facts, **changes))


def test_all_is_ok_only_where_everything_was_there_to_judge_by() -> None:
    seen = cells(report(WHOLE, OTHER, strict=STRICT))
    assert {each.severity for each in seen.values()} == {Severity.OK}


def test_what_does_not_answer_was_not_looked_at_in_any_check() -> None:
    seen = cells(report(silent("staging", DOWN), OTHER, strict=STRICT))
    assert {each.severity for each in seen.values()} == {Severity.UNKNOWN}
    assert [title for title, each in seen.items() if each.looked] == ["Reachable"]


@pytest.mark.parametrize("check", CHECKS, ids=lambda each: each.title)
def test_a_finding_shows_in_its_own_check_with_the_worst_severity(check: Check) -> None:
    code, several = (
        min((code, False) for code in check.codes)
        if check.codes
        else (
            min(check.grouped),
            True,
        )
    )
    found_twice = [
        replace(found(code, each), relationships=(NAMED,) * several)
        for each in (Severity.WARNING, Severity.ERROR)
    ]
    seen = cells(report(health("staging", LEDGER, *found_twice), OTHER, strict=STRICT))
    cell = seen.pop(check.title)
    assert (cell.severity, len(cell.findings)) == (Severity.ERROR, 2)
    assert {each.severity for each in seen.values()} == {Severity.OK}


def test_a_muted_finding_is_neither_shown_nor_green() -> None:
    quiet = replace(WHOLE, muted=(found("pending", Severity.ERROR),))
    cell = cells(report(quiet, OTHER, strict=STRICT))["Migrations applied"]
    assert cell.muted
    assert cell.severity is None


def test_tables_that_are_not_seen_make_their_checks_unknown() -> None:
    seen = cells(
        report(changed(WHOLE, column=None, sample=DOWN, shared=DOWN), OTHER, strict=STRICT)
    )
    unknown = {title for title, each in seen.items() if not each.looked}
    assert unknown == {
        "Tables readable",
        "Foreign key",
        "On delete",
        "Index on the key",
        "One {child} per {parent}",
        "Own {parent.many}",
        "Separate IDs",
        "Has {parent.many}",
    }


def test_rows_that_were_not_asked_for_are_unknown() -> None:
    seen = cells(report(changed(WHOLE, sample=None, shared=DOWN), OTHER, strict=STRICT))
    assert not seen["Has {parent.many}"].looked
    assert not seen["Own {parent.many}"].looked
    assert not seen["Separate IDs"].looked


def test_keys_that_were_not_asked_for_are_unknown() -> None:
    seen = cells(report(changed(WHOLE, all_keys=None), OTHER, strict=STRICT))
    unknown = {title for title, each in seen.items() if not each.looked}
    assert unknown == {
        "Other foreign keys", "Types of keys", "Indexes of other keys", "Schema as expected",
    }  # fmt: skip


def test_what_is_told_of_many_keys_is_not_told_of_the_configured_one() -> None:
    several = replace(found("fk-not-valid", Severity.WARNING), relationships=(NAMED,))
    seen = cells(report(health("staging", LEDGER, several), OTHER, strict=STRICT))
    assert seen["Other foreign keys"].severity is Severity.WARNING
    assert seen["Foreign key"].severity is Severity.OK


def test_a_ledger_that_may_not_be_read_is_unknown() -> None:
    closed = health("staging", view(rows=None, readable=False))
    seen = cells(report(closed, OTHER, strict=STRICT))
    assert not seen["Migrations applied"].looked
    assert not seen["Migrations known"].looked


def test_what_there_is_nothing_to_compare_with_is_not_green() -> None:
    alone = changed(health("staging", view(row(A), reference=None)), shared=None)
    seen = cells(report(alone))
    uncompared = {title for title, each in seen.items() if each.severity is None}
    assert uncompared == {
        "One {child} per {parent}",
        "Schema as expected",
        "Migrations applied",
        "Migrations known",
        "Migrations that Prisma runs",
        "Separate database",
        "Own {parent.many}",
        "Separate IDs",
    }


def test_one_deployment_per_project_is_green_only_where_an_index_keeps_it() -> None:
    loose = changed(WHOLE, indexes=())
    seen = cells(report(loose, OTHER, strict=STRICT))
    assert seen["One {child} per {parent}"].severity is None


def test_a_finding_between_environments_shows_where_it_belongs() -> None:
    same = found("same-database", Severity.ERROR)
    seen = report(WHOLE, OTHER, between=(same,), strict=STRICT)
    assert cells(seen)["Separate database"].severity is Severity.ERROR
    assert cells(seen, "production")["Separate database"].severity is Severity.OK


def test_every_code_a_check_can_find_has_its_place() -> None:
    placed = [(code, False) for check in CHECKS for code in check.codes]
    placed += [(code, True) for check in CHECKS for code in check.grouped]
    assert len(placed) == len(set(placed))
    written = {
        literal(values["code"], path)
        for path in (SOURCE / "checks").glob("*.py")
        for values in findings(Module(path))
    }
    assert written | set(WORDS) <= {code for code, _ in placed}
