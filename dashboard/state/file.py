"""The history's file: made on first use, recognised before it is touched, never left open."""

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

from dashboard.state.store import StateError
from queries.records import dataclass

APPLICATION_ID = 0x44504C59  # tells our file from any other SQLite file
VERSION = 2
BUSY_S = 1.0  # how long another writer is waited for
LOG_LIMIT_BYTES = 16 * 1024 * 1024  # of the write-ahead log, which is usually below 100 kB

_NOT_OURS = "is not a history of this dashboard"
_ELSEWHERE = "name another file as path under [history], or set enabled = false there."
_LOCKED = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_WITHOUT_ROOM = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)
_OUR_MISTAKES = (sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.DataError)

# Closing a file takes away the locks that SQLite holds on it for this process: while one thread
# makes the file, no other may open it.
_making = threading.Lock()


@dataclass(frozen=True, slots=True)
class File:
    path: Path
    limit_bytes: int

    @contextlib.contextmanager
    def connected(self) -> Iterator[sqlite3.Connection]:
        """Open the file for a moment; what goes wrong meanwhile is a StateError."""
        with _worded(self.path):
            _make(self.path)
            _recognise(self.path)
            with contextlib.closing(_connect(self.path, "mode=rw")) as connection:
                _refuse_others(self.path, connection)
                self._prepare(connection)
                yield connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        connection.execute("pragma foreign_keys = on")
        connection.execute("pragma synchronous = normal")
        pages = self.limit_bytes // number(connection, "page_size")
        connection.execute(f"pragma max_page_count = {pages}")
        laid_out = number(connection, "application_id") and number(connection, "user_version")
        if laid_out < VERSION:
            _lay_out(connection)
        _keep_log(connection)


def shorten_log(path: Path, connection: sqlite3.Connection) -> None:
    """Empty the write-ahead log where it grew; it cannot be while somebody reads what is in it."""
    log = path.with_name(f"{path.name}-wal")
    if not log.exists() or log.stat().st_size <= LOG_LIMIT_BYTES:
        return
    busy, _, _ = connection.execute("pragma wal_checkpoint(truncate)").fetchone()
    if busy:
        raise StateError(f"{path} is being read by a program that does not end; end it.")


def number(connection: sqlite3.Connection, pragma: str) -> int:
    (value,) = connection.execute(f"pragma {pragma}").fetchone()
    return int(value)


def _make(path: Path) -> None:
    """Create the file, and its folders, closed to others from the first moment on."""
    with _making:
        if path.exists():
            return
        for folder in reversed([each for each in path.parents if not each.exists()]):
            folder.mkdir(mode=0o700, exist_ok=True)
        with contextlib.suppress(FileExistsError):  # made by another program just now
            path.touch(mode=0o600, exist_ok=False)


def _recognise(path: Path) -> None:
    """Refuse what is not ours, looking in a way that changes nothing, not even beside it.

    That way takes no lock. What is being written then looks damaged, and is asked again with one.
    """
    if not path.is_file():
        raise StateError(f"{path} is not a file; {_ELSEWHERE}")
    with contextlib.closing(_connect(path, "mode=ro&immutable=1")) as connection:
        try:
            _refuse_others(path, connection)
        except sqlite3.DatabaseError as error:
            if _code(error) == sqlite3.SQLITE_NOTADB:
                raise StateError(f"{path} {_NOT_OURS}; {_ELSEWHERE}") from error
            if _code(error) != sqlite3.SQLITE_CORRUPT:
                raise


def _refuse_others(path: Path, connection: sqlite3.Connection) -> None:
    connection.execute("begin")  # or else another program makes the tables in between
    ours = number(connection, "application_id") == APPLICATION_ID
    empty = not number(connection, "page_count")
    newer = number(connection, "user_version") > VERSION
    connection.execute("commit")
    if not ours and not empty:
        raise StateError(f"{path} {_NOT_OURS}; {_ELSEWHERE}")
    if newer:
        raise StateError(f"{path} is of a newer version of this dashboard; {_ELSEWHERE}")


def _connect(path: Path, options: str) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?{options}", uri=True, timeout=BUSY_S, isolation_level=None
    )


def _lay_out(connection: sqlite3.Connection) -> None:
    """Make the tables that there are not yet; it does not matter if another program just did."""
    tables = Path(__file__).with_name("schema.sql").read_text(encoding="utf-8")
    connection.executescript(
        f"begin immediate; {tables}; pragma application_id = {APPLICATION_ID};"
        f"pragma user_version = {VERSION}; commit"
    )


def _keep_log(connection: sqlite3.Connection) -> None:
    """Let reading and writing go on beside each other, from now on and for every program.

    This needs the file for itself, and does not wait for that: without a log it works as well,
    and who opens it next tries again.
    """
    try:
        connection.execute("pragma journal_mode = wal")
    except sqlite3.OperationalError as error:
        if _code(error) not in _LOCKED:
            raise


@contextlib.contextmanager
def _worded(path: Path) -> Iterator[None]:
    try:
        yield
    except _OUR_MISTAKES:
        raise
    except sqlite3.DatabaseError as error:
        raise StateError(_sentence(path, error)) from error
    except OSError as error:
        raise StateError(f"{path} cannot be used ({error.strerror}); {_ELSEWHERE}") from error


def _sentence(path: Path, error: sqlite3.DatabaseError) -> str:
    code = _code(error)
    if code in _LOCKED:
        return f"{path} was locked for too long; if it stays so, end the program that locks it."
    if code in _DAMAGED:
        return f"{path} is damaged; move it away, and a new history begins."
    if code in _WITHOUT_ROOM:
        return f"{path} cannot be written ({error}); make room on its disk, or {_ELSEWHERE}"
    return f"{path} cannot be used ({error}); {_ELSEWHERE}"


def _code(error: sqlite3.DatabaseError) -> int:
    """Return the primary code, the lowest byte; Python's own complaints have none."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
