"""Real databases for every test that wants one."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from dashboard.demo.databases import Connection, create_database, drop_database, reader_url
from dashboard.demo.seed import seed
from dashboard.postgres.cluster import Cluster

pytest.register_assert_rewrite("tests.faults.stage", "tests.faults.server")

NUMBERS = itertools.count(1)
MakeDatabase = Callable[..., "Database"]


@dataclass(frozen=True, slots=True)
class Database:
    """A database of its own, with the product's empty tables."""

    name: str
    url: str
    reader_url: str
    connection: Connection

    def execute(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Run a statement as superuser; the answer is its rows."""
        cursor = self.connection.execute(statement.encode(), values or None)
        return cursor.fetchall() if cursor.description else []


@pytest.fixture(scope="session", autouse=True)
def state_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what is written by default out of the user's own folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    with Cluster() as running:
        yield running


@pytest.fixture(scope="session")
def demo() -> Iterator[Cluster]:
    """A cluster with the demo's seeded environments: read it, or put back what was changed."""
    with Cluster() as running:
        seed(running)
        yield running


@pytest.fixture
def make_database(cluster: Cluster) -> Iterator[MakeDatabase]:
    """Create databases with the product's tables, as they are after or before the strict one."""
    made: list[Database] = []

    def make(*, strict: bool = True) -> Database:
        name = f"test_{next(NUMBERS)}"
        create_database(cluster, name, strict=strict)
        url = cluster.url(name)
        connection = psycopg.connect(url, autocommit=True)
        made.append(Database(name, url, reader_url(cluster, name), connection))
        return made[-1]

    yield make
    for database in made:
        database.connection.close()
        drop_database(cluster, database.name)
