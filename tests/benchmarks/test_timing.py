"""Alternatives are taken in turns, after all were taken to get warm."""

import pytest

from tests.benchmarks.timing import Timing, Way, interleaved, percentile


@pytest.mark.parametrize(("share", "expected"), [(0.5, 10), (0.95, 19), (1.0, 20), (0.0, 1)])
def test_percentile_is_a_time_that_was_taken(share: float, expected: float) -> None:
    assert percentile([float(each) for each in range(20, 0, -1)], share) == expected


def test_one_time_is_every_percentile() -> None:
    timing = Timing("once", (7.0,))
    assert (timing.p50, timing.p95) == (7.0, 7.0)


def test_ways_are_taken_in_turns_and_slow_ones_less_often() -> None:
    taken: list[str] = []
    ways = [Way("a", lambda: taken.append("a")), Way("b", lambda: taken.append("b"), every=2)]
    timings = interleaved(ways, rounds=3, warm_rounds=1)
    assert taken == ["a", "b", "a", "b", "a", "a", "b"]
    assert {each.what: len(each.times) for each in timings} == {"a": 3, "b": 2}


def test_a_way_may_time_itself() -> None:
    timings = interleaved([Way("a", lambda: {"first": 1.0, "last": 2.0})], rounds=2)
    assert timings == (Timing("first", (1.0, 1.0)), Timing("last", (2.0, 2.0)))
