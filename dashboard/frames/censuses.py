"""How many rows there are, and on which days they came."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta

import pandas as pd

from dashboard.diagnosis.evidence import Unavailable
from dashboard.snapshots import DAYS, Census, Reading, Snapshot


def per_day(
    snapshots: Iterable[Snapshot], census: Callable[[Reading], Census], today: date
) -> pd.DataFrame:
    """Count rows per day, one column per environment that said; its later days are not known."""
    days = pd.date_range(today - timedelta(days=DAYS - 1), today, freq="D", name="day")
    columns = {
        each.environment.name: _filled(census(each.reading), days, each.reading.at.date())
        for each in snapshots
        if each.reading and not isinstance(census(each.reading).per_day, Unavailable)
    }
    return pd.DataFrame(columns, index=days)


def per_week(census: Census, until: date) -> list[float]:
    """Count rows of each full week up to a day, oldest first; empty where that is not known."""
    if isinstance(census.per_day, Unavailable):
        return []
    weeks = DAYS // 7
    days = pd.date_range(until - timedelta(days=weeks * 7 - 1), until, freq="D")
    counted = _filled(census, days, until)
    return [float(counted.iloc[7 * week : 7 * week + 7].sum()) for week in range(weeks)]


def _filled(census: Census, days: pd.DatetimeIndex, known_until: date) -> "pd.Series[float]":
    """Put a zero on every day without rows, as far as the days are known."""
    counts = () if isinstance(census.per_day, Unavailable) else census.per_day
    told = {pd.Timestamp(each.day.date()): float(each.rows) for each in counts}
    known = [day for day in days if day.date() <= known_until]
    return pd.Series([told.get(day, 0.0) for day in known], index=known).reindex(days)
