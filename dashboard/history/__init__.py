"""What was seen of every environment, kept in one SQLite file: the only thing ever written."""

from dashboard.history.entry import Entry, Measure, Noted, RecordedEnvironment
from dashboard.history.file import HistoryError
from dashboard.history.keeping import History
from dashboard.history.rows import (
    AnswerTime,
    FindingCount,
    FirstSeen,
    FoundThen,
    LastStatus,
    MeasuredValue,
    Reach,
)
from dashboard.history.window import Window

__all__ = [
    "AnswerTime",
    "Entry",
    "FindingCount",
    "FirstSeen",
    "FoundThen",
    "History",
    "HistoryError",
    "LastStatus",
    "Measure",
    "MeasuredValue",
    "Noted",
    "Reach",
    "RecordedEnvironment",
    "Window",
]
