"""How many rows there are, and on which days they came: shaped once for all who look on."""

import functools
import math
from collections.abc import Callable, Iterable
from datetime import date, timedelta

import pandas as pd

from dashboard.background.row_counts import DAYS, RowCount
from dashboard.background.snapshots import Snapshot
from dashboard.collect.result import LastResult
from dashboard.diagnose.facts import Unavailable
from dashboard.show.same import Same

PAGES_KEPT = 8  # both tables, as they were and as they are
COUNTS_KEPT = 1024  # both tables of hundreds of environments

_Counted = tuple[str, Same[RowCount], date]


def per_day(
    results: Iterable[LastResult[Snapshot]], count: Callable[[Snapshot], RowCount], today: date
) -> pd.DataFrame:
    """Count rows per day, one column per environment that said; its later days are not known.

    Whoever gets the frame must not change it: it is the same until something was counted.
    """
    counted = (
        (each.environment.name, count(each.value), each.value.at.date())
        for each in results
        if each.value
    )
    said = (
        (name, Same(number), until)
        for name, number, until in counted
        if not isinstance(number.per_day, Unavailable)
    )
    return _per_day(tuple(said), today)


@functools.lru_cache(maxsize=PAGES_KEPT)
def _per_day(counted: tuple[_Counted, ...], today: date) -> pd.DataFrame:
    days = [today - timedelta(days=ago) for ago in reversed(range(DAYS))]
    columns = {name: _filled(count.thing, days, until) for name, count, until in counted}
    return pd.DataFrame(columns, index=pd.DatetimeIndex(days, name="day"))


@functools.lru_cache(maxsize=COUNTS_KEPT)
def per_week(count: RowCount, until: date) -> tuple[float, ...]:
    """Count rows of each full week up to a day, oldest first; empty where that is not known."""
    if isinstance(count.per_day, Unavailable):
        return ()
    days = [until - timedelta(days=ago) for ago in reversed(range(DAYS // 7 * 7))]
    counted = _filled(count, days, until)
    return tuple(sum(counted[start : start + 7]) for start in range(0, len(days), 7))


def _filled(count: RowCount, days: Iterable[date], known_until: date) -> list[float]:
    """Put a zero on every day without rows, as far as the days are known."""
    counts = () if isinstance(count.per_day, Unavailable) else count.per_day
    told = {each.day.date(): float(each.rows) for each in counts if each.day}
    return [told.get(day, 0.0) if day <= known_until else math.nan for day in days]
