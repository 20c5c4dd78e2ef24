"""How many rows there are, and on which days they came: shaped once for all who look on."""

import functools
import math
from collections.abc import Callable, Iterable
from datetime import date, timedelta

import numpy as np
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
    days = pd.DatetimeIndex(_days(today, DAYS), name="day")
    names = [name for name, _, _ in counted]
    values = [_filled(count, today, until) for _, count, until in counted]
    # one block: hundreds of columns are not put together one by one
    return pd.DataFrame(np.array(values).reshape(-1, DAYS).T, index=days, columns=names)


def _days(until: date, number: int) -> list[date]:
    return [until - timedelta(days=ago) for ago in reversed(range(number))]


@functools.lru_cache(maxsize=COUNTS_KEPT)
def per_week(count: RowCount, until: date) -> tuple[float, ...]:
    """Count rows of each full week up to a day, oldest first; empty where that is not known."""
    if isinstance(count.per_day, Unavailable):
        return ()
    counted = _filled(Same(count), until, until)[DAYS % 7 :]
    return tuple(sum(counted[start : start + 7]) for start in range(0, len(counted), 7))


@functools.lru_cache(maxsize=COUNTS_KEPT)
def _filled(count: Same[RowCount], today: date, known_until: date) -> list[float]:
    """Put a zero on every day without rows, as far as the days are known."""
    per_day = count.thing.per_day
    counts = () if isinstance(per_day, Unavailable) else per_day
    told = {each.day.date(): float(each.rows) for each in counts if each.day}
    days = _days(today, DAYS)
    return [told.get(day, 0.0) if day <= known_until else math.nan for day in days]
