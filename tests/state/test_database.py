"""What only a database that several processes share can go wrong with."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from dashboard import serving
from dashboard.collect.collector import Collector
from dashboard.collect.identities import identities
from dashboard.diagnose.facts import Identity
from dashboard.postgres.cluster import Cluster
from dashboard.settings import load, parse_url
from dashboard.state import History, StateError, database
from dashboard.state.database import DatabaseStore
from dashboard.state.writing import write
from tests.conftest import Database, MakeDatabase
from tests.pooler import VERSIONS, Pooler
from tests.state.conftest import database_store, emptied
from tests.state.entries import DAY, HOUR, MINUTE, NOW, STAGING, entry

SCHEMAS = "select nspname from pg_namespace where nspname = 'deployment_dashboard'"


@pytest.fixture
def url(state_url: Callable[[str], str]) -> str:
    emptied(state_url("embedded"))
    return state_url("embedded")


@pytest.fixture
def opened(url: str) -> Iterator[Callable[[], DatabaseStore]]:
    with contextlib.ExitStack() as all_:
        yield lambda: all_.enter_context(contextlib.closing(database_store(url)))


def rows(url: str, statement: str) -> list[object]:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("set search_path = deployment_dashboard")
        found = connection.execute(statement.encode()).fetchall()
    return [row[0] if len(row) == 1 else row for row in found]


def together(work: Callable[[int], object], number: int) -> list[object]:
    results: list[object] = []
    barrier = threading.Barrier(number)

    def one(which: int) -> None:
        barrier.wait()
        try:
            results.append(work(which))
        except Exception as error:  # noqa: BLE001
            results.append(error)

    threads = [threading.Thread(target=one, args=(which,)) for which in range(number)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return results


def test_three_that_start_at_once_make_one_schema(
    opened: Callable[[], DatabaseStore], url: str
) -> None:
    histories = [History(opened()) for _ in range(3)]
    assert together(lambda which: histories[which].append(entry()), 3) == [True] * 3
    assert rows(url, "select count(*) from entry") == [3]
    assert rows(url, "select number from version") == [database.newest()]
    assert rows(url, "select count(*) from place") == [1]
    assert rows(url, "select count(*) from condition") == [1]


def test_an_older_schema_is_upgraded_once_with_what_is_in_it(
    opened: Callable[[], DatabaseStore], url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert History(opened()).append(entry())
    before = database.versions()
    newer = {**before, max(before) + 1: "create table made_once (id integer primary key)"}
    monkeypatch.setattr(database, "versions", lambda: newer)
    histories = [History(opened()) for _ in range(3)]
    assert together(lambda which: histories[which].append(entry()), 3) == [True] * 3
    assert rows(url, "select number from version") == [max(newer)]
    assert rows(url, "select count(*) from entry") == [4]


def test_a_newer_schema_is_left_alone(opened: Callable[[], DatabaseStore], url: str) -> None:
    assert History(opened()).append(entry())
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("update deployment_dashboard.version set number = 99")
    older = opened()
    assert not History(older).append(entry())
    assert older.problem
    assert "newer version" in older.problem
    assert rows(url, "select count(*) from entry") == [1]


def _configured(path: Path, monitored: str) -> Collector:
    path.write_text(f'[connections.staging]\nurl = "{monitored}"\n')
    return Collector(load(path, environ={}))


@pytest.mark.parametrize("as_reader", [True, False])
def test_a_monitored_database_is_refused_before_anything_is_written(
    make_database: MakeDatabase, tmp_path: Path, *, as_reader: bool
) -> None:
    """The same database by another name of its server."""
    made: Database = make_database()
    monitored = made.reader_url if as_reader else made.url
    location = parse_url(made.url.replace("127.0.0.1", "localhost"))
    with contextlib.closing(_configured(tmp_path / "c.toml", monitored)) as collector:
        store = DatabaseStore(location.parameters, location.address, lambda: identities(collector))
        with contextlib.closing(store):
            with pytest.raises(StateError, match="the environment staging, which is only read"):
                store.reading().__enter__()
            assert not History(store).append(entry())
    assert made.execute(SCHEMAS) == []


def test_another_database_of_the_same_server_is_none_of_them(
    make_database: MakeDatabase, opened: Callable[[], DatabaseStore], tmp_path: Path, url: str
) -> None:
    location = parse_url(url)
    with contextlib.closing(_configured(tmp_path / "c.toml", make_database().url)) as collector:
        found = identities(collector)
        assert found.keys() == {"staging"}
        store = DatabaseStore(location.parameters, location.address, lambda: found)
        with contextlib.closing(store):
            assert History(store).append(entry())


def test_an_environment_that_was_silent_is_compared_when_it_answers(
    opened: Callable[[], DatabaseStore], url: str
) -> None:
    store = opened()
    assert History(store).append(entry())
    with psycopg.connect(url) as connection:
        (oid, started) = connection.execute(
            "select oid::bigint, pg_postmaster_start_time() from pg_database "
            "where datname = current_database()"
        ).fetchone()  # type: ignore[misc]
    store.compare("staging", Identity(None, oid + 1, started, "public"))
    assert History(store).append(entry())
    store.compare("preview", Identity(None, oid, started, "public"))
    assert not History(store).append(entry())
    assert store.problem
    assert "environment preview" in store.problem


def test_what_the_role_may_not_do_is_said(
    make_database: MakeDatabase, url: str, opened: Callable[[], DatabaseStore]
) -> None:
    assert History(opened()).append(entry())
    with contextlib.closing(database_store(make_database().reader_url)) as reader:
        assert not History(reader).append(entry())
        assert str(reader.problem).endswith(
            "the role may not use or make the schema deployment_dashboard; let it own the database."
        )
    with psycopg.connect(url, autocommit=True) as connection:
        name = parse_url(url).parameters["dbname"]
        read_only = f"alter database {name} set default_transaction_read_only = "
        connection.execute(f"{read_only} on".encode())
        with contextlib.closing(opened()) as standby:
            assert not History(standby).append(entry())
            assert str(standby.problem).endswith("it can only be read, as a standby can.")
        connection.execute("set default_transaction_read_only = off")
        connection.execute(f"{read_only} off".encode())


def test_a_database_that_is_away_is_not_waited_for_again(url: str) -> None:
    store = database_store("postgresql://reader:hunter2secret@127.0.0.1:1/nowhere")
    with contextlib.closing(store):
        history, began = History(store), time.monotonic()
        for _ in range(20):
            assert not history.append(entry())
            with pytest.raises(StateError, match="the connection was refused") as told:
                history.reach([STAGING])
            assert "hunter2" not in str(told.value)
        assert time.monotonic() - began < 2
        assert store.problem == "127.0.0.1:1/nowhere: the connection was refused."


def test_it_goes_on_once_the_database_is_back(
    opened: Callable[[], DatabaseStore], url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "PAUSE_S", 0.0)
    store = opened()
    history = History(store)
    assert history.append(entry())
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("drop schema deployment_dashboard cascade")
        assert not history.append(entry())
        assert store.problem
    assert History(opened()).append(entry())
    assert history.append(entry())
    assert store.problem is None


def test_what_is_only_busy_is_not_away(
    opened: Callable[[], DatabaseStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others go on at once: who holds an environment must be able to say so."""
    monkeypatch.setattr(database, "CONNECT_TIMEOUT_S", 1)
    store = opened()
    with contextlib.ExitStack() as all_of_them:
        for _ in range(4):
            all_of_them.enter_context(store.reading())
        with pytest.raises(StateError, match="connections to it are in use"), store.reading():
            pass
    with store.reading() as session:
        assert session.rows("select 1") == [(1,)]
    assert store.problem is None


def test_whoever_writes_goes_on_while_a_day_is_made(
    opened: Callable[[], DatabaseStore], url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new condition is written before its entry: nobody may hold the entries and want those."""
    monkeypatch.setattr(database, "LOCK_MS", 60_000)
    monkeypatch.setattr(database, "STATEMENT_MS", 60_000)
    store = opened()
    history = History(store)
    assert history.append(entry(NOW))
    with store.writing() as session:
        session.rows("insert into condition (spelled, status) values ('new', 'ok')")
        thread = threading.Thread(target=history.append, args=(entry(NOW + 2 * DAY),))
        thread.start()
        waiting = "select 1 from pg_locks where not granted"
        limit = time.monotonic() + 60
        while not rows(url, waiting) and time.monotonic() < limit:
            time.sleep(0.01)
        write(session, entry(NOW + MINUTE))
    thread.join()
    assert rows(url, "select count(*) from entry") == [3]


def test_days_are_partitions_which_are_dropped(
    opened: Callable[[], DatabaseStore], url: str
) -> None:
    history = History(opened())
    old = [NOW - n * DAY for n in (200, 91, 60, 5, 0)]
    assert history.append(*(entry(each) for each in old))
    store = history._store
    while not store.prune(datetime.now(UTC)):
        pass
    assert rows(url, "select count(*) from entry") == [3]
    tables = "select count(*) from pg_inherits where inhparent = 'entry'::regclass"
    assert rows(url, tables) == [3]
    assert history.append(entry(NOW - 100 * DAY))  # a clock gone wrong still finds its day


def test_of_an_old_day_the_last_of_each_hour_stays(
    opened: Callable[[], DatabaseStore], url: str
) -> None:
    history = History(opened())
    hour = (NOW - 4 * DAY).replace(minute=0, second=0)
    times = [hour + n * MINUTE for n in range(0, 180, 20)] + [hour + 40 * MINUTE]
    assert history.append(*(entry(each) for each in times))
    recent = [NOW - HOUR, NOW - HOUR + timedelta(seconds=1)]
    assert history.append(*(entry(each) for each in recent))
    while not history._store.prune(datetime.now(UTC)):
        pass
    assert rows(url, "select count(*) from entry") == [3 + 2]
    assert rows(url, "select count(*) from condition") == [1]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_pooler_in_transaction_mode_may_be_between(
    embedded: Cluster, url: str, version: str
) -> None:
    with Pooler(version, embedded) as between:
        behind = between.url(parse_url(url).parameters["dbname"], superuser=True)
        stores = [database_store(behind) for _ in range(3)]
        with contextlib.ExitStack() as opened:
            histories = [History(opened.enter_context(contextlib.closing(each))) for each in stores]
            assert together(lambda which: _many(histories[which]), 3) == [True] * 3
            assert rows(url, "select count(*) from entry") == [3 * 20]
            ((reach),) = histories[0].reach([STAGING])
            assert reach.until == NOW
            assert not any(each.problem for each in stores)


def _many(history: History) -> bool:
    return all(history.append(entry(NOW - number * MINUTE)) for number in range(20))


def test_what_is_served_keeps_no_url(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "dashboard.toml"
    nowhere = "postgresql://reader:x@127.0.0.1:1/nowhere"
    path.write_text(f'[connections.staging]\nurl = "{nowhere}"\n[state]\nurl = "{url}"\n')
    monkeypatch.setenv("DASHBOARD_CONFIG", str(path))
    serving.stop()
    try:
        served = serving.current()
        assert isinstance(served.store, DatabaseStore)
        password = parse_url(url).parameters["password"]
        assert password not in repr(served.settings) + repr(served.store)
        assert serving.redact(password) == "***"
    finally:
        serving.stop()
