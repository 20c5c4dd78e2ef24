"""The audit's lines in the database that several processes share: appended, and nothing else."""

import threading
from collections import deque

from dashboard.state.store import Store

MOST_WAITING = 10_000  # lines while the database is away; standard output has them all
_APPEND = (
    "insert into audit (run, serial, line) values (:run, :serial, :line) on conflict do nothing"
)


class Trail:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: deque[tuple[str, int, str]] = deque(maxlen=MOST_WAITING)
        self._lock = threading.Lock()

    def append(self, run: str, serial: int, line: str) -> None:
        """Keep a line as soon as that can be; nobody waits for it."""
        with self._lock:
            self._waiting.append((run, serial, line))

    def save(self) -> None:
        with self._lock:
            waiting = [*self._waiting]
        if not waiting:
            return
        with self._store.writing() as session:
            for run, serial, line in waiting:
                session.rows(_APPEND, {"run": run, "serial": serial, "line": line})
        with self._lock:
            for _ in range(min(len(waiting), len(self._waiting))):
                self._waiting.popleft()
