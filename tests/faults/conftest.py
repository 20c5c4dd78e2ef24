"""The stage that every fault is provoked on."""

import contextlib
import itertools
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from dashboard import serving
from dashboard.background import failures, orphans, periodic_task, snapshots
from dashboard.demo.databases import create_database, drop_database, reader_url
from dashboard.postgres.cluster import Cluster
from tests.conftest import Database
from tests.faults import limits
from tests.faults.server import Server
from tests.faults.stage import HEALTHY, PROJECT, Place, Stage
from tests.proxy import Proxy
from tests.servers import per_worker

NUMBERS = itertools.count(1)
PEOPLE = f"""
    insert into users (id, email, "updatedAt") values ('u', 'u@example.com', now());
    insert into "Project" (id, name, "userId", "createdAt", "updatedAt")
    values ('{PROJECT}', 'Shop', 'u', '2026-01-01', now())
"""  # created at one time: it is a copy, not another project under the same id


@pytest.fixture(scope="session")
def staging_server() -> Iterator[Server]:
    # what a test has written has to be there after a crash
    with Server(options={"wal_level": "replica", "synchronous_commit": "on"}) as running:
        yield running


@pytest.fixture(scope="session")
def healthy(cluster: Cluster) -> Iterator[dict[str, Database]]:
    """Databases that nothing ever happens to."""
    made = {name: peopled(cluster, per_worker(f"healthy_{name}")) for name in HEALTHY}
    yield made
    for database in made.values():
        database.connection.close()


def peopled(cluster: Cluster, name: str) -> Database:
    """Create a database that has the project."""
    create_database(cluster, name)
    connection = psycopg.connect(cluster.url(name), autocommit=True)
    connection.execute(PEOPLE.encode())
    return Database(name, cluster.url(name), reader_url(cluster, name), connection)


@pytest.fixture
def scaled(request: pytest.FixtureRequest) -> Iterator[None]:
    """Wait less for what never comes, unless all is to be run: then as long as the product does."""
    with limits.restored():
        if not request.config.getoption("all"):
            limits.be_impatient()
        yield


@pytest.fixture
def asked_only_when_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(periodic_task, "AT_MOST_EVERY_S", 0.0)
    monkeypatch.setattr(snapshots, "FIRST_PAUSE_S", 3600.0)
    monkeypatch.setattr(periodic_task, "RETRY_S", (3600.0,))
    for each in (snapshots, failures, orphans):
        monkeypatch.setattr(each, "EVERY_S", 3600.0)


@pytest.fixture
def stage(
    staging_server: Server,
    healthy: dict[str, Database],
    asked_only_when_told: None,
    scaled: None,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Stage]:
    """Make a database for staging, and a proxy before it; nothing is served before or after."""
    serving.stop()
    caplog.set_level("INFO")
    made = peopled(staging_server, f"staging_{next(NUMBERS)}")
    made.connection.close()
    place = Place(staging_server, made.name)
    with (
        Proxy("127.0.0.1", staging_server.port) as proxy,
        contextlib.ExitStack() as held,
        monkeypatch.context() as patch,
    ):
        yield Stage(tmp_path, staging_server, proxy, place, healthy, capsys, caplog, patch, held)
        serving.stop()
    drop_database(staging_server, made.name)
