"""Orphan candidates: rows that have lost, or never had, what they belong to."""

from dashboard.diagnose.orphans.counts import Count, Precision
from dashboard.diagnose.orphans.kind import Ages, CountedColumn, OrphanKind
from dashboard.diagnose.orphans.kind_counts import ColumnCount, KindCount, Orphans, by_kind
from dashboard.diagnose.orphans.kinds import BY_CODE, KINDS, counted_columns
from dashboard.diagnose.orphans.kinds.cross_environment_orphan import Present, with_matches
from dashboard.diagnose.orphans.relationship import Cardinality, Relationship, Roles
from dashboard.diagnose.orphans.remedies import remedy

__all__ = [
    "BY_CODE",
    "KINDS",
    "Ages",
    "Cardinality",
    "ColumnCount",
    "Count",
    "CountedColumn",
    "KindCount",
    "OrphanKind",
    "Orphans",
    "Precision",
    "Present",
    "Relationship",
    "Roles",
    "by_kind",
    "counted_columns",
    "remedy",
    "with_matches",
]
