"""Real databases for every test that wants one."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from hypothesis import settings

from dashboard.collect import collector, proving, rehearsing
from dashboard.demo.databases import Connection, create_database, drop_database, reader_url
from dashboard.postgres import Limits
from dashboard.postgres.cluster import Cluster, system_binaries
from dashboard.rehearsal.client import Rehearsals
from tests import memory, printed, repetitions, servers
from tests.servers import per_worker

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
        patch.setenv("REHEARSAL__ENABLED", "false")  # unless a test is about it
        yield


@pytest.fixture(autouse=True)
def time_for_what_failed_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let it be told on a busy machine, too, where a look-up would go without it."""
    monkeypatch.setattr(collector, "KNOWN", Limits(deadline_s=8.0, statement_timeout_ms=6_000))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all", action="store_true", help="run the repetitions, too, for long")


def pytest_configure(config: pytest.Config) -> None:
    memory.use()
    settings.load_profile(repetitions.LONG if config.getoption("all") else repetitions.SHORT)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    repetitions.deselect(config, items)


@pytest.hookimpl(wrapper=True)
def pytest_sessionstart(session: pytest.Session) -> Iterator[None]:
    yield  # the workers are there, and collect while the servers start
    if session.config.pluginmanager.hasplugin("dsession"):
        servers.start(session.config)


@pytest.fixture(scope="session")
def embedded(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    with servers.reach("embedded", request) as running:
        yield running


@pytest.fixture(scope="session")
def system(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    if not system_binaries():
        pytest.skip("no PostgreSQL is installed on this machine")
    with servers.reach("system", request) as running:
        yield running


@pytest.fixture(scope="session")
def rehearsals(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsals]:
    """The process that rehearses, once for all tests."""
    made = Rehearsals(tmp_path_factory.mktemp("rehearsal"))
    yield made
    made.close()


@pytest.fixture
def throw_away(rehearsals: Rehearsals, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rehearse in a process that goes on after the test."""

    class Shared(Rehearsals):
        def _ask(self, work: str, scripts: int = 0, **request: object) -> Any:
            return rehearsals._ask(work, scripts, **request)

        def rest(self) -> None:
            """Let it go on for the others."""

    rehearsals.replay("public", ())  # nobody waits for it to start
    for each in (rehearsing, proving):
        monkeypatch.setattr(each, "Rehearsals", Shared)
    monkeypatch.setenv("REHEARSAL__ENABLED", "true")


@pytest.fixture(scope="session")
def cluster(embedded: Cluster) -> Cluster:
    return embedded


@pytest.fixture(scope="session")
def demo(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """A server with the demo's seeded environments, which are for reading: others do, too."""
    with servers.reach("demo", request) as running:
        yield running


@pytest.fixture(scope="session")
def changeable_demo(demo: Cluster) -> Iterator[Cluster]:
    """The demo's environments in copies that a test may change, and has to put back."""
    with servers.DemoCopies(demo) as copies:
        yield copies


@pytest.fixture
def make_database(cluster: Cluster) -> Iterator[MakeDatabase]:
    """Create databases with the product's tables, as they are after or before the strict one."""
    made: list[Database] = []

    def make(*, strict: bool = True) -> Database:
        name = per_worker(f"test_{next(NUMBERS)}")
        create_database(cluster, name, strict=strict)
        url = cluster.url(name)
        connection = psycopg.connect(url, autocommit=True)
        made.append(Database(name, url, reader_url(cluster, name), connection))
        printed.OWNERS[printed.address(url)] = connection
        return made[-1]

    yield make
    for database in made:
        del printed.OWNERS[printed.address(database.url)]
        database.connection.close()
        drop_database(cluster, database.name)
