"""One line for what is wrong alike in many environments; production speaks first."""

import itertools
from dataclasses import replace

from dashboard.diagnose.finding import Finding, RelationshipName, Severity
from dashboard.diagnose.health.causes import Cause, causes, causes_of
from dashboard.environments import Environment, Role
from tests.diagnose.migrations.ledgers import A, row, view
from tests.diagnose.reports import found, health, report

PLACES = (
    Environment("local", Role.DEVELOPMENT),
    Environment("preview-1", Role.PREVIEW),
    Environment("preview-2", Role.PREVIEW),
    Environment("staging", Role.STAGING),
    Environment("live", Role.PRODUCTION),
)
NAMES = tuple(each.name for each in PLACES)
ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO


def grouped(*findings: Finding) -> list[tuple[str, tuple[str, ...]]]:
    return [(each.first.code, each.environments) for each in causes(findings, PLACES)]


def between(code: str, one: str, other: str, severity: Severity = INFO) -> Finding:
    return replace(found(code, severity, one), others=(other,))


def test_one_code_in_several_environments_is_one_cause_and_production_is_first() -> None:
    for order in itertools.permutations(NAMES):
        (cause,) = causes([found("pending", ERROR, name) for name in order], PLACES)
        assert cause.environments == ("live", "staging", "local", "preview-1", "preview-2")
        assert [each.environment for each in cause.findings] == list(cause.environments)
        assert cause.first.environment == "live"


def test_another_severity_subject_or_relationship_is_another_cause() -> None:
    plain = found("failed", ERROR, "staging")
    key = RelationshipName("a_fkey", "public.a(b)", "public.b(id)")
    others = (
        replace(plain, severity=WARNING),
        replace(plain, subject="2025_init"),
        replace(plain, subject="2026_next"),
        replace(plain, relationship=key),
        replace(plain, relationships=(key, replace(key, constraint="b_fkey"))),
    )
    assert len(causes([plain, *others], PLACES)) == 1 + len(others)
    elsewhere = [replace(each, environment="local") for each in (plain, *others)]
    assert len(causes([plain, *others, *elsewhere], PLACES)) == 1 + len(others)


def test_the_worst_comes_first_then_the_more_important_environment() -> None:
    told = [
        found("a", WARNING, "live"),
        found("b", ERROR, "local"),
        found("c", ERROR, "live"),
        found("d", Severity.UNKNOWN, "staging"),
        found("e", ERROR, "preview-1"),
    ]
    for order in itertools.permutations(told):
        assert [code for code, _ in grouped(*order)] == ["c", "b", "e", "d", "a"]


def test_copies_of_one_another_are_one_cluster_however_they_are_linked() -> None:
    links = [("preview-1", "local"), ("live", "staging"), ("preview-2", "preview-1")]
    for order in itertools.permutations(links):
        told = grouped(*(between("environment-copy", *each) for each in order))
        assert sorted(told) == [
            ("environment-copy", ("live", "staging")),
            ("environment-copy", ("local", "preview-1", "preview-2")),
        ]
    linked = between("environment-copy", "local", "live")
    (cause,) = causes([linked, *(between("environment-copy", *each) for each in links)], PLACES)
    assert set(cause.environments) == set(NAMES)


def test_what_is_worth_knowing_only_is_a_note() -> None:
    assert [each.noted for each in causes([found("x", INFO)], PLACES)] == [True]
    assert [each.noted for each in causes([found("x", WARNING)], PLACES)] == [False]
    assert found("x", INFO).word == "Note"
    assert found("x", WARNING).word == "Attention"


def test_a_report_tells_what_was_found_in_some_environments_and_between_them() -> None:
    ledger = view(row(A))
    same = between("same-database", "local", "staging", ERROR)
    judged = report(
        health("staging", ledger, found("pending", ERROR, "staging")),
        health("local", ledger, found("pending", ERROR, "local")),
        between=(same,),
    )
    staging, local = (each.environment for each in judged.environments)

    def told(*places: Environment, **more: set[str]) -> list[Cause]:
        return list(causes_of(judged, places, **more))

    assert [each.environments for each in told(staging)] == [("staging",)]
    assert len(told(staging, local)) == 2
    assert [each.first for each in told(local, codes={"same-database"})] == [same]
