"""What is sent in one round trip, and what comes of it."""

import os
import socket
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.pq import TransactionStatus

from dashboard.postgres import pool
from dashboard.postgres.pipeline import Pipeline, Prepared
from queries.query import Statement
from queries.rows import SampleId
from tests.conftest import Database, MakeDatabase
from tests.faults.server import until
from tests.postgres.test_asking import answered, connections, owner

MEGABYTE = 2**20
SLEEPS = "select 1 from pg_stat_activity where pid = %s and wait_event = 'PgSleep'"
TERMINATE = "select pg_terminate_backend(%s)"


@pytest.fixture
def database(make_database: MakeDatabase) -> Database:
    return make_database()


@pytest.fixture
def connection(database: Database) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database.url, autocommit=True, prepare_threshold=None) as made:
        yield made


def run(pipeline: Pipeline) -> None:
    for each in pipeline.exchange():
        each.wait()


def kept_by_server(connection: psycopg.Connection[Any]) -> int:
    row = connection.execute("select count(*) from pg_prepared_statements").fetchone()
    assert row
    return int(row[0])


def test_answers_are_found_by_the_place_of_their_statement(
    connection: psycopg.Connection[Any],
) -> None:
    pipeline = Pipeline(connection, {})
    values: dict[str, object] = {"a": "x", "b": 2, "c": [1, None], "d": None, "unused": object()}
    first = pipeline.add(b"select $1::text as a, $2::int as b, $1::text as c", ("a", "b"), values)
    second = pipeline.add(b"select $1::int[] as d, $2::text as e", ("c", "d"), values)
    none = pipeline.add(b"select 1 as f where false")
    run(pipeline)
    assert pipeline.records(second) == [([1, None], None)]
    assert pipeline.records(first) == [("x", 2, "x")]
    assert pipeline.records(none) == []
    assert [pipeline.columns(each) for each in (first, second, none)] == [
        ("a", "b", "c"),
        ("d", "e"),
        ("f",),
    ]


def test_what_is_kept_is_planned_once_for_its_types(connection: psycopg.Connection[Any]) -> None:
    prepared: Prepared = {}
    for number in range(3):
        pipeline = Pipeline(connection, prepared)
        before = pipeline.add(b"select 0")
        places = [
            pipeline.add(b"select $1 as v", ("v",), {"v": value}, keep=True)
            for value in (number, number + 1, [number])  # a small number and a list of them
        ]
        after = pipeline.add(b"select 1")
        run(pipeline)
        answers = [pipeline.records(each) for each in (before, *places, after)]
        assert answers == [[(0,)], [(number,)], [(number + 1,)], [([number],)], [(1,)]]
        assert kept_by_server(connection) == len(prepared) == 2


def test_a_statement_is_called_by_what_it_is(
    connection: psycopg.Connection[Any], database: Database
) -> None:
    """A pooler that hides itself may lead to a process that keeps another statement."""
    names: list[dict[bytes, bytes]] = []
    for made in (connection, database.connection):
        prepared: Prepared = {}
        for text in (b"select 1", b"select 2") if made is connection else (b"select 2",):
            pipeline = Pipeline(made, prepared)
            pipeline.add(text, keep=True)
            run(pipeline)
        names.append({text: name for (text, _), name in prepared.items()})
    first, second = names
    assert first[b"select 2"] == second[b"select 2"] != first[b"select 1"]


def test_the_first_failure_is_told_and_what_was_planned_before_is_known(
    connection: psycopg.Connection[Any],
) -> None:
    prepared: Prepared = {}
    pipeline = Pipeline(connection, prepared)
    for text in (b"begin", b"select 1", b"select nothing", b"select 1/0", b"select 2"):
        pipeline.add(text, keep=text != b"begin")
    with pytest.raises(psycopg.errors.UndefinedColumn):
        run(pipeline)
    assert connection.info.transaction_status is TransactionStatus.INERROR
    connection.execute("rollback")
    assert kept_by_server(connection) == len(prepared) == 1
    again = Pipeline(connection, prepared)
    places = [again.add(text, keep=True) for text in (b"select 1", b"select 2")]
    run(again)
    assert [again.records(each) for each in places] == [[(1,)], [(2,)]]


def test_a_value_that_cannot_be_sent_leaves_the_connection_as_it_was(
    connection: psycopg.Connection[Any],
) -> None:
    pipeline = Pipeline(connection, {})
    pipeline.add(b"select 1")
    with pytest.raises(psycopg.DataError):
        pipeline.add(b"select $1::text", ("v",), {"v": "a\0b"})
    assert connection.execute("select 1").fetchone() == (1,)


def test_more_than_both_sides_hold_goes_through(connection: psycopg.Connection[Any]) -> None:
    """Neither waits for the other to read first."""
    long = "x" * MEGABYTE
    pipeline = Pipeline(connection, {})
    places = [pipeline.add(b"select $1::text", ("v",), {"v": long}) for _ in range(40)]
    run(pipeline)
    assert all(pipeline.records(each) == [(long,)] for each in places)


@pytest.mark.parametrize(
    ("ends", "error"),
    [(TERMINATE, psycopg.errors.AdminShutdown), (None, psycopg.OperationalError)],
    ids=["the server ends it", "its socket is shut"],
)
def test_a_connection_that_is_lost_while_waiting_is_told(
    ends: str | None,
    error: type[psycopg.Error],
    connection: psycopg.Connection[Any],
    database: Database,
) -> None:
    """By the server's own word where it has one, else by the driver's."""
    pid = connection.info.backend_pid

    def end() -> None:
        until(lambda: bool(database.execute(SLEEPS, pid)))
        if ends:
            database.execute(ends, pid)
        else:
            with socket.socket(fileno=os.dup(connection.fileno())) as duplicate:
                duplicate.shutdown(socket.SHUT_RDWR)

    pipeline = Pipeline(connection, {})
    for text in (b"select 1", b"select pg_catalog.pg_sleep(60)", b"select 2"):
        pipeline.add(text)
    ending = threading.Thread(target=end)
    ending.start()
    with pytest.raises(psycopg.Error) as raised:
        run(pipeline)
    ending.join()
    assert type(raised.value) is error
    assert connection.closed


def test_what_is_broken_off_is_not_taken_for_the_next_answer(
    connection: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken_off(_self: Pipeline) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(Pipeline, "_read", broken_off)
    pipeline = Pipeline(connection, {})
    pipeline.add(b"select 1")
    with pytest.raises(KeyboardInterrupt):
        run(pipeline)
    assert connection.closed


def test_a_connection_that_keeps_too_much_is_left_for_another(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "KEPT_AT_MOST", 3)
    pid = owner("select pg_catalog.pg_backend_pid()")
    with connections(tmp_path, database.reader_url) as made:
        pids = [answered(made, pid), answered(made, pid)]
        for number in range(2):  # with the one above, and the first of a connection is not kept
            assert answered(made, owner(f"select {number}")) == str(number)
        last = Statement("test", "select pg_catalog.now() as id", {}, SampleId)
        assert isinstance(answered(made, last), datetime), "read before it was left"
        pids.append(answered(made, pid))
    assert pids[0] == pids[1] != pids[2]
