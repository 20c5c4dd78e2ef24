"""Failed deployments: what they have in common, and how to read them out of a log."""

from dashboard.diagnose.failures.all_fail import judge, named
from dashboard.diagnose.failures.grouping import densest, grouped
from dashboard.diagnose.failures.reading import LogReader
from dashboard.diagnose.failures.values import Burst, Failure, Group, Signature

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
