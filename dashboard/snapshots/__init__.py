"""The last answers of every environment with their age, refreshed in the background."""

from dashboard.snapshots.board import Snapshot
from dashboard.snapshots.powers import beyond_reading
from dashboard.snapshots.readings import DAYS, Census, Precision, Reading
from dashboard.snapshots.recording import Beside
from dashboard.snapshots.refreshing import Snapshots

__all__ = [
    "DAYS",
    "Beside",
    "Census",
    "Precision",
    "Reading",
    "Snapshot",
    "Snapshots",
    "beyond_reading",
]
