"""What is kept: in one SQLite file, or in a PostgreSQL that several processes share."""

from dashboard.state.answers import SharedAnswer, SharedAnswers
from dashboard.state.entry import Entry, Measure, Noted, RecordedEnvironment
from dashboard.state.keeping import History
from dashboard.state.leases import Leases
from dashboard.state.lists import SharedList, SharedLists
from dashboard.state.mutes import KeptMute, Mutes
from dashboard.state.notices import Decision, Due, Notices
from dashboard.state.rows import (
    AnswerTime,
    FindingCount,
    FirstSeen,
    FoundThen,
    LastStatus,
    MeasuredValue,
    Reach,
)
from dashboard.state.sqlite import SqliteStore
from dashboard.state.store import SharedStore, StateError, Store
from dashboard.state.trail import Trail
from dashboard.state.window import Window

__all__ = [
    "AnswerTime",
    "Decision",
    "Due",
    "Entry",
    "FindingCount",
    "FirstSeen",
    "FoundThen",
    "History",
    "KeptMute",
    "LastStatus",
    "Leases",
    "Measure",
    "MeasuredValue",
    "Mutes",
    "Noted",
    "Notices",
    "Reach",
    "RecordedEnvironment",
    "SharedAnswer",
    "SharedAnswers",
    "SharedList",
    "SharedLists",
    "SharedStore",
    "SqliteStore",
    "StateError",
    "Store",
    "Trail",
    "Window",
]
