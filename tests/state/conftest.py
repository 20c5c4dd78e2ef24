"""The two kinds of store, empty: the same tests hold for both."""

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from dashboard.demo.databases import drop_database
from dashboard.postgres.cluster import Cluster
from dashboard.settings import parse_url
from dashboard.state import SqliteStore, Store
from dashboard.state.database import DatabaseStore
from tests.repetitions import repetition
from tests.servers import per_worker

KINDS = ("sqlite", "embedded", repetition("system"))
MakeStore = Callable[[], Store]


def database_store(url: str) -> DatabaseStore:
    location = parse_url(url)
    return DatabaseStore(location.parameters, location.address, dict)


@pytest.fixture(scope="module")
def state_url(request: pytest.FixtureRequest) -> Iterator[Callable[[str], str]]:
    """Make one database a server for a module's tests."""
    made: dict[str, tuple[Cluster, str]] = {}

    def url(kind: str) -> str:
        if kind not in made:
            cluster, name = request.getfixturevalue(kind), per_worker("state")
            with psycopg.connect(cluster.url(cluster.superuser), autocommit=True) as connection:
                connection.execute(f"drop database if exists {name} with (force)".encode())
                connection.execute(f"create database {name}".encode())
            made[kind] = cluster, name
        return made[kind][0].url(made[kind][1])

    yield url
    for cluster, name in made.values():
        drop_database(cluster, name)


@pytest.fixture(params=KINDS)
def make_store(
    request: pytest.FixtureRequest, tmp_path: Path, state_url: Callable[[str], str]
) -> Iterator[MakeStore]:
    """Empty what is kept, and open it anew."""
    opened: list[DatabaseStore] = []

    def make() -> Store:
        if request.param == "sqlite":
            path = tmp_path / "history.sqlite"
            for each in tmp_path.glob("history.sqlite*"):
                each.unlink()
            return SqliteStore(path)
        for each in opened:
            each.close()
        emptied(state_url(request.param))
        opened.append(database_store(state_url(request.param)))
        return opened[-1]

    yield make
    for each in opened:
        each.close()


@pytest.fixture
def store(make_store: MakeStore) -> Store:
    return make_store()


def emptied(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("drop schema if exists deployment_dashboard cascade")
