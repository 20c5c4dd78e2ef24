"""The history of all environments: entries go in, answers for charts come out."""

import contextlib
import logging
import threading
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Self, TypeVar

from dashboard.state import question, rows
from dashboard.state.entry import Entry, RecordedEnvironment
from dashboard.state.question import HistoryQuestion
from dashboard.state.sqlite import LIMIT_BYTES, SqliteStore
from dashboard.state.store import StateError, Store
from dashboard.state.times import to_ms
from dashboard.state.window import Window
from dashboard.state.writing import write

PRUNE_EVERY_S = 3600.0

Row = TypeVar("Row")

log = logging.getLogger("dashboard")


class History:
    """Shared by all threads.

    Appending never raises for what is wrong with the store; every question may: StateError.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._writing = threading.Lock()  # hundreds that were just asked need not write at once
        self._failing = False
        self._prune_after = float("-inf")

    @classmethod
    def open(cls, path: Path, limit_bytes: int = LIMIT_BYTES) -> Self:
        """Make the file if there is none; raise StateError where it cannot be used."""
        store = SqliteStore(path, limit_bytes)
        with store.reading():
            return cls(store)

    def append(self, *entries: Entry) -> bool:
        """Keep entries; False where that cannot be, which is logged once until it can again."""
        try:
            with self._writing, self._store.writing(each.at for each in entries) as session:
                write(session, *entries)
        except StateError as error:
            self._tell(error)
            return False
        self._tell(None)
        if self._prune_due():
            self._prune()
        return True

    def findings(
        self, window: Window, places: Iterable[RecordedEnvironment]
    ) -> tuple[rows.FindingCount, ...]:
        return self._ask(question.FINDINGS, places, _values(window))

    def measured(
        self, measure: str, window: Window, places: Iterable[RecordedEnvironment]
    ) -> tuple[rows.MeasuredValue, ...]:
        return self._ask(question.MEASURED, places, {"measure": measure, **_values(window)})

    def answer_times(
        self, window: Window, places: Iterable[RecordedEnvironment]
    ) -> tuple[rows.AnswerTime, ...]:
        return self._ask(question.ANSWER_TIMES, places, _values(window))

    def reach(self, places: Iterable[RecordedEnvironment]) -> tuple[rows.Reach, ...]:
        """Return since when there are entries; a place without any has no row."""
        return self._ask(question.REACH, places)

    def first_seen(self, places: Iterable[RecordedEnvironment]) -> tuple[rows.FirstSeen, ...]:
        """Return the findings that are there now and since when, muted or not."""
        return self._ask(question.FIRST_SEEN, places)

    def found_then(
        self, moment: datetime, places: Iterable[RecordedEnvironment]
    ) -> tuple[rows.FoundThen, ...]:
        """Return what was found until a moment; a place without an entry has no row."""
        return self._ask(question.FOUND_THEN, places, {"moment": to_ms(moment)})

    def last_statuses(self, places: Iterable[RecordedEnvironment]) -> tuple[rows.LastStatus, ...]:
        """Return when each status was last seen, the latest first."""
        return self._ask(question.LAST_STATUSES, places)

    def _ask(
        self,
        asked: HistoryQuestion[Row],
        places: Iterable[RecordedEnvironment],
        values: Mapping[str, object] = {},
    ) -> tuple[Row, ...]:
        with self._store.reading() as session:
            return tuple(asked.ask(session, places, values))

    def _tell(self, error: StateError | None) -> None:
        with self._lock:
            before, self._failing = self._failing, error is not None
        if error and not before:
            log.warning("The history is not kept: %s", error)
        if before and not error:
            log.info("The history is kept again.")

    def _prune_due(self) -> bool:
        """Let one thread prune, now and then."""
        with self._lock:
            due = time.monotonic() >= self._prune_after
            if due:
                self._prune_after = time.monotonic() + PRUNE_EVERY_S
            return due

    def _prune(self) -> None:
        # what goes wrong here goes wrong with the next entry too, and is told then
        with contextlib.suppress(StateError):
            if not self._store.prune(datetime.now(UTC)):
                self._prune_after = float("-inf")


def _values(window: Window) -> Mapping[str, int]:
    return window.fitted(datetime.now(UTC)).values
