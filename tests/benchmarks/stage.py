"""Where a run takes place: servers that several groups share, made when first needed."""

import contextlib
import functools
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from psycopg import sql

from dashboard.demo.databases import READER_NAME, connect, create_database, reader_url
from dashboard.demo.seed import seed
from dashboard.postgres.cluster import Cluster
from dashboard.settings import Settings
from tests.asking import configured
from tests.benchmarks import filling
from tests.faults.server import Server

NAMES = ("production", "staging", "local")
TARGET = NAMES[0]
OPTIONS = {
    "shared_buffers": "512MB",
    "max_connections": "500",
    "autovacuum": "off",  # it would run in the middle of somebody's turn
    "max_wal_size": "8GB",
}
COUNTING_CALLS = {
    "shared_preload_libraries": "pg_stat_statements",
    "pg_stat_statements.track_utility": "off",
}


@dataclass(frozen=True, slots=True)
class Options:
    """How much is to be done; `beside` is another working copy, to be measured in the same run."""

    quick: bool = False
    rows: int = 1_000_000
    minutes: float = 10.0
    beside: Path | None = None

    def rounds(self, thorough: int, quick: int) -> int:
        return quick if self.quick else thorough


@dataclass(frozen=True, slots=True)
class Filled:
    """Environments of the same size on one server."""

    cluster: Cluster
    urls: Mapping[str, str]


class Stage:
    """The servers of one run; they end with it."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        self._stack.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @functools.cached_property
    def folder(self) -> Path:
        return Path(self._stack.enter_context(tempfile.TemporaryDirectory()))

    @functools.cached_property
    def big(self) -> Filled:
        """Three environments with the projects asked for."""
        cluster = self.cluster()
        for name in NAMES:
            create_database(cluster, name, template=None if name == TARGET else TARGET)
            if name == TARGET:
                with connect(cluster, name) as connection:
                    filling.fill(connection, self.options.rows)
        return Filled(cluster, {name: reader_url(cluster, name) for name in NAMES})

    @functools.cached_property
    def demo(self) -> Cluster:
        """The demo's environments, on a server that counts what it is asked."""
        cluster = self.cluster(COUNTING_CALLS)
        seed(cluster)
        with connect(cluster, cluster.superuser) as connection:
            connection.execute("create extension pg_stat_statements")
        return cluster

    def cluster(self, options: Mapping[str, str] | None = None) -> Server:
        """Start a server whose reader may have any number of connections."""
        cluster = self._stack.enter_context(Server(options={**OPTIONS, **(options or {})}))
        create_database(cluster, "first")
        with connect(cluster, cluster.superuser) as connection:
            connection.execute(sql.SQL("alter role {} connection limit -1").format(READER_NAME))
        return cluster

    def settings(self, name: str, urls: Mapping[str, str], more: str = "") -> Settings:
        """Configure environments, in a folder of their own."""
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        return configured(folder, urls, more)
