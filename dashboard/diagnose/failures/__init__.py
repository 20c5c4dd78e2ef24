"""Failed deployments: what they have in common, and how to read them out of a log."""

from dashboard.diagnose.failures.all_fail import judge, named
from dashboard.diagnose.failures.grouping import densest, grouped
from dashboard.diagnose.failures.known import (
    FOREIGN_KEY_CODES,
    UNIQUE_CODES,
    KnownFailures,
    by_id,
    cause,
    causes,
    total,
)
from dashboard.diagnose.failures.reading import LogReader
from dashboard.diagnose.failures.values import DELETE, Burst, Failure, Group, Signature

__all__ = [
    "DELETE",
    "FOREIGN_KEY_CODES",
    "UNIQUE_CODES",
    "Burst",
    "Failure",
    "Group",
    "KnownFailures",
    "LogReader",
    "Signature",
    "by_id",
    "cause",
    "causes",
    "densest",
    "grouped",
    "judge",
    "named",
    "total",
]
