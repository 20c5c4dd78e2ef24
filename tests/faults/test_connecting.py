"""Faults that keep a connection from coming about: rows 1 to 15."""

import contextlib
import signal
import socket
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from dashboard.demo.databases import READER
from dashboard.diagnose.facts import Kind
from tests.faults.provoking import admitted, altered, proxied
from tests.faults.server import stopped, until
from tests.faults.stage import Fault, Provoke, Stage, cases, prove
from tests.proxy import Mode, Proxy

RESOLVE = socket.getaddrinfo
UNKNOWN_HOST = "db.staging.invalid"


@contextlib.contextmanager
def unresolved(stage: Stage) -> Iterator[None]:
    """Leave the name to the machine's own resolver, which does not know it."""
    stage.terminate()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", RESOLVE)
        yield


def named(stage: Stage) -> str:
    """Let this process resolve a name, until the fault takes that away."""

    def resolve(host: Any, *rest: Any, **more: Any) -> Any:
        return RESOLVE("127.0.0.1" if host == UNKNOWN_HOST else host, *rest, **more)

    stage.patch.setattr(socket, "getaddrinfo", resolve)
    return stage.url(host=UNKNOWN_HOST)


def by_socket(stage: Stage) -> str:
    path = stage.folder / ".s.PGSQL.5432"
    stage.proxy = stage.held.enter_context(Proxy("127.0.0.1", stage.server.port, path=path))
    return stage.url(f"?host={stage.folder}", host="localhost", port=5432)


def trusted(stage: Stage) -> str:
    stage.held.enter_context(stage.server.admitting(f"host all {READER} 127.0.0.1/32 trust"))
    return stage.url(password="")


@contextlib.contextmanager
def full(stage: Stage) -> Iterator[None]:
    """Take every connection that the server has for those who are no superuser."""
    stage.administer(f"create role hoarder login password '{stage.server.password}'")
    url = stage.server.url("postgres", user="hoarder")
    with contextlib.ExitStack() as taken:
        with contextlib.suppress(psycopg.OperationalError):
            while True:
                taken.enter_context(psycopg.connect(url))
        stage.terminate()
        with contextlib.suppress(psycopg.OperationalError):
            while True:
                taken.enter_context(psycopg.connect(url))
        yield
    until(lambda: not stage.administer("select 1 from pg_stat_activity where usename = 'hoarder'"))
    stage.administer("drop role hoarder")


@contextlib.contextmanager
def frozen(stage: Stage) -> Iterator[None]:
    """Stop the postmaster: the kernel goes on to accept, and nobody answers."""
    stage.terminate()
    with stopped(stage.server.pid):
        yield


@contextlib.contextmanager
def shutting_down(stage: Stage) -> Iterator[None]:
    """Begin a smart shutdown, which waits for a session that does not end."""
    with psycopg.connect(stage.server.url("postgres")):
        stage.terminate()
        stage.server.send(signal.SIGTERM)
        until(stage.server.refuses)
        yield
    stage.server.ended()
    stage.server.resume()


def standing_by(**settings: str) -> Provoke:
    return lambda stage: stage.server.standing_by(**settings)


REJECTED = "the server rejected the credentials"
LEFT = "the server has no free connection"
STARTING = "the server is starting or stopping"
FAULTS = (
    Fault("1", "nothing listens on the port", proxied(Mode.REFUSE),
          Kind.REFUSED, "the connection was refused"),
    Fault("2", "the server's socket file is not there", proxied(Mode.REFUSE),
          Kind.SOCKET, "its socket does not exist", url=by_socket),
    Fault("3", "the host's name is not known", unresolved,
          Kind.NAME, "host name not found", url=named),
    Fault("5", "the port accepts, and nothing ever answers", proxied(Mode.SILENT),
          Kind.TIMEOUT, "it did not answer within 2 s", waits=True),
    Fault("5-postmaster", "the postmaster stands still", frozen,
          Kind.TIMEOUT, "it did not answer within 2 s", waits=True),
    Fault("6-close", "the port accepts, and closes", proxied(Mode.CLOSE),
          Kind.DROPPED, "the connection was lost"),
    Fault("6-reset", "the port accepts, and resets", proxied(Mode.RESET),
          Kind.DROPPED, "the connection was lost"),
    Fault("8-http", "a web server answers", proxied(Mode.HTTP),
          Kind.NOT_POSTGRES, "what answers there is not PostgreSQL"),
    Fault("8-garbage", "nonsense answers", proxied(Mode.GARBAGE),
          Kind.NOT_POSTGRES, "what answers there is not PostgreSQL"),
    Fault("9-password", "the role's password was changed",
          altered("alter role {role} password 'changed'", "alter role {role} password {password}"),
          Kind.CREDENTIALS, REJECTED),
    Fault("9-role", "the role was renamed",
          altered("alter role {role} rename to renamed", "alter role renamed rename to {role}"),
          Kind.CREDENTIALS, REJECTED),
    Fault("9-login", "the role may not log in",
          altered("alter role {role} nologin", "alter role {role} login"),
          Kind.CREDENTIALS, REJECTED),
    Fault("9-expired", "the password has expired",
          altered("alter role {role} valid until '2020-01-01'",
                  "alter role {role} valid until 'infinity'"),
          Kind.CREDENTIALS, REJECTED),
    Fault("10", "the URL has no password, and the server asks for one",
          admitted("host all {role} 127.0.0.1/32 scram-sha-256"),
          Kind.CREDENTIALS, "the server requires a password, but the URL has none",
          url=trusted),
    Fault("11-reject", "pg_hba.conf rejects", admitted("host all {role} 127.0.0.1/32 reject"),
          Kind.NOT_ALLOWED, "the server does not allow this role from this address (pg_hba.conf)"),
    Fault("12", "the database was renamed",
          altered("alter database {database} rename to renamed",
                  "alter database renamed rename to {database}"),
          Kind.NO_DATABASE, "the database does not exist"),
    Fault("13", "the role may not connect to the database",
          altered("revoke connect on database {database} from {role}",
                  "grant connect on database {database} to {role}"),
          Kind.NOT_ALLOWED, "the role may not connect to it"),
    Fault("14-server", "other clients have all of the server's connections", full,
          Kind.FULL, LEFT),
    Fault("14-role", "the role has no connection left",
          altered("alter role {role} connection limit 0", "alter role {role} connection limit 40"),
          Kind.FULL, LEFT),
    Fault("14-database", "the database has no connection left",
          altered("alter database {database} connection limit 0",
                  "alter database {database} connection limit -1"),
          Kind.FULL, LEFT),
    Fault("15-database", "the database lets nobody in",
          altered("alter database {database} allow_connections false",
                  "alter database {database} allow_connections true"),
          Kind.STARTING, "the database accepts no connections at the moment"),
    Fault("15-stopping", "the server shuts down", shutting_down, Kind.STARTING, STARTING),
    Fault("15-starting", "the server starts, and has yet to read what it recovers from",
          standing_by(restore_command="sleep 600"), Kind.STARTING, STARTING),
    Fault("15-standby", "the server is a replica that lets nobody read (hot_standby)",
          standing_by(hot_standby="off"), Kind.STARTING, STARTING),
)  # fmt: skip


@pytest.mark.parametrize("fault", cases(FAULTS, "5-postmaster"))
def test_fault(fault: Fault, stage: Stage) -> None:
    prove(stage, fault)
