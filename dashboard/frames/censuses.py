"""How many rows there are, and on which days they came."""

import math
from collections.abc import Callable, Iterable
from datetime import date, timedelta

import pandas as pd

from dashboard.diagnosis.evidence import Unavailable
from dashboard.snapshots import DAYS, Census, Reading, Snapshot


def per_day(
    snapshots: Iterable[Snapshot], census: Callable[[Reading], Census], today: date
) -> pd.DataFrame:
    """Count rows per day, one column per environment that said; its later days are not known."""
    days = [today - timedelta(days=ago) for ago in reversed(range(DAYS))]
    columns = {
        each.environment.name: _filled(census(each.reading), days, each.reading.at.date())
        for each in snapshots
        if each.reading and not isinstance(census(each.reading).per_day, Unavailable)
    }
    return pd.DataFrame(columns, index=pd.DatetimeIndex(days, name="day"))


def per_week(census: Census, until: date) -> list[float]:
    """Count rows of each full week up to a day, oldest first; empty where that is not known."""
    if isinstance(census.per_day, Unavailable):
        return []
    days = [until - timedelta(days=ago) for ago in reversed(range(DAYS // 7 * 7))]
    counted = _filled(census, days, until)
    return [sum(counted[start : start + 7]) for start in range(0, len(days), 7)]


def _filled(census: Census, days: Iterable[date], known_until: date) -> list[float]:
    """Put a zero on every day without rows, as far as the days are known."""
    counts = () if isinstance(census.per_day, Unavailable) else census.per_day
    told = {each.day.date(): float(each.rows) for each in counts if each.day}
    return [told.get(day, 0.0) if day <= known_until else math.nan for day in days]
