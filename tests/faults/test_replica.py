"""Row 35: a replica that has to drop a query to go on replaying."""

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from dashboard.demo.databases import create_database, reader_url
from dashboard.diagnose.facts import Kind, Unavailable
from dashboard.postgres import BACKGROUND
from dashboard.postgres.cluster import Cluster
from queries.query import Statement
from queries.rows import SampleId
from tests.postgres.test_asking import ask, connections
from tests.replica import PRIMARY, replica_of

# long enough to be in the way
SLEEP = Statement("test", "select cast(pg_sleep(2) as text) as id from public.users", {}, SampleId)
FREE = Statement("test", "select cast(1 as text) as id", {}, SampleId)


@pytest.fixture
def primary() -> Iterator[Cluster]:
    with Cluster(options=PRIMARY) as running:
        create_database(running, "app")
        with psycopg.connect(running.url("app"), autocommit=True) as connection:
            connection.execute("alter system set max_standby_streaming_delay = 0")
            connection.execute(
                "insert into users (id, email, \"updatedAt\") values ('u', 'u@example.com', now())"
            )
        yield running


def test_a_query_that_replaying_drops_is_told(primary: Cluster, tmp_path: Path) -> None:
    with replica_of(primary) as port:
        url = reader_url(primary, "app").replace(f":{primary.port}/", f":{port}/")
        with connections(tmp_path, url) as made:
            with changing(primary):
                answer = ask(made, SLEEP, limits=BACKGROUND)
            assert isinstance(answer, Unavailable)
            assert answer.kind is Kind.CANCELLED
            words = "the replica cancelled the query to continue replaying"
            assert answer.message.endswith(f": {words}")
            again = ask(made, FREE, limits=BACKGROUND)
            assert not isinstance(again, Unavailable)


@contextlib.contextmanager
def changing(primary: Cluster) -> Iterator[None]:
    """Change the table again and again, as a migration does."""
    ending = threading.Event()

    def change() -> None:
        with psycopg.connect(primary.url("app"), autocommit=True) as connection:
            while not ending.wait(0.05):
                connection.execute("alter table users add column more integer")
                connection.execute("alter table users drop column more")

    thread = threading.Thread(target=change)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join()
