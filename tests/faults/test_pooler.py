"""Faults of a pooler between the dashboard and staging, and of what is behind it."""

import contextlib
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

import psycopg
import pytest

from dashboard.diagnose.facts import Kind
from tests.faults.server import stopped, until
from tests.faults.stage import Fault, Stage, prove
from tests.pooler import VERSIONS, Pooler
from tests.repetitions import every_nth

Provoke = Callable[[Stage, Pooler], AbstractContextManager[object]]


@dataclass(frozen=True, slots=True)
class Pooled:
    """A fault of staging behind PgBouncer, which runs with these options."""

    row: str
    what: str
    provoke: Provoke
    kind: Kind | None
    words: str | None
    waits: bool = False
    in_health: str | None = None
    query: str = ""
    options: Mapping[str, str] = field(default_factory=dict)


@contextlib.contextmanager
def client(stage: Stage, pooler: Pooler) -> Iterator[psycopg.Connection]:
    """Connect to staging behind the pooler, as its application does."""
    url = pooler.url(stage.database.name)
    with contextlib.closing(psycopg.connect(url, prepare_threshold=0)) as connection:
        yield connection


@contextlib.contextmanager
def servers_taken(stage: Stage, pooler: Pooler) -> Iterator[None]:
    """Have transactions of others hold all connections that the pooler may make."""
    with contextlib.ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(client(stage, pooler)).execute("select 1")
        yield


@contextlib.contextmanager
def clients_full(stage: Stage, pooler: Pooler) -> Iterator[None]:
    with pooler.being(max_client_conn="1"), client(stage, pooler):
        yield


@contextlib.contextmanager
def upstream_dead(stage: Stage, pooler: Pooler) -> Iterator[None]:
    with client(stage, pooler) as waiting, stage.server.halted(signal.SIGQUIT):
        waiting.pgconn.send_query(b"select 1")
        until(lambda: "connect failed" in pooler.log.read_text())
        yield
    until(lambda: answers(stage, pooler))


def answers(stage: Stage, pooler: Pooler) -> bool:
    """Whether the pooler has connected to the server again, which it does when it wants to."""
    with contextlib.suppress(psycopg.Error), client(stage, pooler) as connection:
        return connection.execute("select 1").fetchone() == (1,)
    return False


@contextlib.contextmanager
def names_of_statements_taken(stage: Stage, pooler: Pooler) -> Iterator[None]:
    """Leave a prepared statement of the driver's first name on every server connection."""
    with servers_taken(stage, pooler):
        pass
    yield


FAULTS = (
    Pooled(
        "31-pooler", "the pooler stands still",
        lambda _, pooler: stopped(pooler.pid),
        Kind.TIMEOUT, "it did not answer within 2 s", waits=True,
    ),
    Pooled(
        "37", "the application's URL has startup options, which a pooler refuses",
        lambda _, __: contextlib.nullcontext(),
        None, None, query="?options=-c%20statement_timeout%3D60000",
    ),
    Pooled(
        "38-database", "the pooler has no such database",
        lambda _, pooler: pooler.being(database="another"),
        Kind.NO_DATABASE, "the database does not exist",
    ),
    Pooled(
        "38-password", "the pooler knows another password",
        lambda _, pooler: pooler.being(knows="another"),
        Kind.CREDENTIALS, "the server rejected the credentials",
    ),
    Pooled(
        "38-clients", "the pooler has as many clients as it takes",
        clients_full,
        Kind.FULL, "the pooler has no free connection",
    ),
    Pooled(
        "38-upstream", "the server behind the pooler is dead",
        upstream_dead,
        Kind.REFUSED, "the pooler cannot connect to its server",
    ),
    Pooled(
        "38-busy", "all of the pooler's connections are in use",
        servers_taken,
        Kind.TIMEOUT, "it did not answer within 2 s", waits=True,
        in_health="it did not answer within {background_s:g} s",
    ),
    Pooled(
        "38-busy-told", "the same, and the pooler gives up before the dashboard does",
        servers_taken,
        Kind.BUSY, "the pooler gave no connection in time",
        options={"query_wait_timeout": "1"},
    ),
    Pooled(
        "39", "prepared statements of other clients stay on the pooler's connections",
        names_of_statements_taken,
        None, None,
    ),
    Pooled(
        "39-restart", "the pooler was started again",
        lambda _, pooler: pooler.being(),
        None, None,
    ),
)  # fmt: skip


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("pooled", every_nth(FAULTS, 2), ids=lambda pooled: pooled.row)
def test_fault(pooled: Pooled, version: str, stage: Stage) -> None:
    with Pooler(version, stage.server, **pooled.options) as pooler:
        fault = Fault(
            pooled.row,
            pooled.what,
            lambda stage: pooled.provoke(stage, pooler),
            pooled.kind,
            pooled.words,
            url=lambda stage: stage.url(pooled.query, port=pooler.port),
            waits=pooled.waits,
            in_health=pooled.in_health,
        )
        prove(stage, fault)
