"""What is equal in several environments is held once, and nothing else is taken for it."""

from dataclasses import replace

import pytest

from dashboard.background.codec import decode, encode
from dashboard.collect.catalog import Definitions
from dashboard.collect.health.inspection import HELD_ONCE
from dashboard.collect.health.sampled import SampledIds
from dashboard.collect.held_once import as_before, held_once
from dashboard.diagnose.facts import (
    Definition,
    EnvironmentFacts,
    Kind,
    Sample,
    Unavailable,
)
from dashboard.environments import Environment, Role
from queries.rows import Migration, Project
from tests.diagnose.builders import CREATED, facts
from tests.diagnose.migrations.ledgers import row

ONE, COPY = Environment("one", Role.PREVIEW), Environment("copy", Role.PREVIEW)


def said(environment: Environment, *names: str) -> EnvironmentFacts:
    return replace(facts(environment), migrations=ledger(*names))


def ledger(*names: str) -> tuple[Migration, ...]:
    return tuple(row(each) for each in names)


def sample(*ids: str) -> Sample:
    projects = (Project(each, "Shop", "u1", CREATED, None, None, None) for each in ids)
    return Sample(empty=False, projects=tuple(projects))


def test_what_is_equal_is_held_once() -> None:
    one, other, copy = said(ONE, "1_a"), said(ONE, "1_a", "2_b"), said(COPY, "1_a", "2_b")
    held = held_once(copy, (one, other), HELD_ONCE)
    assert held == copy
    assert held.migrations is other.migrations


def test_what_nobody_else_has_stays() -> None:
    copy = said(COPY, "3_c")
    held = held_once(copy, (said(ONE, "1_a"),), HELD_ONCE)
    assert held == copy
    assert held.migrations is copy.migrations


def test_what_is_as_it_was_is_taken_from_before() -> None:
    before = replace(said(ONE, "1_a"), sample=sample("p1", "p2"))
    now = decode(encode(replace(before, ms=before.ms + 1, migrations=ledger("1_a", "2_b"))))
    held = as_before(now, before)
    assert held == now
    assert (held.ms, held.migrations) == (before.ms + 1, ledger("1_a", "2_b"))
    for part in ("environment", "catalog", "sample", "proof"):
        assert getattr(now, part) is not getattr(before, part)
        assert getattr(held, part) is getattr(before, part)


def test_what_is_of_another_kind_is_not_as_it_was() -> None:
    failed = Unavailable(Kind.SLOW, "it is slow")
    assert as_before(failed, said(ONE)) is failed
    assert as_before(said(ONE), None) == said(ONE)


def test_copies_hold_one_sample() -> None:
    ids, first, other = SampledIds(), sample("p1", "p2"), sample("p1", "p3")
    ids.known((replace(facts(ONE), sample=first),))
    assert ids.held_once(sample("p1", "p2")).projects is first.projects
    assert ids.held_once(other) == other


def test_what_was_said_to_one_task_is_known_to_others_and_the_folder_is_not() -> None:
    written = Definition("public", "a", ("b",), "public", "c", ("d",))
    health = Definitions(("one",), written)
    others = health.without_folder()
    health.report("one", {"a_b_fkey": None})
    for definitions, found in ((health, (written,)), (others, ())):
        wait = definitions.elsewhere(["a_b_fkey"], 60.0)
        assert next(wait).until()  # type: ignore[union-attr]
        with pytest.raises(StopIteration) as end:
            wait.send(None)  # type: ignore[arg-type]
        assert end.value.value == ("a_b_fkey", found)
