"""Failed deployments: what they have in common, and how to read them out of a log."""

from dashboard.diagnosis.failures.all_fail import judge, named
from dashboard.diagnosis.failures.grouping import densest, grouped
from dashboard.diagnosis.failures.reading import LogReader
from dashboard.diagnosis.failures.values import Burst, Failure, Group, Signature

__all__ = [
    "Burst",
    "Failure",
    "Group",
    "LogReader",
    "Signature",
    "densest",
    "grouped",
    "judge",
    "named",
]
