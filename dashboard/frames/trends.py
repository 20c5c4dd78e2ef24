"""What the history knows: findings and counts over time."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

import pandas as pd

from dashboard.diagnosis.finding import Severity
from dashboard.history import FindingCount, MeasuredValue, Window

UNANSWERED = "did not answer"


def findings_over_time(counts: Iterable[FindingCount]) -> pd.DataFrame:
    """Sum findings of all environments by severity (columns, worst first) for each moment.

    Environments that gave no answer are counted apart; a moment at which nobody looked has no row.
    """
    sums: dict[datetime, Counter[str]] = {}
    for each in counts:
        counted = sums.setdefault(each.at, Counter())
        if each.unavailable:
            counted[UNANSWERED] += 1
        elif each.severity and each.number:
            counted[each.severity] += each.number
    columns = [Severity.ERROR, Severity.UNKNOWN, Severity.WARNING]
    names = [*(each.value for each in columns), UNANSWERED]
    rows = [[sums[moment][name] for name in names] for moment in sorted(sums)]
    return pd.DataFrame(rows, index=pd.DatetimeIndex(sorted(sums), name="at"), columns=names)


def measured(values: Iterable[MeasuredValue], window: Window) -> pd.DataFrame:
    """Line up a measure by environment (columns); a bucket without a value is a gap."""
    width = pd.Timedelta(seconds=window.bucket_s)
    buckets = pd.date_range(window.since, window.until, freq=width).floor(width)
    columns: dict[str, dict[datetime, int]] = {}
    for each in values:
        columns.setdefault(each.environment, {})[each.at] = each.value
    series = {name: pd.Series(found, dtype="float64") for name, found in columns.items()}
    return pd.DataFrame({name: each.reindex(buckets) for name, each in series.items()}, buckets)
