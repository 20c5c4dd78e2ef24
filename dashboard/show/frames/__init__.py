"""From what was read and judged to data frames: what pages chart, list and download."""

from dashboard.show.frames.ledgers import (
    EARLIER,
    FAKE,
    NOT_KNOWN,
    NOT_THERE,
    ledger,
    migrations_by_state,
    shown,
)
from dashboard.show.frames.orphans import orphan_ages, orphans_per_kind
from dashboard.show.frames.row_counts import per_day, per_week
from dashboard.show.frames.series import few, ranked
from dashboard.show.frames.trends import answer_times, findings_over_time, measured
from dashboard.show.frames.verdicts import tallies, verdicts

__all__ = [
    "EARLIER",
    "FAKE",
    "NOT_KNOWN",
    "NOT_THERE",
    "answer_times",
    "few",
    "findings_over_time",
    "ledger",
    "measured",
    "migrations_by_state",
    "orphan_ages",
    "orphans_per_kind",
    "per_day",
    "per_week",
    "ranked",
    "shown",
    "tallies",
    "verdicts",
]
