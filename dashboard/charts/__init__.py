"""From data frames to Plotly figures."""

from dashboard.charts.censuses import rows_per_day
from dashboard.charts.failures import failures
from dashboard.charts.layout import colours
from dashboard.charts.ledgers import STATE_COLOURS, migrations_by_state
from dashboard.charts.orphans import orphan_ages, orphans_per_kind
from dashboard.charts.trends import findings_over_time, measured
from dashboard.charts.verdicts import per_verdict

__all__ = [
    "STATE_COLOURS",
    "colours",
    "failures",
    "findings_over_time",
    "measured",
    "migrations_by_state",
    "orphan_ages",
    "orphans_per_kind",
    "per_verdict",
    "rows_per_day",
]
