"""The servers of a run: started once for all of its workers, and gone with it."""

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Self

import pytest
from psycopg import errors, sql

from dashboard.demo.databases import (
    DATABASE_EXISTS,
    READER,
    connect,
    create_database,
    drop_database,
)
from dashboard.demo.seed import SEEDED, attempt, seed
from dashboard.postgres.cluster import Binaries, Cluster, system_binaries

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
FILE = "servers.json"
PATIENCE_S = 60
PRISTINE = "pristine_{}"  # nobody connects to it, so that it can be copied at any time
ADDRESS = ("password", "port", "version", "origin")


class SharedCluster(Cluster):
    """A server that the run has started, and will stop."""

    def __init__(self, address: dict[str, str | int]) -> None:
        super().__init__()
        self.__dict__ |= address

    def start(self) -> Self:
        return self

    def stop(self) -> None:
        """Leave it to the others."""


class DemoCopies(SharedCluster):
    """The demo's server with a worker's copies of its environments, by the originals' names."""

    def __init__(self, demo: Cluster) -> None:
        super().__init__(address(demo))
        self._names = {name: f"{name}_{WORKER}" for name in SEEDED}

    def url(self, database: str, *, user: str | None = None, password: str | None = None) -> str:
        return super().url(self._names.get(database, database), user=user, password=password)

    def start(self) -> Self:
        for environment, name in self._names.items():
            create_database(self, name, template=PRISTINE.format(environment))
            with connect(self, name) as connection:
                connection.execute("analyze")
                attempt(connection, environment)  # the log tells of the original's only
        return self

    def stop(self) -> None:
        for name in self._names.values():
            drop_database(self, name)


def address(running: Cluster) -> dict[str, str | int]:
    return {name: getattr(running, name) for name in ADDRESS}


@contextlib.contextmanager
def empty(found: Binaries | None = None) -> Iterator[Cluster]:
    """Start a server that has what databases are copied from, and the reader."""
    with Cluster(binaries=found) as running:
        make_logins_cheap(running)
        for strict in (True, False):
            create_database(running, "first", strict=strict)
            drop_database(running, "first")
        yield running


@contextlib.contextmanager
def seeded() -> Iterator[Cluster]:
    """Start a server with the demo's environments, and with what copies of them are made from."""
    with Cluster(options={"max_connections": "200"}) as running:
        make_logins_cheap(running)
        seed(running)
        with connect(running, running.superuser) as connection:  # each worker has servers that ask
            connection.execute(f"alter role {READER} connection limit 150")
        for name in SEEDED:
            create_database(running, PRISTINE.format(name), template=name)
        yield running


def make_logins_cheap(running: Cluster) -> None:
    """Have passwords hashed once rather than 4096 times, where PostgreSQL can (16)."""
    role, password = sql.Identifier(running.superuser), sql.Literal(running.password)
    with connect(running, running.superuser) as connection, suppress(errors.UndefinedObject):
        connection.execute("alter system set scram_iterations = 1")
        connection.execute("select pg_reload_conf()")
        connection.execute("set scram_iterations = 1")
        connection.execute(sql.SQL("alter role {} password {}").format(role, password))


STARTERS = {"embedded": empty, "demo": seeded, "system": lambda: empty(system_binaries())}


def start(config: pytest.Config) -> None:
    """Start them for the workers; they end with this process, however it ends."""
    running = contextlib.ExitStack()
    config.add_cleanup(running.close)
    wanted = [*STARTERS] if config.getoption("all") and system_binaries() else ["embedded", "demo"]
    addresses = {name: address(running.enter_context(STARTERS[name]())) for name in wanted}
    # as xdist does to give every worker a folder in it
    place = config._tmp_path_factory.getbasetemp() / FILE  # type: ignore[attr-defined]
    draft = place.with_suffix(".draft")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(addresses))
    draft.rename(place)


@contextlib.contextmanager
def reach(kind: str, request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """Reach what was started for all workers, or start it for a run that has none."""
    if not hasattr(request.config, "workerinput"):
        with STARTERS[kind]() as started:
            yield started
        return
    factory: pytest.TempPathFactory = request.getfixturevalue("tmp_path_factory")
    place = factory.getbasetemp().parent / FILE
    limit = time.monotonic() + PATIENCE_S
    while not place.exists():
        assert time.monotonic() < limit, "the servers of the run did not start"
        time.sleep(0.05)
    yield SharedCluster(json.loads(place.read_text())[kind])


@contextlib.contextmanager
def exclusively(module: str) -> Iterator[None]:
    """Keep other workers from what there is but one of, such as a port, while a module has it."""
    with Path(module).open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # until it is closed
        yield


def filled_once(cluster: Cluster, name: str, *fill: str) -> str:
    """Make a large database that tests only read: the first worker to need it does it for all."""
    with exclusively(__file__), connect(cluster, cluster.superuser) as connection:
        if connection.execute(DATABASE_EXISTS, {"name": name}).fetchone():
            return name
        draft = per_worker(name)
        create_database(cluster, draft)
        with connect(cluster, draft) as filling:
            for statement in fill:
                filling.execute(statement.encode())
        rename = sql.SQL("alter database {} rename to {}")
        connection.execute(rename.format(sql.Identifier(draft), sql.Identifier(name)))
    return name


def per_worker(name: str) -> str:
    """Name a database that no other worker has."""
    return f"{name}_{WORKER}"
