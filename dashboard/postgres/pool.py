"""One ask is one round trip: a pipeline around a read-only transaction on a pooled connection."""

import contextlib
import logging
import os
import select
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.types.datetime import TimestamptzLoader
from psycopg.types.string import TextLoader

from dashboard.diagnose.facts import Kind, Unavailable
from dashboard.environments import Environment
from dashboard.postgres.deadline import Deadline
from dashboard.postgres.errors import (
    CONNECT_TIMEOUT_S,
    AllInUseError,
    classify,
    is_confused,
    is_lost,
    is_mixed_up,
)
from dashboard.postgres.pipeline import Listen, Pipeline, Prepared
from dashboard.settings import Database, Settings
from queries.query import Row, Statement
from queries.records import dataclass

# a failed statement of a pipeline is reported by its exception; the driver warns a second time
logging.getLogger("psycopg").setLevel(logging.ERROR)

# libpq would fill what is not given from PG* variables and ~/.pgpass
NOT_FROM_ELSEWHERE = {
    "options": "",
    "password": "",
    "passfile": f"{os.devnull}/none",
    "sslmode": "prefer",
}
POOL_WAIT_S = 1.5
KEPT, MOST = 1, 2  # connections of an environment: at rest, and at once
UNUSED_S = 150.0  # whoever asks every minute keeps its own; others only looked something up
READABLE = select.POLLIN | select.POLLHUP | select.POLLERR  # or closed
HEARD_WITHIN_MS = 250  # a server that stopped a statement has said so
KEPT_AT_MOST = 100  # statements: a schema that changes over and over has ever new ones asked
REPLAN_S = 60.0  # a table may have grown a thousandfold since a kept plan was made
# the server would guess ten ids for one that is asked, and so plan anew each time
PLANNED_ONCE = (("plan_cache_mode", "force_generic_plan"),)


@dataclass(frozen=True, slots=True)
class Limits:
    """How long one ask may take, on the client and on the server.

    `planner` are settings of the statements' own, such as for those that go through a whole
    table. `repeated`: the same statements are asked over and over, so that the server may keep
    their plans.
    """

    deadline_s: float
    statement_timeout_ms: int
    lock_timeout_ms: int = 500
    planner: tuple[tuple[str, str], ...] = ()
    repeated: bool = False

    def within(self, deadline: Deadline) -> "Limits":
        """Let the server stop a statement before the deadline: then it is known what was slow."""
        left_ms = round(deadline.remaining_s * 1000) - HEARD_WITHIN_MS
        return replace(self, statement_timeout_ms=max(1, min(self.statement_timeout_ms, left_ms)))

    @property
    def preamble(self) -> tuple[bytes, bytes]:
        """Begin, and set what holds to the end of the transaction, telling what came of it."""
        return _preamble(self)


@lru_cache(maxsize=64)  # those of two hundred environments are one
def _preamble(limits: Limits) -> tuple[bytes, bytes]:
    """Put it in a query, not a SET for each: it is one message.

    And once it has run nobody can turn the transaction into one that writes.
    """
    settings = (
        ("statement_timeout", str(limits.statement_timeout_ms)),
        ("lock_timeout", str(limits.lock_timeout_ms)),
        ("idle_in_transaction_session_timeout", "5s"),
        ("row_security", "off"),
        ("jit", "off"),
        ("search_path", "pg_catalog"),
        ("timezone", "UTC"),  # a timestamp without zone is UTC: Prisma writes it so
        *(PLANNED_ONCE if limits.repeated else ()),
        *limits.planner,
    )
    quoted = ((name, value.replace("'", "''")) for name, value in settings)
    local = (f"pg_catalog.set_config('{name}', '{value}', true)" for name, value in quoted)
    told = "pg_catalog.current_setting('transaction_read_only'), pg_catalog.pg_backend_pid()"
    return (
        b"begin isolation level repeatable read read only",
        f"select {told}, {', '.join(local)}".encode(),
    )


LOOKUP = Limits(deadline_s=2.0, statement_timeout_ms=1500, repeated=True)
BACKGROUND = Limits(deadline_s=10.0, statement_timeout_ms=4000)


class Answers:
    """The rows of one ask, by the statement that was sent."""

    def __init__(self, rows: Mapping[Statement[Any], tuple[Any, ...]], ms: float) -> None:
        self._rows = rows
        self.ms = ms

    def rows(self, statement: Statement[Row] | None) -> tuple[Row, ...]:
        """Return the rows; a statement that was not sent has none."""
        return () if statement is None else self._rows[statement]

    def mapped(self, change: Callable[[tuple[Any, ...]], tuple[Any, ...]]) -> "Answers":
        """Change the rows, whatever they were asked by."""
        return Answers({each: change(rows) for each, rows in self._rows.items()}, self.ms)

    def one(self, statement: Statement[Row]) -> Row:
        (row,) = self._rows[statement]
        return row  # type: ignore[no-any-return]  # the statement's own row class


@dataclass(slots=True, eq=False)
class Pooled:
    """A connection, and what is known of it; `own`: who answers is the process connected to.

    A pooler in transaction mode has others answer, and mixes up what they keep.
    """

    environment: str
    connection: psycopg.Connection
    own: bool = False
    prepared: Prepared = field(default_factory=dict)
    planned_at: float = field(default_factory=time.monotonic)
    rests_since: float = 0.0

    @property
    def alive(self) -> bool:
        """Whether it did not die while idle, without a round trip: readable means closed."""
        poll = select.poll()
        poll.register(self.connection.fileno(), READABLE)
        return not poll.poll(0)


@dataclass(slots=True)
class _Pool:
    idle: list[Pooled] = field(default_factory=list)
    in_use: int = 0


@dataclass(frozen=True, slots=True)
class Connect:
    """Go on with what `Connections.connect` returns or raises, which takes its time."""

    environment: Environment


R = TypeVar("R")
Asking = Generator[Connect | Listen, Any, R]


class Connections:
    """At most two connections per environment, made when first needed."""

    def __init__(self, settings: Settings) -> None:
        self._databases = settings.databases
        self._pools = {name: _Pool() for name in settings.databases}
        self._mixed_up: set[str] = set()
        self._changed = threading.Condition()
        self._closed = False
        self._looked = time.monotonic()

    def ask(
        self,
        environment: Environment,
        statements: Sequence[Statement[Any]],
        limits: Limits,
        deadline: Deadline,
    ) -> Asking[Answers | Unavailable]:
        """Send the statements in one round trip and return their rows, typed.

        A pooled connection that turns out to be lost is replaced once.
        """
        database = self._databases[environment.name]
        answer = yield from self._attempt(database, statements, limits)
        if isinstance(answer, psycopg.Error) and is_lost(answer) and not deadline.expired:
            answer = yield from self._attempt(database, statements, limits)
        if isinstance(answer, Exception):
            return classify(answer, database.address)
        return answer

    def connect(self, environment: Environment) -> Pooled:
        """Make a connection, or wait a while for one of those in use.

        Raises psycopg.Error, and AllInUseError where all stay in use.
        """
        name = environment.name
        with self._changed:
            if not self._changed.wait_for(lambda: self._free(name), POOL_WAIT_S):
                raise AllInUseError
            if pooled := self._taken(name):
                return pooled
            self._pools[name].in_use += 1
        try:
            return Pooled(name, _connect(self._databases[name]))
        except BaseException:
            with self._changed:
                self._release(name)
            raise

    def give_back(self, pooled: Pooled) -> None:
        """Let others have it; one that is not sound is made anew when it is next needed."""
        with self._changed:
            idle = self._pools[pooled.environment].idle
            if self._closed or pooled.connection.closed or len(idle) >= KEPT:
                pooled.connection.close()
            else:
                pooled.rests_since = time.monotonic()
                idle.append(pooled)
            self._release(pooled.environment)
            self._end_unused()

    def let_go(self, environment: Environment) -> None:
        """End a connection that nobody uses, if there is one."""
        with self._changed:
            self._end(self._pools[environment.name])

    def address(self, environment: Environment) -> str:
        return self._databases[environment.name].address

    def close(self) -> None:
        with self._changed:
            self._closed = True
            for pool in self._pools.values():
                self._end(pool)

    def _attempt(
        self, database: Database, statements: Sequence[Statement[Any]], limits: Limits
    ) -> Asking[Answers | Unavailable | psycopg.Error | AllInUseError]:
        try:
            pooled = self._idle(database) or (yield Connect(database.environment))
            return (yield from self._exchange(database, pooled, statements, limits))
        except (psycopg.Error, AllInUseError) as error:
            return error

    def _exchange(
        self,
        database: Database,
        pooled: Pooled,
        statements: Sequence[Statement[Any]],
        limits: Limits,
    ) -> Asking[Answers | Unavailable]:
        if database.environment.name in self._mixed_up:
            limits = replace(limits, repeated=False)
        started = time.perf_counter()
        try:
            exchanged = yield from _pipeline(pooled, statements, limits)
        except psycopg.Error as error:
            if is_mixed_up(error):
                self._mixed_up.add(database.environment.name)
            yield from _recover(pooled.connection, error)
            raise
        finally:
            self.give_back(pooled)
        if exchanged is None:
            words = "the session could not be proven read-only, so its answer is not used"
            return Unavailable(Kind.READ_ONLY_UNPROVEN, f"{database.address}: {words}")
        return Answers(exchanged, (time.perf_counter() - started) * 1000)

    def _idle(self, database: Database) -> Pooled | None:
        """Take a connection that is made already, if there is one: this waits for nothing."""
        with self._changed:
            return self._taken(database.environment.name)

    def _taken(self, name: str) -> Pooled | None:
        pool = self._pools[name]
        while pool.idle:
            pooled = pool.idle.pop()
            if pooled.alive:
                pool.in_use += 1
                return pooled
            pooled.connection.close()
        return None

    def _free(self, name: str) -> bool:
        pool = self._pools[name]
        return bool(pool.idle) or pool.in_use < MOST

    def _release(self, name: str) -> None:
        self._pools[name].in_use -= 1
        self._changed.notify_all()

    def _end_unused(self) -> None:
        """End what another process asks over by now, or what was needed only once."""
        now = time.monotonic()
        if now - self._looked < UNUSED_S / 10:
            return
        self._looked = now
        for pool in self._pools.values():
            if pool.idle and now - pool.idle[0].rests_since > UNUSED_S:
                self._end(pool)

    def _end(self, pool: _Pool) -> None:
        while pool.idle:
            pool.idle.pop().connection.close()


def _pipeline(
    pooled: Pooled, statements: Sequence[Statement[Any]], limits: Limits
) -> Asking[Mapping[Statement[Any], tuple[Any, ...]] | None]:
    """Exchange statements for rows; None where the server does not say that it only reads."""
    begin, settings = limits.preamble
    connection = pooled.connection
    pipeline = Pipeline(connection, pooled.prepared)
    pipeline.add(begin)
    if time.monotonic() - pooled.planned_at > REPLAN_S:
        pipeline.add(b"discard plans")
        pooled.planned_at = time.monotonic()
    told = pipeline.add(settings)  # not kept: its time limit differs
    keep = limits.repeated and pooled.own
    places = [pipeline.add(*each.numbered, each.values, keep=keep) for each in statements]
    pipeline.add(b"commit")
    yield from pipeline.exchange()
    ((read_only, answering, *_),) = pipeline.records(told)
    pooled.own = answering == connection.info.backend_pid
    if read_only != "on":
        return None
    rows = {
        each: each.rows(pipeline.columns(place), pipeline.records(place))
        for each, place in zip(statements, places, strict=True)
    }
    if len(pooled.prepared) > KEPT_AT_MOST:
        connection.close()  # the next ask begins anew
    return rows


def _recover(connection: psycopg.Connection, error: psycopg.Error) -> Asking[None]:
    """End a transaction that failed, so that the connection can be used again if it is sound."""
    with contextlib.suppress(psycopg.Error):
        if is_confused(error):
            connection.close()
        elif connection.info.transaction_status is not TransactionStatus.IDLE:
            pipeline = Pipeline(connection, {})
            pipeline.add(b"rollback")
            yield from pipeline.exchange()


def _connect(database: Database) -> psycopg.Connection:
    connection = _connected(
        {
            **NOT_FROM_ELSEWHERE,
            **database.parameters,
            "connect_timeout": CONNECT_TIMEOUT_S,
            "tcp_user_timeout": CONNECT_TIMEOUT_S * 1000,
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 2,
            "client_encoding": "UTF8",
            "application_name": "deployment-dashboard",
        }
    )
    connection.adapters.register_loader("timestamptz", _AnyTimestamptz)
    for name in ("text", "varchar", "name", "bpchar"):
        connection.adapters.register_loader(name, _AnyText)
    return connection


def _connected(parameters: Mapping[str, str | int]) -> psycopg.Connection:
    try:
        return psycopg.connect(
            **parameters,  # type: ignore[arg-type]  # libpq keywords are text or numbers
            autocommit=True,
            prepare_threshold=None,  # the pipeline decides what is kept
        )
    except psycopg.errors.ConnectionTimeout as error:
        # it is part of a cycle, which would keep the socket open until garbage is collected
        error.__context__ = None
        raise error.with_traceback(None) from None


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
