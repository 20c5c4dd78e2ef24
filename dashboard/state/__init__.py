"""What was seen of every environment, kept in one SQLite file: the only thing ever written."""

from dashboard.state.entry import Entry, Measure, Noted, RecordedEnvironment
from dashboard.state.file import HistoryError
from dashboard.state.keeping import History
from dashboard.state.rows import (
    AnswerTime,
    FindingCount,
    FirstSeen,
    FoundThen,
    LastStatus,
    MeasuredValue,
    Reach,
)
from dashboard.state.window import Window

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
