"""What the history knows: findings, answer times and counts over time."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

import pandas as pd

from dashboard.diagnose.finding import Severity
from dashboard.state import AnswerTime, FindingCount, MeasuredValue, Window

UNANSWERED = "did not answer"


def findings_over_time(counts: Iterable[FindingCount]) -> pd.DataFrame:
    """Sum findings of all environments by severity (columns, worst first) for each moment.

    Environments that gave no answer are counted apart; a moment at which nobody looked has no row.
    """
    sums: dict[datetime, Counter[str]] = {}
    for each in counts:
        counted = sums.setdefault(each.at, Counter())
        if name := UNANSWERED if each.unavailable else each.severity:
            counted[name] += each.number
    columns = [Severity.ERROR, Severity.UNKNOWN, Severity.WARNING]
    names = [*(each.value for each in columns), UNANSWERED]
    rows = [[sums[moment][name] for name in names] for moment in sorted(sums)]
    return pd.DataFrame(rows, index=pd.DatetimeIndex(sorted(sums), name="at"), columns=names)


def measured(values: Iterable[MeasuredValue], window: Window) -> pd.DataFrame:
    """Line up a measure by environment (columns)."""
    return _lined_up(((each.environment, each.at, each.value) for each in values), window)


def answer_times(times: Iterable[AnswerTime], window: Window) -> pd.DataFrame:
    """Line up the median answer times, in milliseconds, by environment (columns)."""
    return _lined_up(((each.environment, each.at, each.median_ms) for each in times), window)


def _lined_up(values: Iterable[tuple[str, datetime, float]], window: Window) -> pd.DataFrame:
    """Give every bucket a row; one without a value is a gap."""
    width = pd.Timedelta(seconds=window.bucket_s)
    buckets = pd.date_range(window.since, window.until, freq=width).floor(width)
    columns: dict[str, dict[datetime, float]] = {}
    for environment, at, value in values:
        columns.setdefault(environment, {})[at] = value
    series = {name: pd.Series(found, dtype="float64") for name, found in columns.items()}
    return pd.DataFrame({name: each.reindex(buckets) for name, each in series.items()}, buckets)
