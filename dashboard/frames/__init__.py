"""From what was read and judged to data frames: what pages chart, list and download."""

from dashboard.frames.censuses import per_day, per_week
from dashboard.frames.ledgers import (
    EARLIER,
    FAKE,
    NOT_KNOWN,
    NOT_THERE,
    ledger,
    migrations_by_state,
)
from dashboard.frames.orphans import orphan_ages, orphans_per_kind
from dashboard.frames.trends import answer_times, findings_over_time, measured
from dashboard.frames.verdicts import tallies, verdicts

__all__ = [
    "EARLIER",
    "FAKE",
    "NOT_KNOWN",
    "NOT_THERE",
    "answer_times",
    "findings_over_time",
    "ledger",
    "measured",
    "migrations_by_state",
    "orphan_ages",
    "orphans_per_kind",
    "per_day",
    "per_week",
    "tallies",
    "verdicts",
]
