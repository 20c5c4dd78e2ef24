"""From data frames to Plotly figures, each drawn once for all who look on."""

from dashboard.show.charts import failures as failed
from dashboard.show.charts import ledgers, orphans, row_counts, trends, verdicts
from dashboard.show.charts.keeping import kept
from dashboard.show.charts.layout import colours
from dashboard.show.charts.ledgers import STATE_COLOURS

failures = kept(failed.failures)
findings_over_time = kept(trends.findings_over_time)
measured = kept(trends.measured)
migrations_by_state = kept(ledgers.migrations_by_state)
orphan_ages = kept(orphans.orphan_ages)
orphans_per_kind = kept(orphans.orphans_per_kind)
per_verdict = kept(verdicts.per_verdict)
rows_per_day = kept(row_counts.rows_per_day)

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
