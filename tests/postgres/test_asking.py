"""One ask: read-only, bounded in time and number, marked, and honest about what failed."""

import contextlib
import gc
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest

from dashboard.diagnose.facts import Kind, Unavailable
from dashboard.environments import Environment
from dashboard.postgres import BACKGROUND, LOOKUP, Answers, Fleet, Limits, fleet, pool
from dashboard.postgres.pool import Connections
from queries.query import Statement
from queries.rows import DayCount, RowCount, SampleId
from tests.asking import configured
from tests.conftest import Database, MakeDatabase
from tests.faults.server import until
from tests.proxy import Mode, Proxy, delayed

LIMITS = [
    ("transaction_read_only", "on"),
    ("transaction_isolation", "repeatable read"),
    ("statement_timeout", "1500ms"),
    ("lock_timeout", "500ms"),
    ("idle_in_transaction_session_timeout", "5s"),
    ("row_security", "off"),
    ("jit", "off"),
    ("search_path", "pg_catalog"),
    ("TimeZone", "UTC"),
    ("client_encoding", "UTF8"),
    ("application_name", "deployment-dashboard"),
]
WRITING = [
    "insert into public.users (id, email, \"updatedAt\") values ('u', 'e', now())",
    "create table public.mine ()",
    "select nextval('public.numbers')",
    "with gone as (delete from public.users returning id) select count(*) from gone",
    "commit; insert into public.users (id, email, \"updatedAt\") values ('u', 'e', now())",
]


def owner(text: str) -> Statement[SampleId]:
    return Statement("test", f"select cast(({text}) as text) as id", {}, SampleId)


@pytest.fixture
def database(make_database: MakeDatabase) -> Database:
    return make_database()


class Made(NamedTuple):
    fleet: Fleet
    staging: Environment


@contextlib.contextmanager
def connections(folder: Path, url: str) -> Iterator[Made]:
    settings = configured(folder, {"staging": url})
    with contextlib.closing(Fleet(settings)) as fleet:
        yield Made(fleet, settings.environments[0])


def ask(made: Made, *statements: Statement[Any], limits: Limits = LOOKUP) -> Answers | Unavailable:
    return made.fleet.ask_one(made.staging, statements, limits)


def answered(made: Made, statement: Statement[SampleId]) -> str:
    answers = ask(made, statement)
    assert isinstance(answers, Answers), answers
    return answers.one(statement).id


def test_rows_come_back_typed(database: Database, tmp_path: Path) -> None:
    statement = Statement("test", "select cast(41 as bigint) + 1 as rows", {}, RowCount)
    with connections(tmp_path, database.reader_url) as made:
        answers = ask(made, statement)
    assert isinstance(answers, Answers)
    assert answers.rows(statement) == (RowCount(42),)
    assert answers.ms > 0


@pytest.mark.parametrize(("setting", "value"), LIMITS)
def test_every_ask_is_limited_and_marked(
    setting: str, value: str, database: Database, tmp_path: Path
) -> None:
    with connections(tmp_path, database.url) as made:
        assert answered(made, owner(f"select current_setting('{setting}')")) == value


@pytest.mark.parametrize("writing", WRITING)
def test_nothing_can_be_written_even_by_a_superuser(
    writing: str, database: Database, tmp_path: Path
) -> None:
    database.execute("create sequence numbers")
    with connections(tmp_path, database.url) as made:
        answer = ask(made, Statement("test", writing, {}, SampleId))
    assert isinstance(answer, Unavailable)
    assert database.execute("select count(*) from users") == [(0,)]
    assert database.execute("select last_value, is_called from numbers") == [(1, False)]


def test_a_failed_ask_leaves_the_connection_usable(database: Database, tmp_path: Path) -> None:
    with connections(tmp_path, database.reader_url) as made:
        first = answered(made, owner("select pg_backend_pid()"))
        assert ask(made, owner("select x from public.nowhere")) == Unavailable(
            Kind.SCHEMA_CHANGED, f"{address(database)}: a table does not exist"
        )
        assert answered(made, owner("select pg_backend_pid()")) == first


def address(database: Database) -> str:
    return database.url.rpartition("@")[2]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("select pg_sleep(5)", Kind.SLOW),
        ("select nothing from public.users", Kind.SCHEMA_CHANGED),
        ("select email from public.users", Kind.FORBIDDEN),
    ],
)
def test_what_the_server_refuses_has_a_kind(
    text: str, kind: Kind, database: Database, tmp_path: Path
) -> None:
    with connections(tmp_path, database.reader_url) as made:
        answer = ask(made, owner(text), limits=Limits(2.0, statement_timeout_ms=100))
    assert isinstance(answer, Unavailable)
    assert answer.kind is kind


def test_a_lock_is_told_from_slowness(database: Database, tmp_path: Path) -> None:
    with connections(tmp_path, database.reader_url) as made, database.connection.transaction():
        database.execute("lock table users in access exclusive mode")
        answer = ask(made, owner("select count(id) from public.users"))
    assert isinstance(answer, Unavailable)
    assert answer.kind is Kind.LOCKED


def test_a_connection_that_was_lost_is_replaced_unseen(database: Database, tmp_path: Path) -> None:
    with connections(tmp_path, database.reader_url) as made:
        first = answered(made, owner("select pg_backend_pid()"))
        database.execute("select pg_terminate_backend(%s)", int(first))
        wait_until_gone(database, first)
        assert answered(made, owner("select pg_backend_pid()")) != first


KEPT = "select count(*) from pg_catalog.pg_prepared_statements"


def test_what_is_asked_over_and_over_is_planned_once(database: Database, tmp_path: Path) -> None:
    with connections(tmp_path, database.reader_url) as made:
        assert answered(made, owner(KEPT)) == "0", "not yet known to be a connection of its own"
        assert int(answered(made, owner(KEPT))) > 0
        once = replace(LOOKUP, repeated=False)
        answers = ask(made, owner("select 1"), limits=once)
        assert isinstance(answers, Answers)


def test_what_was_kept_and_is_gone_is_done_without(database: Database, tmp_path: Path) -> None:
    """A pooler that hands processes around under one number: it is found out once."""
    database.execute(
        "create function forget() returns text language plpgsql as"
        " $$ begin execute 'deallocate all'; return 'gone'; end $$"
    )
    forget, kept = owner("select public.forget()"), owner(KEPT)
    with connections(tmp_path, database.reader_url) as made:
        for _ in range(3):
            answered(made, kept)
        assert answered(made, forget) == "gone"
        for _ in range(3):
            assert answered(made, kept) == "0"


def test_a_kept_plan_that_no_longer_fits_is_made_anew(database: Database, tmp_path: Path) -> None:
    """A migration gives a column another type, between two look-ups on one connection."""
    database.execute("create table public.things (id text); insert into things values ('7')")
    database.execute("grant select on things to dashboard_reader")
    statement = Statement("test", "select t.id from public.things as t", {}, SampleId)
    with connections(tmp_path, database.reader_url) as made:
        for _ in range(3):
            assert answered(made, statement) == "7"
        database.execute("alter table things alter column id type bigint using id::bigint")
        assert answered(made, statement) == 7


def test_a_plan_is_not_kept_while_a_table_grows(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A small table is best read whole; nobody may have analysed it since it was filled."""
    database.execute("create table things (id text primary key) with (autovacuum_enabled = off)")
    database.execute("grant select on things to dashboard_reader")
    database.execute("insert into things values ('x')")
    database.execute("vacuum analyze things")
    statement = Statement(
        "test", "select t.id from public.things as t where t.id = %(id)s", {"id": "7"}, SampleId
    )
    with connections(tmp_path, database.reader_url) as made:
        for _ in range(8):
            assert isinstance(ask(made, statement), Answers)
        database.execute("insert into things select n::text from generate_series(1, 50000) as n")
        monkeypatch.setattr(pool, "REPLAN_S", 0.0)
        before = whole_scans(made, database)
        assert answered(made, statement) == "7"
        assert whole_scans(made, database) == before


def whole_scans(made: Made, database: Database) -> int:
    """Count the scans of the whole table, once the session that asks has told of its own."""
    assert answered(made, owner("select 'told' from pg_stat_force_next_flush()")) == "told"
    ((scans,),) = database.execute(
        "select seq_scan from pg_stat_user_tables where relname = 'things'"
    )
    return int(scans)


def wait_until_gone(database: Database, pid: str) -> None:
    while database.execute("select 1 from pg_stat_activity where pid = %s", int(pid)):
        time.sleep(0.01)


def test_at_most_two_connections_however_many_ask(database: Database, tmp_path: Path) -> None:
    with connections(tmp_path, database.reader_url) as made:
        slow = owner("select pg_sleep(0.05)")
        threads = [threading.Thread(target=ask, args=(made, slow)) for _ in range(12)]
        for thread in threads:
            thread.start()
        time.sleep(0.2)
        count = connected(database)
        for thread in threads:
            thread.join()
    assert 1 <= count <= 2


def connected(database: Database) -> int:
    ((number,),) = database.execute(
        "select count(*) from pg_stat_activity where application_name = 'deployment-dashboard'"
        " and datname = %s",
        database.name,
    )
    return int(number)


def test_a_connection_that_nobody_uses_any_more_is_ended(
    make_database: MakeDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two environments one is asked on and on: the other may be another process's by now."""
    monkeypatch.setattr(pool, "UNUSED_S", 0.1)
    used, unused = make_database(), make_database()
    settings = configured(tmp_path, {"used": used.url, "unused": unused.url})
    with contextlib.closing(Fleet(settings)) as fleet_of_both:
        for name in ("unused", "used"):
            fleet_of_both.ask_one(settings.databases[name].environment, [owner("1")], LOOKUP)
        asked = settings.databases["used"].environment

        def ended() -> bool:
            fleet_of_both.ask_one(asked, [owner("1")], LOOKUP)
            return connected(unused) == 0

        until(ended)
        assert connected(used) == 1


def test_what_is_given_back_goes_to_who_waits(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "POOL_WAIT_S", 600.0)
    settings = configured(tmp_path, {"staging": database.reader_url})
    (staging,) = settings.environments
    with contextlib.closing(Connections(settings)) as made:
        first, second = made.connect(staging), made.connect(staging)
        waited: list[pool.Pooled] = []
        third = threading.Thread(target=lambda: waited.append(made.connect(staging)))
        third.start()
        time.sleep(0.1)  # it finds all in use
        made.give_back(second)
        third.join(30)
        assert waited == [second]
        for each in (first, *waited):
            made.give_back(each)
        assert first.connection.closed is False
        assert second.connection.closed is True  # one is kept


def test_a_backend_that_stops_is_cut_off(database: Database, tmp_path: Path) -> None:
    """Neither a timeout of the server nor of the socket helps: the peer is alive, and silent."""
    with connections(tmp_path, database.reader_url) as made:
        pid = int(answered(made, owner("select pg_backend_pid()")))
        port = urlsplit(database.url).port
        assert port
        before = len(sockets_to(port))
        os.kill(pid, signal.SIGSTOP)
        try:
            answer = given_up_on(made, owner("select pg_backend_pid()"))
            assert isinstance(answer, Unavailable)
            assert answer.kind is Kind.TIMEOUT
            until(lambda: len(sockets_to(port)) == before - 1)
        finally:
            os.kill(pid, signal.SIGCONT)
        assert answered(made, owner("select pg_backend_pid()")) != str(pid)


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (lambda url: url.replace("dashboard_reader:", "dashboard_reader:x"), Kind.CREDENTIALS),
        (lambda url: url.replace("dashboard_reader:", "nobody:"), Kind.CREDENTIALS),
        (lambda url: url.rpartition("/")[0] + "/nowhere", Kind.NO_DATABASE),
        (lambda url: url.replace("127.0.0.1", "db.invalid"), Kind.NAME),
        (lambda url: url + "?sslmode=require", Kind.TLS),
        (lambda url: "postgresql://u:Secr3t@127.0.0.1:1/x", Kind.REFUSED),
        (lambda url: "postgresql://u:Secr3t@localhost/x?host=/nowhere", Kind.SOCKET),
    ],
)
def test_why_no_connection_came_about(
    change: Any, kind: Kind, database: Database, tmp_path: Path
) -> None:
    url = change(database.reader_url)
    with connections(tmp_path, url) as made:
        answer = ask(made, owner("select 1"))
    assert isinstance(answer, Unavailable)
    assert answer.kind is kind
    assert password(url) not in repr(answer)


def password(url: str) -> str:
    secret = urlsplit(url).password
    assert secret
    return secret


@pytest.mark.parametrize(
    ("reply", "kind"),
    [(b"HTTP/1.1 400 Bad Request\r\n\r\n", Kind.NOT_POSTGRES), (b"", Kind.DROPPED)],
)
def test_what_is_not_postgresql_is_told(reply: bytes, kind: Kind, tmp_path: Path) -> None:
    with (
        listening(reply) as port,
        connections(tmp_path, f"postgresql://u:secret@127.0.0.1:{port}/x") as made,
    ):
        answer = ask(made, owner("select 1"))
    assert isinstance(answer, Unavailable)
    assert answer.kind is kind


@contextlib.contextmanager
def listening(reply: bytes) -> Iterator[int]:
    """Answer every connection with the same bytes, and close it."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    peer, _ = server.accept()
                except OSError:
                    return
                with peer:
                    peer.recv(64)
                    peer.sendall(reply)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def test_moments_that_python_cannot_hold_are_unknown(database: Database, tmp_path: Path) -> None:
    statement = Statement(
        "test",
        "select cast(x as timestamptz) as day, cast(1 as bigint) as rows from (values"
        " ('infinity'), ('0044-03-15 BC'), ('2026-01-02 03:04:05'), ('12000-01-01')) as v (x)",
        {},
        DayCount,
    )
    with connections(tmp_path, database.reader_url) as made:
        answers = ask(made, statement)
    assert isinstance(answers, Answers)
    days = [row.day for row in answers.rows(statement)]
    assert days == [None, None, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), None]


def test_a_connection_that_comes_about_too_late_is_there_for_the_next(
    database: Database, tmp_path: Path
) -> None:
    """Nobody waits for it any more: it must not ask, nor hold one of the two connections."""
    server = urlsplit(database.reader_url)
    assert server.port
    with contextlib.ExitStack() as stack:
        port = stack.enter_context(delayed("127.0.0.1", server.port, 0.4))
        url = database.reader_url.replace(f":{server.port}/", f":{port}/")
        made = stack.enter_context(connections(tmp_path, url))
        assert isinstance(given_up_on(made, owner("select pg_sleep(30)")), Unavailable)
        ((pid, query),) = database.execute(MADE, database.name)
        assert "pg_sleep" not in query
        assert answered(made, owner("select pg_backend_pid()")) == str(pid)
        for _ in range(3):
            assert isinstance(given_up_on(made, owner("select pg_sleep(30)")), Unavailable)
        assert answered(made, owner("select 1")) == "1"


MADE = """
    select pid, query from pg_stat_activity
    where application_name = 'deployment-dashboard' and datname = %s
"""


def test_a_connection_that_does_not_come_about_leaves_no_socket(
    database: Database, tmp_path: Path
) -> None:
    server = urlsplit(database.reader_url)
    assert server.port
    with Proxy("127.0.0.1", server.port) as proxy, proxy.being(Mode.SILENT):
        url = database.reader_url.replace(f":{server.port}/", f":{proxy.port}/")
        with connections(tmp_path, url) as made, without_collecting():
            answer = ask(made, owner("select 1"), limits=BACKGROUND)
            assert isinstance(answer, Unavailable)
            assert answer.kind is Kind.TIMEOUT
            assert not sockets_to(proxy.port)


@contextlib.contextmanager
def without_collecting() -> Iterator[None]:
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def sockets_to(port: int) -> list[str]:
    """List the open sockets of this process whose peer is there."""
    found = []
    for each in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            if str(each.readlink()).startswith("socket:"):
                with socket.socket(fileno=os.dup(int(each.name))) as twin:
                    if twin.getpeername()[1:] == (port,):
                        found.append(each.name)
    return found


def test_who_stops_listening_ends_what_was_asked(database: Database, tmp_path: Path) -> None:
    """A viewer clicks again: the server has nothing to work on any more."""
    patient = Limits(600, statement_timeout_ms=600_000)
    other = replace(database, name="other")
    settings = configured(tmp_path, {"local": other.reader_url, "staging": database.reader_url})
    sleeping = "select 1 from pg_stat_activity where wait_event = 'PgSleep' and datname = %s"
    with contextlib.closing(Fleet(settings)) as fleet:
        local, staging = settings.environments
        statements = {local: [owner("select 1")], staging: [owner("select pg_sleep(600)")]}
        answers = fleet.ask(statements, patient)
        assert next(answers)[0] == local
        until(lambda: bool(database.execute(sleeping, database.name)))
        answers.close()
        until(lambda: not database.execute(sleeping, database.name))
        assert isinstance(fleet.ask_one(staging, [owner("select 1")], LOOKUP), Answers)


def given_up_on(made: Made, statement: Statement[SampleId]) -> object:
    """Ask, wait for a tenth of a second only, and let what goes on behind that end."""
    answer = ask(made, statement, limits=Limits(0.1, statement_timeout_ms=30_000))
    until(all_ended)
    return answer


def all_ended() -> bool:
    """Whether no thread is asking, connecting or cutting off."""
    return not any(each.name.startswith(fleet.THREADS) for each in threading.enumerate())
