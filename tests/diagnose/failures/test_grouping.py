"""Grouping by cause, the densest window, and what many distinct ids mean."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.diagnose.failures import Burst, Failure, Signature, densest, grouped, judge, named
from dashboard.diagnose.finding import Confidence, Severity
from tests.diagnose.builders import NOUNS

START = datetime(2026, 11, 22, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
CAUSE = Signature("23503", "deployments_projectId_fkey", "deployments", "insert or update")
OTHER = replace(CAUSE, code="23505")
BURST = Burst("staging", CAUSE, "log", 3, 7, START, START + HOUR)


def failure(minutes: float, identifier: str | None, **changes: object) -> Failure:
    plain = Failure(START + timedelta(minutes=minutes), "staging", identifier, CAUSE, "log")
    return replace(plain, **changes)  # type: ignore[arg-type]  # a test's own changes


def test_groups_by_cause_environment_and_source_never_by_id() -> None:
    failures = [
        failure(5, "a"), failure(1, "b"), failure(9, None), failure(2, "a", signature=OTHER),
        failure(3, "a", environment="local"), failure(4, "a", source="upload"),
    ]  # fmt: skip
    largest, *others = grouped(failures)
    assert (largest.failures, largest.ids) == (3, 2)
    assert (largest.first_at, largest.last_at) == (failures[1].at, failures[2].at)
    assert [each.failures for each in others] == [1, 1, 1]


def test_nothing_makes_no_group() -> None:
    assert grouped([]) == ()
    assert densest([], HOUR) == ()
    assert densest([failure(1, None)], HOUR) == ()


def test_the_densest_window_counts_distinct_ids_of_one_cause() -> None:
    failures = [
        failure(0, "a"), failure(1, "a"), failure(61, "b"), failure(60.5, "c"), failure(63, "b"),
        failure(64, "d", signature=OTHER), failure(65, None),
    ]  # fmt: skip
    found = {each.signature: each for each in densest(failures, HOUR)}
    assert (found[CAUSE].ids, found[CAUSE].first_at) == (3, failures[1].at)
    assert found[OTHER].ids == 1


@given(
    st.lists(st.tuples(st.integers(0, 400), st.sampled_from("abcdef")), max_size=30),
    st.integers(1, 200),
)
def test_the_densest_window_is_what_looking_at_all_of_them_finds(
    made: list[tuple[int, str]], minutes: int
) -> None:
    failures = [failure(at, identifier) for at, identifier in made]
    window = timedelta(minutes=minutes)
    best = max(
        (
            len({each.project_id for each in failures if last.at - window <= each.at <= last.at})
            for last in failures
        ),
        default=0,
    )
    assert max((each.ids for each in densest(failures, window)), default=0) == best


@pytest.mark.parametrize(("ids", "successes"), [*product([2, 3, 9], [None, 0, 4])])
def test_all_fail(ids: int, successes: int | None) -> None:
    finding = judge(replace(BURST, ids=ids, successes=successes), 3, NOUNS)
    if ids < 3:
        assert finding is None
        return
    assert finding is not None
    assert finding.severity is Severity.ERROR
    likely = successes == 0
    assert finding.confidence is (Confidence.LIKELY if likely else Confidence.POSSIBLE)
    assert bool(finding.caveats) is not likely
    assert finding.fix is not None
    assert finding.fix.option == 3
    assert "check --environment staging" in finding.fix.commands[0].text


@pytest.mark.parametrize(
    ("signature", "words"),
    [
        (CAUSE, "23503 on deployments_projectId_fkey: deployments, insert or update"),
        (Signature(code="P2003"), "P2003"),
        (Signature(subject="deployments"), "deployments"),
        (Signature(), "Cause not recorded"),
    ],
)
def test_a_cause_in_words(signature: Signature, words: str) -> None:
    assert named(signature) == words
