"""One ask is one round trip: a pipeline around a read-only transaction on a pooled connection."""

import contextlib
import logging
import os
import select
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.types.datetime import TimestamptzLoader
from psycopg.types.string import TextLoader
from sqlalchemy import event, exc
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection, QueuePool

from dashboard.connections.deadline import Deadline
from dashboard.connections.faults import classify, is_lost, timed_out
from dashboard.diagnosis.evidence import Kind, Unavailable
from dashboard.settings import Database, Settings
from queries.query import Row, Statement
from queries.registry import SESSION

# a failed statement of a pipeline is reported by its exception; the driver warns a second time
logging.getLogger("psycopg").setLevel(logging.ERROR)

CONNECT_TIMEOUT_S = 2
# libpq would fill what is not given from PG* variables and ~/.pgpass
NOT_FROM_ELSEWHERE = {
    "options": "",
    "password": "",
    "passfile": f"{os.devnull}/none",
    "sslmode": "prefer",
}
POOL_WAIT_S = 1.5
_DEAD_WHILE_IDLE = select.POLLIN | select.POLLHUP | select.POLLERR

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Limits:
    """How long one ask may take, on the client and on the server.

    `planner` are settings for statements that go through a whole table.
    """

    deadline_s: float
    statement_timeout_ms: int
    lock_timeout_ms: int = 500
    planner: tuple[str, ...] = ()

    @property
    def preamble(self) -> tuple[str, ...]:
        return (
            "begin isolation level repeatable read read only",
            f"set local statement_timeout = {self.statement_timeout_ms}",
            f"set local lock_timeout = {self.lock_timeout_ms}",
            "set local idle_in_transaction_session_timeout = '5s'",
            "set local row_security = off",
            "set local jit = off",
            "set local search_path = pg_catalog",
            "set local timezone = 'UTC'",  # a timestamp without zone is UTC: Prisma writes it so
            *(f"set local {setting}" for setting in self.planner),
        )


LOOKUP = Limits(deadline_s=2.0, statement_timeout_ms=1500)
BACKGROUND = Limits(deadline_s=10.0, statement_timeout_ms=4000)


class Answers:
    """The rows of one ask, by the statement that was sent."""

    def __init__(self, rows: Mapping[Statement[Any], tuple[Any, ...]], ms: float) -> None:
        self._rows = rows
        self.ms = ms

    def rows(self, statement: Statement[Row] | None) -> tuple[Row, ...]:
        """Return the rows; a statement that was not sent has none."""
        return () if statement is None else self._rows[statement]

    def one(self, statement: Statement[Row]) -> Row:
        (row,) = self._rows[statement]
        return row  # type: ignore[no-any-return]  # the statement's own row class


class Connections:
    """At most two connections per environment, made when first needed."""

    def __init__(self, settings: Settings) -> None:
        self._databases = settings.databases
        self._pools: dict[str, QueuePool] = {}
        self._lock = threading.Lock()
        self._closed = False

    def ask(
        self, name: str, statements: Sequence[Statement[Any]], limits: Limits, deadline: Deadline
    ) -> Answers | Unavailable:
        """Send the statements in one round trip and return their rows, typed.

        A pooled connection that turns out to be lost is replaced once.
        """
        database = self._databases[name]
        for attempt in (1, 2):
            if deadline.expired:
                return timed_out(database.address, deadline.seconds)
            try:
                return self._exchange(database, statements, limits, deadline)
            except psycopg.Error as error:
                if attempt == 1 and is_lost(error):
                    continue
                return classify(error, database.address)
            except exc.SQLAlchemyError as error:
                return classify(error, database.address)
        raise AssertionError("both attempts return")

    def close(self) -> None:
        with self._lock:
            self._closed = True
            for pool in self._pools.values():
                pool.dispose()
            self._pools.clear()

    def _exchange(
        self,
        database: Database,
        statements: Sequence[Statement[Any]],
        limits: Limits,
        deadline: Deadline,
    ) -> Answers | Unavailable:
        pooled = self._pool(database).connect()
        connection = _driver(pooled)
        with deadline.guard(connection):
            try:
                started = time.perf_counter()
                answers = _pipeline(connection, statements, limits)
                ms = (time.perf_counter() - started) * 1000
            except BaseException:
                _recover(pooled, connection)
                raise
        if self._closed:  # a disposed pool would keep it open
            pooled.invalidate()
        pooled.close()
        if not answers[SESSION_CHECK][0].read_only:
            words = "the session could not be proven read-only, so its answer is not used"
            return Unavailable(Kind.READ_ONLY_UNPROVEN, f"{database.address}: {words}")
        return Answers(answers, ms)

    def _pool(self, database: Database) -> QueuePool:
        name = database.environment.name
        with self._lock:
            if name not in self._pools:
                self._pools[name] = _pool_for(database)
            return self._pools[name]


SESSION_CHECK = SESSION.bind()


def _driver(pooled: PoolProxiedConnection) -> psycopg.Connection:
    connection = pooled.driver_connection
    if not isinstance(connection, psycopg.Connection):
        raise TypeError("the pool holds psycopg connections only")
    return connection


def _pipeline(
    connection: psycopg.Connection, statements: Sequence[Statement[Any]], limits: Limits
) -> Mapping[Statement[Any], tuple[Any, ...]]:
    sent = (*statements, SESSION_CHECK)
    with connection.pipeline():
        for command in limits.preamble:
            connection.execute(command)
        cursors = [connection.execute(each.text, each.values) for each in sent]
        connection.execute("commit")
    # only now: fetching inside the block would cost a round trip of its own
    return {
        each: each.rows([column.name for column in cursor.description or ()], cursor.fetchall())
        for each, cursor in zip(sent, cursors, strict=True)
    }


def _recover(pooled: PoolProxiedConnection, connection: psycopg.Connection) -> None:
    """Give back a connection whose transaction failed, or drop one that is broken."""
    try:
        if connection.info.transaction_status is not TransactionStatus.IDLE:
            connection.execute("rollback")
    except psycopg.Error:
        pass
    if connection.closed:
        pooled.invalidate()
    pooled.close()


def _pool_for(database: Database) -> QueuePool:
    pool = QueuePool(
        lambda: _connect(database),  # type: ignore[arg-type]  # psycopg's types are its own
        pool_size=1,
        max_overflow=1,
        timeout=POOL_WAIT_S,
        reset_on_return=None,  # every ask ends its own transaction
    )
    event.listen(pool, "checkout", _check_socket)
    return pool


def _connect(database: Database) -> psycopg.Connection:
    connection = psycopg.connect(
        **{
            **NOT_FROM_ELSEWHERE,
            **database.parameters,
            "connect_timeout": CONNECT_TIMEOUT_S,
            "tcp_user_timeout": 2000,
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 2,
            "client_encoding": "UTF8",
            "application_name": "deployment-dashboard",
        },  # type: ignore[arg-type]  # libpq keywords are text or numbers
        autocommit=True,
        prepare_threshold=None,  # a pooler in transaction mode mixes up prepared statements
    )
    connection.adapters.register_loader("timestamptz", _AnyTimestamptz)
    for name in ("text", "varchar", "name", "bpchar"):
        connection.adapters.register_loader(name, _AnyText)
    return connection


def _check_socket(
    connection: psycopg.Connection, _entry: ConnectionPoolEntry, _proxy: PoolProxiedConnection
) -> None:
    """Refuse a connection that died while idle, without a round trip: readable means closed."""
    poll = select.poll()
    poll.register(connection.fileno(), _DEAD_WHILE_IDLE)
    if poll.poll(0):
        raise exc.DisconnectionError("the connection died while idle")


class _AnyTimestamptz(TimestamptzLoader):
    """A moment Python cannot hold (infinity, years before 1 or after 9999) reads as unknown."""

    def load(self, data: Any) -> Any:
        with contextlib.suppress(ValueError):  # many times faster, in the usual format
            return datetime.fromisoformat(bytes(data).decode("ascii"))
        try:
            return super().load(data)
        except psycopg.DataError:
            return None


class _AnyText(TextLoader):
    """Bytes that are not UTF-8, as an SQL_ASCII database may hold, do not break an answer."""

    def load(self, data: Any) -> Any:
        return bytes(data).decode("utf-8", "replace")
