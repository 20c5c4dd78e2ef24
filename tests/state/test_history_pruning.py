"""How much is kept: by age, by the hour, and in bytes."""

import itertools
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from dashboard.state import History, Measure, Noted, keeping, pruning
from tests.state.entries import (
    DAY,
    HOUR,
    LOCAL,
    MINUTE,
    NOW,
    STAGING,
    entry,
    filled,
    kept,
    rows,
)

FULL_HOUR = NOW.replace(minute=0, second=0)
MANY = tuple(Measure(f"measure-{number}", number, "exact") for number in range(300))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.sqlite"


@pytest.fixture(autouse=True)
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "PRUNE_EVERY_S", 0.0)


def every(step: timedelta, since: datetime, until: datetime) -> Iterator[datetime]:
    return itertools.takewhile(lambda at: at < until, (since + step * n for n in itertools.count()))


def last_of_hours(times: Iterable[datetime]) -> list[datetime]:
    by_hour = itertools.groupby(times, lambda at: at.replace(minute=0, second=0))
    return [max(hour) for _, hour in by_hour]


def test_every_entry_is_kept_for_two_days(path: Path) -> None:
    times = list(every(10 * MINUTE, NOW - 2 * DAY + HOUR, NOW))
    assert filled(path, map(entry, times)).append(entry())
    assert kept(path) == [*times, NOW]


def test_then_the_last_of_each_hour(path: Path) -> None:
    old = list(every(7 * MINUTE, FULL_HOUR - 6 * DAY, FULL_HOUR - 3 * DAY))
    assert filled(path, map(entry, old)).append(entry())
    assert kept(path) == [*last_of_hours(old), NOW]
    assert len(kept(path)) == 3 * 24 + 1


def test_what_was_measured_goes_with_its_entry(path: Path) -> None:
    first, last = FULL_HOUR - 4 * DAY, FULL_HOUR - 4 * DAY + 50 * MINUTE
    entries = (entry(at, measures=MANY) for at in (first, last))
    assert filled(path, entries).append(entry())
    assert rows(path, "select count(*) from measure") == [len(MANY)]
    assert kept(path) == [last, NOW]


def test_of_two_at_once_one_remains(path: Path) -> None:
    at = FULL_HOUR - 4 * DAY
    assert filled(path, [entry(at, status="ok"), entry(at, status="error")]).append(entry())
    assert kept(path) == [at, NOW]


def test_every_place_has_hours_of_its_own(path: Path) -> None:
    at = FULL_HOUR - 4 * DAY
    history = filled(path, [entry(at, place=place) for place in (STAGING, LOCAL, STAGING)])
    assert history.append(entry())
    assert rows(path, "select environment from entry join place p on p.id = place order by 1") == [
        "local",
        "staging",
        "staging",
    ]


@pytest.mark.parametrize(("age", "remains"), [(90 * DAY - HOUR, 1), (90 * DAY + HOUR, 0)])
def test_nothing_is_kept_for_more_than_90_days(path: Path, age: timedelta, remains: int) -> None:
    assert filled(path, [entry(NOW - age, place=LOCAL)]).append(entry())
    assert len(kept(path)) == 1 + remains
    assert len(rows(path, "select * from place")) == 1 + remains


def test_what_is_not_used_any_more_is_forgotten(path: Path) -> None:
    gone = entry(NOW - 91 * DAY, Noted("pending", "warning"), place=LOCAL)
    assert filled(path, [gone]).append(entry())
    assert rows(path, "select environment from place") == ["staging"]
    assert rows(path, "select count(*) from condition") == [1]
    assert rows(path, "select count(*) from finding") == [0]


@pytest.mark.parametrize(("ahead", "remains"), [(HOUR, 1), (2 * DAY, 0)])
def test_a_clock_that_was_wrong_is_forgotten(path: Path, ahead: timedelta, remains: int) -> None:
    assert filled(path, [entry(NOW + ahead)]).append(entry())
    assert len(kept(path)) == 1 + remains


def test_much_is_pruned_step_by_step(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "PRUNE_EVERY_S", 3600.0)
    monkeypatch.setattr(pruning, "BATCH", 7)
    history = filled(path, (entry(NOW - 91 * DAY) for _ in range(150)))
    sizes = []
    for _ in range(4):
        assert history.append(entry())
        sizes.append(len(kept(path)))
    assert sizes == [150 + 1 - 70, 150 + 2 - 140, 3, 4]


def test_pruning_is_done_now_and_then(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "PRUNE_EVERY_S", 3600.0)
    history = History.open(path)
    for _ in range(3):
        assert history.append(entry(NOW - 91 * DAY))
    assert len(kept(path)) == 2, "the first is pruned at once, the others in an hour"


@pytest.mark.parametrize("limit", [512 * 1024, 1024 * 1024])
def test_the_file_never_gets_larger_than_its_limit(path: Path, limit: int) -> None:
    history = History.open(path, limit)
    times = [NOW - MINUTE * (140 - number) for number in range(140)]
    sizes = []
    for at in times:
        assert history.append(entry(at, measures=MANY))
        sizes.append(sum(each.stat().st_size for each in path.parent.iterdir()))
    assert limit * 0.8 < max(sizes) <= limit
    remaining = kept(path)
    assert 10 < len(remaining) < 130
    assert remaining == times[-len(remaining) :], "the oldest go first"
    assert rows(path, "pragma integrity_check") == ["ok"]


def test_an_entry_that_is_larger_than_the_limit_is_not_kept(path: Path) -> None:
    history = History.open(path, 64 * 1024)
    assert history.append(entry(NOW - MINUTE))
    huge = tuple(Measure(f"measure-{number}", number, "exact") for number in range(5000))
    assert not history.append(entry(measures=huge))
    assert history.append(entry())
    assert path.stat().st_size <= 64 * 1024
    assert kept(path)[-1] == NOW
