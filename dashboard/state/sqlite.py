"""The file that one process keeps: nothing stays open between two uses, so it is never closed."""

import contextlib
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from dashboard.state import pruning
from dashboard.state.file import File, shorten_log
from dashboard.state.store import Session

LIMIT_BYTES = 48 * 1024 * 1024  # without the write-ahead log, which has a limit of its own


class _Session:
    new_entry = "null"  # the file counts by itself
    now_ms = "cast((julianday('now') - 2440587.5) * 86400000 as integer)"
    for_update = skip_locked = ""  # whoever writes is alone

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def rows(
        self, statement: str, values: Mapping[str, object] | None = None
    ) -> list[tuple[Any, ...]]:
        return self._connection.execute(statement, values or {}).fetchall()


class SqliteStore:
    def __init__(self, path: Path, limit_bytes: int = LIMIT_BYTES) -> None:
        self._file = File(path, limit_bytes)
        self._alone = threading.Lock()  # the file itself lets nobody wait in turn

    @contextlib.contextmanager
    def reading(self) -> Iterator[Session]:
        with self._file.connected() as connection:
            yield _Session(connection)

    @contextlib.contextmanager
    def writing(self, entries_at: Iterable[datetime] = ()) -> Iterator[Session]:
        with self._alone, self._file.connected() as connection:
            if any(True for _ in entries_at):
                shorten_log(self._file.path, connection)
                pruning.make_room(connection)
            connection.execute("begin immediate")
            yield _Session(connection)
            connection.execute("commit")

    def prune(self, now: datetime) -> bool:
        with self._file.connected() as connection:
            return pruning.prune(connection, now)
