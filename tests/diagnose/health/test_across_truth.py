"""Copies, shared IDs and empty environments: every row of their tables, without a database."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from dashboard.diagnose.facts import EnvironmentFacts, Identity, Sample, Shared, Unavailable
from dashboard.diagnose.finding import Confidence, Finding
from dashboard.diagnose.health.checks import cloned, empty_environment, shared_ids
from dashboard.diagnose.health.kinship import Kinship
from dashboard.environments import Environment, Role
from queries.rows import Project
from tests.diagnose.builders import CREATED, DOWN, LOCAL, NOW, PROOF, STAGING, facts
from tests.diagnose.reports import case
from tests.tables import every

LATER = NOW + timedelta(hours=1)


def sampled(
    name: str = "staging", *, identity: Identity | None = None, standby: bool = False
) -> EnvironmentFacts:
    environment = STAGING if name == "staging" else LOCAL
    seen = facts(environment, proof=replace(PROOF, in_recovery=standby))
    return replace(seen, identity=identity) if identity else seen


def codes(*found: Finding) -> list[str]:
    return [each.code for each in found]


@every(
    lineage=["one", "other", None],
    database=[5, 6],
    started=[NOW, LATER, None],
    schema=["public", "tenant"],
    standby=[False, True],
)
def test_every_identity(
    lineage: str | None, database: int, started: datetime | None, schema: str, standby: bool
) -> None:
    first = sampled(identity=Identity("one", 5, NOW, "public"))
    second = sampled(
        "local", identity=Identity(lineage, database, started, schema), standby=standby
    )
    found = list(cloned.judge(case(second, first)))
    copied = (lineage, database, started, schema) == ("one", 5, LATER, "public")
    assert codes(*found) == (["environment-copy"] if copied else [])
    assert cloned.copies(first, second, Kinship.of) is copied
    for each in found:
        assert ("is a replica of" in each.summary) is standby
        assert each.confidence is (Confidence.CERTAIN if standby else Confidence.LIKELY)
        assert each.environment == "local"


def projects(count: int, *, created: datetime | None = CREATED) -> tuple[Project, ...]:
    return tuple(
        Project(f"p{number:03}", "Shop", "u1", created, None, None, None) for number in range(count)
    )


def seen(
    name: str,
    own: tuple[Project, ...] | None,
    *,
    asked: int = 0,
    found: tuple[Project, ...] = (),
) -> EnvironmentFacts:
    shared = Shared(frozenset(each.id for each in projects(asked)), found)
    return replace(sampled(name), sample=Sample(not own, own), shared=shared)


@pytest.mark.parametrize(
    ("sample", "same", "copied"),
    [(19, 19, False), (20, 20, True), (20, 19, False), (200, 198, True), (200, 197, False)],
)
def test_a_copy_needs_a_sample_and_nearly_all_of_it(sample: int, same: int, copied: bool) -> None:
    copy = seen("local", projects(sample))
    original = seen("staging", (), asked=sample, found=projects(same))
    assert cloned.copies(copy, original, Kinship.of) is copied
    for order in ((copy, original), (original, copy)):
        found = list(cloned.judge(case(*order)))
        assert codes(*found) == (["environment-copy"] if copied else [])
        assert not copied or found[0].environment == "local"


def test_what_was_not_asked_for_is_not_missing() -> None:
    copy = seen("local", projects(200))
    original = seen("staging", (), asked=50, found=projects(50))
    assert codes(*cloned.judge(case(original, copy))) == ["environment-copy"]


@every(missing=[None, DOWN])
def test_an_answer_that_is_missing_leaves_it_open(missing: Unavailable | None) -> None:
    whole = seen("local", projects(30), asked=30, found=projects(30))
    for other in (
        replace(seen("staging", projects(30)), shared=missing, sample=missing),
        facts(STAGING, sample=missing, shared=missing),
    ):
        assert codes(*cloned.judge(case(other, whole)), *shared_ids.judge(case(other, whole))) == []
        assert codes(*empty_environment.judge(case(other))) == (
            ["check-timeout"] if missing else []
        )


TIMES = (CREATED, LATER, None)


@every(one=TIMES, other=TIMES, name=["Shop", "Blog", None])
def test_every_shared_id(one: datetime | None, other: datetime | None, name: str | None) -> None:
    first = seen("staging", projects(1, created=one))
    there = tuple(replace(each, name=name) for each in projects(1, created=other))
    second = seen("local", (), asked=1, found=there)
    if one and other:
        severity = ["info"] if one == other else ["warning"]
    else:
        severity = ["info"] if name == "Shop" else []
    assert [each.severity for each in shared_ids.judge(case(second, first))] == severity


def test_an_id_that_both_sampled_counts_once() -> None:
    one = seen("staging", projects(1), asked=1, found=projects(1))
    other = seen("local", projects(1), asked=1, found=projects(1))
    (finding,) = shared_ids.judge(case(other, one))
    assert "share 1 project: p000" in finding.summary


def test_of_many_ids_some_are_named() -> None:
    first = seen("staging", projects(9))
    second = seen("local", (), asked=9, found=projects(9, created=LATER))
    (finding,) = shared_ids.judge(case(second, first))
    assert "under 9 IDs: p000, p001, p002, p003, p004 and 4 more" in finding.summary


def test_one_database_is_not_compared_with_itself() -> None:
    one = seen("staging", projects(30), asked=30, found=projects(30))
    twin = replace(one, environment=LOCAL)
    assert codes(*cloned.judge(case(twin, one)), *shared_ids.judge(case(twin, one))) == []


@every(no_row=[True, False], standby=[True, False])
def test_an_empty_one(no_row: bool, standby: bool) -> None:
    environment = replace(sampled(standby=standby), sample=Sample(no_row, None))
    found = list(empty_environment.judge(case(environment)))
    assert codes(*found) == (["empty-env"] if no_row else [])
    for each in found:
        assert each.confidence is (Confidence.LIKELY if standby else Confidence.CERTAIN)
        assert bool(each.caveats) is standby


def named(name: str) -> Environment:
    return Environment(name, Role.PREVIEW)


def test_of_copies_of_one_another_each_is_told_beside_one_only() -> None:
    rows = projects(30)
    one = seen("local", rows, asked=30, found=rows)
    alike = [
        replace(one, environment=named(name), identity=Identity(name, 5, NOW, "public"))
        for name in ("a", "b", "c", "d")
    ]
    told = [list(cloned.judge(case(each, *alike[:place]))) for place, each in enumerate(alike)]
    assert [[(each.environment, each.others) for each in found] for found in told] == [
        [],
        [("b", ("a",))],
        [("c", ("a",))],
        [("d", ("a",))],
    ]
