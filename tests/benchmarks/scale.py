"""Hundreds of environments with nobody looking on: what keeps one process, and them, busy."""

import asyncio
import contextlib
import itertools
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from dashboard.demo.databases import connect, create_database, reader_url
from dashboard.postgres.cluster import Cluster
from tests.benchmarks import filling
from tests.benchmarks.report import Bound, Fact, Section, Target
from tests.benchmarks.serving import Served, served
from tests.benchmarks.stage import Stage
from tests.benchmarks.timing import Timing
from tests.benchmarks.viewers import Plan, Viewers, Visit, first_page

CLUSTERS = 4
MOST, FEWER = (400, 100), (40, 10)  # environments, and in a quick run
ROWS = 1_000
SETTLED_S = 75.0  # after the first page: each was asked again, at a moment of its own
MEASURED_S = 60.0
LOOKING_S = 20.0
START_LIMIT_S = 120.0
CORE_PERCENT, MEMORY_MIB, DATABASE_PERCENT = 20.0, 300.0, 1.0
FIRST_PAGE_MS, RERUN_MS = 2_000.0, 60.0
OWN_IDS = """
set session_replication_role = replica;
update "Project" set id = 'c{prefix}' || substr(id, 7);
update deployments set "projectId" = 'c{prefix}' || substr("projectId", 7);
update uploads set "projectId" = 'c{prefix}' || substr("projectId", 7);
"""
COMMIT = 'update "Project" set name = name where id = (select max(id) from "Project")'
BUSY_MS = """
select coalesce(sum(d.active_time), 0)
from pg_catalog.pg_stat_database as d
where d.datname like 'preview%'
"""
CONNECTED = """
select count(*) from pg_catalog.pg_stat_activity
where application_name = 'deployment-dashboard'
"""


@dataclass(frozen=True, slots=True)
class Place:
    cluster: Cluster
    database: str


@dataclass(frozen=True, slots=True)
class Minute:
    """What one process and the databases were kept busy by."""

    core_percent: float
    rss_mib: float
    connections: float
    database_percent: float


def measure(stage: Stage) -> Iterator[Section]:
    clusters = [stage.cluster() for _ in range(CLUSTERS)]
    most, fewer = (each[stage.options.quick] for each in (MOST, FEWER))
    places = dict(_made(clusters, most))
    some = dict(itertools.islice(places.items(), 0, None, most // fewer))
    with _served(stage, some) as server:
        few = _minute(server, some)
    with _served(stage, places) as server:
        alone = _minute(server, places)
        with _written(clusters):
            busy = _minute(server, places)
        page = _looked_at(server, most)
    yield _section(most, alone, busy, (fewer, few))
    yield page


def _made(clusters: Sequence[Cluster], number: int) -> Iterator[tuple[str, Place]]:
    """Make databases: every second one is a copy of a cluster's first, the rest have own IDs."""
    for place, cluster in enumerate(clusters):
        create_database(cluster, "origin")
        with connect(cluster, "origin") as connection:
            filling.fill(connection, ROWS)
            connection.execute(OWN_IDS.format(prefix=f"a{place:04x}").encode())
        for count in range(number // len(clusters)):
            name = f"preview_{place}_{count}"
            create_database(cluster, name, template="origin")
            if count % 2:
                with connect(cluster, name) as connection:
                    prefix = f"{place + 1:x}{count:04x}"
                    connection.execute(OWN_IDS.format(prefix=prefix).encode())
            yield name, Place(cluster, name)


@contextlib.contextmanager
def _served(stage: Stage, places: Mapping[str, Place]) -> Iterator[Served]:
    """Serve these, and wait until what is done once at the start was done."""
    urls = {name: reader_url(each.cluster, each.database) for name, each in places.items()}
    settings = stage.settings(f"scale-{len(urls)}", urls)
    assert settings.source
    with served(settings.source, settings.source.parent) as server:
        asyncio.run(first_page(server.address, Visit(), START_LIMIT_S))
        time.sleep(SETTLED_S)
        yield server


@contextlib.contextmanager
def _written(clusters: Sequence[Cluster]) -> Iterator[None]:
    """Commit something in every cluster, second after second."""
    over = threading.Event()

    def write() -> None:
        with contextlib.ExitStack() as stack:
            made = [stack.enter_context(connect(each, "origin")) for each in clusters]
            while not over.wait(1.0):
                for each in made:
                    each.execute(COMMIT)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _minute(server: Served, places: Mapping[str, Place]) -> Minute:
    clusters = list({id(each.cluster): each.cluster for each in places.values()}.values())
    cpu_s, busy_s, began = server.cpu_s, _told(clusters, BUSY_MS) / 1000, time.monotonic()
    time.sleep(MEASURED_S)
    seconds = time.monotonic() - began
    busy_s = _told(clusters, BUSY_MS) / 1000 - busy_s
    return Minute(
        100 * (server.cpu_s - cpu_s) / seconds,
        server.rss_mb * 1e6 / 2**20,
        _told(clusters, CONNECTED) / len(places),
        100 * busy_s / seconds / len(places),
    )


def _told(clusters: Sequence[Cluster], query: str) -> float:
    told = 0.0
    for each in clusters:
        with connect(each, each.superuser) as connection:
            ((number,),) = connection.execute(query.encode()).fetchall()
        told += float(number)
    return told


def _looked_at(server: Served, number: int) -> Section:
    seen = Viewers(Plan(server.address, (Visit(),), 1, LOOKING_S)).seen()
    first, reruns = Timing("first run", tuple(seen.first)), Timing("a run", tuple(seen.reruns))
    return Section(
        f"Health of {number} environments, one viewer",
        (first, reruns),
        "a run",
        targets=(
            Target("first page, p50", first.p50, Bound.AT_MOST, FIRST_PAGE_MS, "ms"),
            Target("a rerun, p50", reruns.p50, Bound.AT_MOST, RERUN_MS, "ms"),
        ),
    )


def _section(most: int, alone: Minute, busy: Minute, fewer: tuple[int, Minute]) -> Section:
    few, less = fewer
    return Section(
        f"{most} environments, each asked every minute, nobody looks on",
        facts=(
            Fact(f"of a core, {few} environments", round(less.core_percent, 1), "%"),
            Fact(f"memory, {few} environments", round(less.rss_mib), "MiB"),
            Fact(
                "of a core, something is committed every second", round(busy.core_percent, 1), "%"
            ),
            Fact("of a database's time then", round(busy.database_percent, 2), "%"),
        ),
        targets=(
            Target("of a core", alone.core_percent, Bound.AT_MOST, CORE_PERCENT, "%"),
            Target(
                "of a core, with something committed on every server",
                busy.core_percent,
                Bound.AT_MOST,
                CORE_PERCENT,
                "%",
            ),
            Target("memory", alone.rss_mib, Bound.AT_MOST, MEMORY_MIB, "MiB"),
            Target(
                "of a database's time",
                max(alone.database_percent, busy.database_percent),
                Bound.AT_MOST,
                DATABASE_PERCENT,
                "%",
            ),
            Target("connections at rest, each", alone.connections, Bound.AT_MOST, 1.0),
        ),
        notes=("Every second environment is a copy of one of four databases.",),
    )
