"""The last answers of every environment with their age, refreshed in the background."""

from dashboard.background.snapshots.board import Snapshot
from dashboard.background.snapshots.powers import beyond_reading
from dashboard.background.snapshots.readings import DAYS, Census, Precision, Reading
from dashboard.background.snapshots.recording import Beside
from dashboard.background.snapshots.refreshing import Snapshots

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
