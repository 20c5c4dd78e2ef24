"""Numbers and their precision: nothing is none unless it was counted to the end or ruled out."""

import itertools
from datetime import UTC, datetime

import pytest

from dashboard.diagnose.orphans import KINDS, Count, Precision, counts
from dashboard.diagnose.orphans.counts import counted, estimated, sampled, total, unknown
from queries.rows import OrphanCount
from tests.tables import every

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PROOF = counts.by_proof(NOW)
NONE = counted(OrphanCount(NOW, 0, 0, 0, 0, 0, 0, 0), None, 1.0)
SOME = counted(OrphanCount(NOW, 3, 1, 0, 1, 0, 1, 0), None, 2.0)
STOPPED = counted(OrphanCount(NOW, 1000, 1000, 0, 0, 0, 0, 0), 1000, 3.0)
SAMPLED = sampled(10, 1_000, 100_000, NOW, "slow")
BELIEVED = estimated(0.5, 1_000, NOW, "slow")
UNKNOWN = unknown("slow")
ALL = (PROOF, NONE, SOME, STOPPED, SAMPLED, BELIEVED, UNKNOWN)


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (PROOF, "impossible (foreign key)"),
        (NONE, "0"),
        (SOME, "3"),
        (STOPPED, "≥ 1,000"),
        (SAMPLED, "≈ 1,000 (544 to 1,831)"),
        (BELIEVED, "≈ 500"),
        (UNKNOWN, "unknown"),
    ],
)
def test_words_show_the_precision(count: Count, words: str) -> None:
    assert count.words == words


def test_none_is_only_what_was_counted_to_the_end_or_ruled_out() -> None:
    assert [each for each in ALL if each.none] == [PROOF, NONE]


@pytest.mark.parametrize(
    ("parts", "precision", "number"),
    [
        ((PROOF, PROOF), Precision.PROOF, 0),
        ((PROOF, NONE), Precision.EXACT, 0),
        ((SOME, SOME, PROOF), Precision.EXACT, 6),
        ((SOME, UNKNOWN), Precision.AT_LEAST, 3),
        ((NONE, UNKNOWN), Precision.UNKNOWN, None),
        ((PROOF, UNKNOWN), Precision.UNKNOWN, None),
        ((BELIEVED, UNKNOWN), Precision.UNKNOWN, None),
        ((SOME, STOPPED), Precision.AT_LEAST, 1003),
        ((SOME, SAMPLED), Precision.SAMPLE, 1003),
        ((SAMPLED, STOPPED), Precision.AT_LEAST, 1544),
        ((SOME, BELIEVED), Precision.ESTIMATE, 503),
        ((BELIEVED, SAMPLED), Precision.ESTIMATE, 1500),
        ((), Precision.UNKNOWN, None),
    ],
)
def test_sum_is_no_more_precise_than_its_worst_part(
    parts: tuple[Count, ...], precision: Precision, number: int | None
) -> None:
    summed = total(parts)
    assert (summed.precision, summed.number) == (precision, number)


@every(parts=itertools.product(ALL, repeat=3))
def test_sum_is_none_only_where_every_part_is(parts: tuple[Count, ...]) -> None:
    assert total(parts).none == all(each.none for each in parts)
    assert total(parts).sure_of <= sum(each.sure_of for each in parts)


def test_ages_add_up() -> None:
    ages = total((SOME, SOME)).ages
    assert ages == OrphanCount(NOW, 6, 2, 0, 2, 0, 2, 0)


@pytest.mark.parametrize("looked_at", [1, 10, 100_000])
def test_a_sample_without_a_hit_proves_nothing(looked_at: int) -> None:
    count = sampled(0, looked_at, looked_at * 100, NOW, "slow")
    assert count.precision is Precision.UNKNOWN
    assert "proves nothing" in (count.reason or "")


@pytest.mark.parametrize(("share", "rows"), [(0.0, 1000), (0.5, -1)])
def test_the_planner_knowing_of_none_proves_nothing(share: float, rows: float) -> None:
    assert estimated(share, rows, NOW, "slow").precision is Precision.UNKNOWN


@pytest.mark.parametrize("hits", [1, 5, 50, 900])
def test_interval_holds_the_scaled_number_and_never_less_than_was_seen(hits: int) -> None:
    count = sampled(hits, 1_000, 50_000, NOW, "slow")
    assert count.low is not None
    assert count.high is not None
    assert count.number is not None
    assert hits <= count.low <= count.number <= count.high


def test_kinds_have_codes_and_labels_of_their_own() -> None:
    assert len({kind.code for kind in KINDS}) == len({kind.label for kind in KINDS}) == len(KINDS)
    numbers = [int(kind.label.removeprefix("O")) for kind in KINDS]
    assert numbers == sorted(numbers)
