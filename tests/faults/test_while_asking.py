"""Faults of what is asked over a connection: rows 20 to 28, 31 to 33, 36, 40 and 44."""

import contextlib
import os
import signal
from collections.abc import Callable, Iterator

import psycopg
import pytest

from dashboard.demo.databases import READER
from dashboard.diagnose.facts import Kind
from tests.faults.provoking import altered, changed, locked, once, proxied, signalled, while_waiting
from tests.faults.server import until
from tests.faults.stage import (
    FOUND,
    NAMES,
    Fault,
    Stage,
    assert_healthy,
    assert_recovered,
    cases,
    command,
    environments,
    in_words,
    prove,
    refreshed,
    running,
)
from tests.proxy import Mode


@contextlib.contextmanager
def slow(stage: Stage) -> Iterator[None]:
    """Let the planner wait for what it asks of a partial index, whatever is asked of the table."""
    stage.database.execute(SLEEPING.format("0"))
    stage.database.execute('create index slow on "Project" ("userId") where slow()')
    stage.database.execute(SLEEPING.format("30"))
    yield
    stage.database.execute(SLEEPING.format("0"))
    stage.database.execute("drop index slow")


SLEEPING = """
    create or replace function slow() returns boolean language plpgsql immutable as
    'begin perform pg_sleep({}); return true; end'
"""


@contextlib.contextmanager
def slow_for_the_server(stage: Stage) -> Iterator[None]:
    limited = altered("alter role {role} set transaction_timeout = 300",
                      "alter role {role} reset transaction_timeout")  # fmt: skip
    with slow(stage), limited(stage):
        yield


@contextlib.contextmanager
def backends_stopped(stage: Stage) -> Iterator[None]:
    """Stop every backend as soon as it waits, and let all go on in the end."""
    pids: set[int] = set()

    def stop(_connection: psycopg.Connection, pid: int) -> None:
        os.kill(pid, signal.SIGSTOP)
        pids.add(pid)

    try:
        with while_waiting(stop)(stage):
            yield
    finally:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def restart(how: signal.Signals) -> Callable[[Stage], None]:
    def strike(stage: Stage) -> None:
        with stage.server.halted(how):
            pass

    return strike


def crash(stage: Stage) -> None:
    """Kill a backend: the server ends all others, and recovers."""
    before = stage.server.started_at()
    os.kill(stage.backends()[0], signal.SIGKILL)
    until(lambda: stage.server.started_at() not in (None, before))


@contextlib.contextmanager
def idle_ends(stage: Stage) -> Iterator[None]:
    """Have what is idle ended by the server, and wait until it was."""
    stage.administer(f"alter role {READER} set idle_session_timeout = 300")
    stage.terminate()
    yield
    stage.administer(f"alter role {READER} reset idle_session_timeout")


def direct(stage: Stage) -> str:
    return stage.url(port=stage.server.port)


CONSTRAINT = "deployments_projectId_fkey"
KEY = f"""constraint "{CONSTRAINT}" foreign key ("projectId")
    references "Project" (id) on update cascade on delete cascade"""
LOCKED = "a table is locked, perhaps by a running migration"
SILENT = "it did not answer within 2 s"
DROPPED = "the connection was lost"
FAULTS = (
    Fault("20-renamed", "the table was renamed",
          changed('alter table "Project" rename to parked',
                  'alter table parked rename to "Project"'),
          None, None),
    Fault("20-moved", "the schema was renamed",
          changed("alter schema public rename to parked", "alter schema parked rename to public"),
          None, None),
    Fault("20-absent", "the table is not there, nor what points at it",
          changed(f'alter table deployments drop constraint "{CONSTRAINT}";'
                  'alter table "Project" rename to parked',
                  f'alter table parked rename to "Project"; alter table deployments add {KEY}'),
          Kind.TABLE_ABSENT, 'staging has no table "Project"',
          in_health="**staging** (Unknown)", addressed=False),
    Fault("21", "the role may not read the column",
          changed('revoke select (id) on "Project" from {role}',
                  'grant select (id) on "Project" to {role}'),
          Kind.FORBIDDEN, 'the role may not read "Project" in staging',
          in_health="**staging** (Unknown)", addressed=False),
    Fault("21-schema", "the role may not use the schema",
          changed("revoke usage on schema public from public, {role}",
                  "grant usage on schema public to public, {role}"),
          Kind.FORBIDDEN, 'the role may not use the schema "public" in staging',
          in_health="**staging** (Unknown)", addressed=False),
    Fault("22", "row security hides rows from the role",
          changed('alter table "Project" enable row level security',
                  'alter table "Project" disable row level security'),
          Kind.ROWS_HIDDEN, 'row security hides rows of "Project" in staging',
          in_health="**staging** (Unknown)", addressed=False),
    Fault("23", "a query takes too long", slow,
          Kind.SLOW, "a query timed out"),
    Fault("23-transaction", "the server ends transactions earlier than the dashboard its queries",
          slow_for_the_server,
          Kind.SLOW, "the server ended a transaction at its own time limit"),
    Fault("24", "somebody cancels the query", while_waiting(signalled("pg_cancel_backend")),
          Kind.CANCELLED, "somebody cancelled the query"),
    Fault("25", "a migration holds a lock", locked, Kind.LOCKED, LOCKED),
    Fault("26-always", "somebody terminates every connection",
          while_waiting(signalled("pg_terminate_backend")),
          Kind.DROPPED, "the server ended the connection"),
    Fault("26", "somebody terminates the connections", once(Stage.terminate), None, None),
    Fault("26-restart", "the server is restarted", once(restart(signal.SIGINT)), None, None),
    Fault("27", "a backend crashes, and the server recovers", once(crash), None, None),
    Fault("27-restart", "the server crashes, and is started again", once(restart(signal.SIGKILL)),
          None, None),
    Fault("27-down", "the server crashes, and stays down",
          lambda stage: stage.server.halted(signal.SIGQUIT),
          Kind.REFUSED, "the connection was refused", url=direct),
    Fault("28", "the server ends idle connections", idle_ends, None, None),
    Fault("31-stall", "a proxy or pooler forwards nothing any more", proxied(Mode.STALL),
          Kind.TIMEOUT, SILENT, waits=True),
    Fault("31-backend", "the backends stand still", backends_stopped,
          Kind.TIMEOUT, SILENT, waits=True, in_health="**staging** (Unknown)"),
    Fault("32-connecting", "the connection is reset while it is made",
          lambda stage: stage.proxy.cutting(after=100), Kind.DROPPED, DROPPED),
    Fault("32", "the connection is reset in the middle of an answer",
          lambda stage: stage.proxy.cutting(after=3000), Kind.DROPPED, DROPPED),
    Fault("33", "the network is slow: 30 ms each way", lambda stage: stage.proxy.slow(0.03),
          None, None, timed=True),
    Fault("36", "the URL asks for a primary, and the session is read-only",
          altered("alter role {role} set default_transaction_read_only = on",
                  "alter role {role} reset default_transaction_read_only"),
          Kind.NOT_ALLOWED,
          "the URL requires a primary but this server is a replica, or the reverse",
          url=lambda stage: stage.url("?target_session_attrs=read-write")),
    Fault("40", "a moment that Python cannot hold",
          changed("""update "Project" set "updatedAt" = 'infinity'""",
                  'update "Project" set "updatedAt" = now()'),
          None, None),
)  # fmt: skip


@pytest.mark.parametrize("fault", cases(FAULTS, "31-backend"))
def test_fault(fault: Fault, stage: Stage) -> None:
    prove(stage, fault)


def test_what_is_far_away_answers_over_a_connection_that_is_kept(stage: Stage) -> None:
    """200 ms each way: connecting takes longer than a look-up waits, one more question does not."""
    with running(stage, environments(stage, stage.url())) as made:
        refreshed()  # nothing that goes on has the connections that are kept
        with stage.proxy.slow(0.2):
            assert in_words(made) == FOUND
            refreshed()
            assert_healthy(*NAMES)
            status, answer, _ = command(made)  # connects anew
            assert status == 3
            assert answer["environments"]["staging"]["reason"]["message"].endswith(SILENT)
            assert answer["environments"]["production"]["state"] == "found"
        assert_recovered(made)
