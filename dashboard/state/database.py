"""A PostgreSQL that several processes keep their state in: one schema, which the program makes.

Everything is a short transaction of its own, so that a pooler in transaction mode may be between.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, create_engine, exc, text
from sqlalchemy.pool import QueuePool

from dashboard.diagnose.facts import Identity
from dashboard.postgres.errors import CONNECT_TIMEOUT_S, classify
from dashboard.postgres.pool import NOT_FROM_ELSEWHERE
from dashboard.state import partitions
from dashboard.state.store import Session, SharedStore, StateError

SCHEMA = "deployment_dashboard"
OLDEST = 120_000  # the server's version
STATEMENT_MS, LOCK_MS = 3000, 1500
IDLE_MS = 10_000  # a process that was stopped keeps nobody out for longer
LONG_MS = 60_000  # for what nobody waits for
PAUSE_S = 5.0  # after a failure: a page does not wait for what has just failed
_OUR_MISTAKES = (psycopg.errors.IntegrityError, psycopg.errors.DataError)
_BUSY = (exc.TimeoutError, psycopg.errors.DeadlockDetected, psycopg.errors.LockNotAvailable)
_SETTINGS = f"""
select
    set_config('search_path', :schema, true),
    set_config('statement_timeout', :statement_ms, true),
    set_config('lock_timeout', :lock_ms, true),
    set_config('idle_in_transaction_session_timeout', '{IDLE_MS}', true),
    set_config('timezone', 'UTC', true)
"""
_IDENTIFIED = "select has_function_privilege('pg_catalog.pg_control_system()', 'execute')"
_IDENTIFIER = "select cast(system_identifier as text) from pg_catalog.pg_control_system()"
_PLACE = """
select
    cast(d.oid as bigint),
    pg_postmaster_start_time(),
    cast(current_setting('server_version_num') as integer)
from pg_catalog.pg_database as d
where d.datname = current_database()
"""

_FORGOTTEN = (  # of environments that nobody configures any more
    "delete from answer where asked_at < clock_timestamp() - interval '7 days'",
    "delete from lease where until < clock_timestamp() - interval '7 days'",
    "delete from kept_list where until < clock_timestamp()",
)
_HINTS: Mapping[type[Exception], str] = {
    psycopg.errors.InsufficientPrivilege: (
        f"the role may not use or make the schema {SCHEMA}; let it own the database"
    ),
    psycopg.errors.ReadOnlySqlTransaction: "it can only be read, as a standby can",
    exc.TimeoutError: "all of the dashboard's connections to it are in use",
}

Monitored = Callable[[], Mapping[str, Identity]]


class RefusedError(StateError):
    """It must not be used, whatever it answers."""


class _Session:
    new_entry = partitions.NEW_ENTRY
    now_ms = "cast(extract(epoch from clock_timestamp()) * 1000 as bigint)"
    for_update = "for update"
    skip_locked = "for update skip locked"

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def rows(
        self, statement: str, values: Mapping[str, object] | None = None
    ) -> list[tuple[Any, ...]]:
        result = self._connection.execute(text(statement), values or {})
        return [tuple(row) for row in result] if result.returns_rows else []


class DatabaseStore(SharedStore):
    """`monitored` are the databases that are looked at, none of which is ever written to."""

    def __init__(self, parameters: Mapping[str, str], address: str, monitored: Monitored) -> None:
        self.address = address
        self.problem: str | None = None
        self._monitored = monitored
        self._engine = _engine(parameters)
        self._preparing = threading.Lock()
        self._identity: Identity | None = None
        self._days: set[int] = set()
        self._refused: str | None = None
        self._again_at = float("-inf")

    def close(self) -> None:
        self._engine.dispose()

    @contextlib.contextmanager
    def reading(self) -> Iterator[Session]:
        with self._transaction(STATEMENT_MS) as session:
            yield session

    @contextlib.contextmanager
    def writing(self, entries_at: Iterable[datetime] = ()) -> Iterator[Session]:
        moments = [*entries_at]
        if moments:
            self._make_days(moments)
        with self._transaction(STATEMENT_MS) as session:
            yield session

    def prune(self, now: datetime) -> bool:
        with self._transaction(STATEMENT_MS) as session:
            partitions.drop(session, now)
        self._days = set()
        with self._transaction(LONG_MS) as session:
            left = partitions.thin(session, now)
        with self._transaction(LONG_MS) as session:
            for statement in (*partitions.UNUSED, *_FORGOTTEN):
                session.rows(statement)
        return not left

    def compare(self, name: str, monitored: Identity) -> None:
        if self._identity and _is_same(self._identity, monitored):
            self.problem = self._refused = _refusal(name)

    def _make_days(self, moments: Iterable[datetime]) -> None:
        wanted = {partitions.day_of(each) for each in moments}
        if not wanted <= self._days:
            with self._transaction(STATEMENT_MS) as session:
                known = partitions.make(session, wanted)
            self._days = known

    @contextlib.contextmanager
    def _transaction(self, statement_ms: int) -> Iterator[Session]:
        self._require_usable()
        with self._worded():
            self._prepare()
            with self._engine.begin() as connection:
                _set(connection, statement_ms)
                yield _Session(connection)
            self.problem = self._refused

    def _require_usable(self) -> None:
        if self._refused:
            raise RefusedError(self._refused)
        if self.problem and time.monotonic() < self._again_at:
            raise StateError(self.problem)

    @contextlib.contextmanager
    def _worded(self) -> Iterator[None]:
        try:
            yield
        except RefusedError as error:
            self.problem = self._refused = str(error)
            raise
        except (psycopg.Error, exc.SQLAlchemyError) as error:
            cause = getattr(error, "orig", None) or error
            if isinstance(cause, _OUR_MISTAKES):
                raise
            if isinstance(cause, _BUSY):  # it is there: the others need not do without it
                raise StateError(f"{self._why(cause)}.") from error
            self._again_at = time.monotonic() + PAUSE_S
            self.problem = f"{self._why(cause)}."
            raise StateError(self.problem) from error

    def _why(self, error: Exception) -> str:
        for kind, words in _HINTS.items():
            if isinstance(error, kind):
                return f"{self.address}: {words}"
        return classify(error, self.address).message  # type: ignore[arg-type]  # one of the two

    def _prepare(self) -> None:
        """Make sure, once, that it is none of the monitored ones, and lay out the schema."""
        with self._preparing:
            if self._identity is None:
                with self._engine.begin() as connection:
                    identity = _identity_of(connection)
                    self._refuse_monitored(identity)
                    _lay_out(connection)
                self._identity = identity

    def _refuse_monitored(self, own: Identity) -> None:
        for name, each in self._monitored().items():
            if _is_same(own, each):
                raise RefusedError(_refusal(name))


def _refusal(name: str) -> str:
    return (
        f"[state] url is the database of the environment {name}, which is only read; "
        "give a database of its own."
    )


def _is_same(one: Identity, other: Identity) -> bool:
    """Compare as `same-database` does, apart from the schema; copies of one server count as one."""
    cluster = one.system_identifier and one.system_identifier == other.system_identifier
    server = one.started_at and one.started_at == other.started_at
    return one.database_oid == other.database_oid and bool(cluster or server)


def _identity_of(connection: Connection) -> Identity:
    ((oid, started_at, version),) = connection.execute(text(_PLACE))
    if version < OLDEST:
        raise RefusedError("[state] url needs PostgreSQL 12 or newer.")
    readable = connection.execute(text(_IDENTIFIED)).scalar_one()
    identifier = connection.execute(text(_IDENTIFIER)).scalar_one() if readable else None
    return Identity(identifier, oid, started_at, SCHEMA)


def _lay_out(connection: Connection) -> None:
    """Bring the schema to this version; who starts meanwhile waits, and finds it done."""
    connection.execute(text(partitions.LOCK))
    there = "select 1 from pg_catalog.pg_namespace as n where n.nspname = :schema"
    if not connection.execute(text(there), {"schema": SCHEMA}).first():
        connection.execute(text(f"create schema {SCHEMA}"))
    _set(connection, LONG_MS)
    found = _version(connection)
    if found > newest():
        raise RefusedError(
            "[state] url was used by a newer version of this dashboard; "
            "upgrade this one, or give another database."
        )
    for number in range(found + 1, newest() + 1):
        connection.exec_driver_sql(versions()[number])
        connection.execute(text("delete from version"))
        connection.execute(text("insert into version (number) values (:n)"), {"n": number})


def _version(connection: Connection) -> int:
    if not connection.execute(text("select to_regclass('version') is not null")).scalar_one():
        return 0
    return int(connection.execute(text("select number from version")).scalar_one())


def versions() -> Mapping[int, str]:
    """Read what each version adds to the one before it."""
    folder = Path(__file__).with_name("versions")
    return {int(each.stem): each.read_text(encoding="utf-8") for each in folder.glob("*.sql")}


def newest() -> int:
    return max(versions())


def _set(connection: Connection, statement_ms: int) -> None:
    """Set what holds for this transaction: a pooler may give the next one to another process."""
    connection.execute(
        text(_SETTINGS),
        {"schema": SCHEMA, "statement_ms": str(statement_ms), "lock_ms": str(LOCK_MS)},
    )


def _engine(parameters: Mapping[str, str]) -> Engine:
    keywords: dict[str, Any] = {
        **NOT_FROM_ELSEWHERE,
        **parameters,
        "connect_timeout": CONNECT_TIMEOUT_S,
        "tcp_user_timeout": CONNECT_TIMEOUT_S * 1000,
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 2,
        "client_encoding": "UTF8",
        "application_name": "deployment-dashboard state",
    }
    return create_engine(
        "postgresql+psycopg://",
        creator=lambda: psycopg.connect(**keywords, prepare_threshold=None),
        poolclass=QueuePool,
        pool_size=1,
        max_overflow=3,
        pool_timeout=CONNECT_TIMEOUT_S,
        pool_pre_ping=True,
    )
