"""Hundreds of environments with nobody looking on: what keeps one process, and them, busy."""

import asyncio
import contextlib
import itertools
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from psycopg.rows import TupleRow

from dashboard.demo.databases import connect, create_database, reader_url
from dashboard.settings import project_folder
from tests.benchmarks import filling
from tests.benchmarks.report import Bound, Fact, Section, Target
from tests.benchmarks.serving import Served, served
from tests.benchmarks.stage import COUNTING_CALLS, Stage
from tests.benchmarks.timing import Timing
from tests.benchmarks.viewers import Plan, Viewers, Visit, first_page
from tests.faults.server import Server

CLUSTERS = 4
MOST, FEWER = (400, 100), (40, 10)  # environments, and in a quick run
ROWS = 1_000
STARTING_S = 60.0  # in which connections are counted
SETTLED_S = 270.0  # after the start: all was asked once, and each knows what the others have
EMPTY_S = 10.0
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
SPENT = """
select
    coalesce(sum(s.total_exec_time + s.total_plan_time), 0),
    coalesce(sum(s.calls) filter (where s.query like '%txid_current_snapshot%'), 0)
from pg_stat_statements as s
inner join pg_catalog.pg_roles as r on s.userid = r.oid
where r.rolname = 'dashboard_reader'
"""
CONNECTED = """
select pid from pg_catalog.pg_stat_activity
where application_name = 'deployment-dashboard'
"""
COUNTING = {**COUNTING_CALLS, "pg_stat_statements.track_planning": "on"}


@dataclass(frozen=True, slots=True)
class Place:
    cluster: Server
    database: str


@dataclass(frozen=True, slots=True)
class Minute:
    """What one process and the databases were kept busy by."""

    core_percent: float
    rss_mib: float
    connections: float
    database_percent: float
    asks: float


@dataclass(slots=True)
class Start:
    """Connections from the start on: those seen for the first time, second after second."""

    clusters: Sequence[Server]
    seen: set[tuple[int, int]] = field(default_factory=set)
    most_new: int = 0
    most: int = 0

    def watch(self, over: threading.Event) -> None:
        with contextlib.ExitStack() as stack:
            made = [stack.enter_context(connect(each, each.superuser)) for each in self.clusters]
            while not over.wait(1.0):
                now = {
                    (place, pid)
                    for place, each in enumerate(made)
                    for (pid,) in each.execute(CONNECTED.encode()).fetchall()
                }
                self.most_new = max(self.most_new, len(now - self.seen))
                self.most = max(self.most, len(now))
                self.seen |= now


@dataclass(frozen=True, slots=True)
class Measured:
    """One working copy: some environments, all of them, and something written in them."""

    empty_mib: float
    few: Minute
    start: Start
    alone: Minute
    busy: Minute


def measure(stage: Stage) -> Iterator[Section]:
    clusters = [_counting(stage) for _ in range(CLUSTERS)]
    most, fewer = (each[stage.options.quick] for each in (MOST, FEWER))
    places = dict(made(clusters, most))
    some = dict(itertools.islice(places.items(), 0, None, most // fewer))
    for program in filter(None, (stage.options.beside, project_folder())):
        empty_mib = _empty(stage, program)
        with _served(stage, some, program) as (server, _):
            few = _minute(server, some)
        with _served(stage, places, program) as (server, start):
            alone = _minute(server, places)
            with _written(clusters):
                busy = _minute(server, places)
            page = _looked_at(server, most)
        named = f", as in {program.name}" if program == stage.options.beside else ""
        measured = Measured(empty_mib, few, start, alone, busy)
        yield _section(
            f"{most} environments, each asked every minute, nobody looks on{named}",
            measured,
            fewer,
            most,
        )
        yield replace(page, title=f"{page.title}{named}")


def _counting(stage: Stage) -> Server:
    cluster = stage.cluster(COUNTING)
    with connect(cluster, cluster.superuser) as connection:
        connection.execute("create extension pg_stat_statements")
    return cluster


def _empty(stage: Stage, program: Path) -> float:
    """Tell how much memory a process takes that has nobody to ask."""
    settings = stage.settings("scale-0", {})
    assert settings.source
    with served(settings.source, settings.source.parent, program=program) as server:
        asyncio.run(first_page(server.address, Visit(), START_LIMIT_S))
        time.sleep(EMPTY_S)
        return server.rss_mb * 1e6 / 2**20


def made(clusters: Sequence[Server], number: int) -> Iterator[tuple[str, Place]]:
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
def _served(
    stage: Stage, places: Mapping[str, Place], program: Path
) -> Iterator[tuple[Served, Start]]:
    """Serve these, and wait until what is done once at the start was done."""
    urls = {name: reader_url(each.cluster, each.database) for name, each in places.items()}
    settings = stage.settings(f"scale-{len(urls)}", urls)
    assert settings.source
    start, over = Start(_clusters(places)), threading.Event()
    watching = threading.Thread(target=start.watch, args=(over,))
    with served(settings.source, settings.source.parent, program=program) as server:
        watching.start()
        try:
            asyncio.run(first_page(server.address, Visit(), START_LIMIT_S))
            time.sleep(max(0.0, STARTING_S - server.age_s))
        finally:
            over.set()
            watching.join()
        time.sleep(max(0.0, SETTLED_S - server.age_s))
        yield server, start


@contextlib.contextmanager
def _written(clusters: Sequence[Server]) -> Iterator[None]:
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
    clusters = _clusters(places)
    cpu_s, (busy_ms, asks), began = server.cpu_s, _spent(clusters), time.monotonic()
    time.sleep(MEASURED_S)
    seconds, (busy_then_ms, asks_then) = time.monotonic() - began, _spent(clusters)
    return Minute(
        100 * (server.cpu_s - cpu_s) / seconds,
        server.rss_mb * 1e6 / 2**20,
        sum(len(_rows(each, CONNECTED)) for each in clusters) / len(places),
        100 * (busy_then_ms - busy_ms) / 1000 / seconds / len(places),
        (asks_then - asks) / len(places) / seconds * 60,
    )


def _clusters(places: Mapping[str, Place]) -> list[Server]:
    return list({id(each.cluster): each.cluster for each in places.values()}.values())


def _spent(clusters: Sequence[Server]) -> tuple[float, float]:
    """Tell how long the servers worked for the dashboard, in ms, and how often they were asked."""
    told = [_rows(each, SPENT)[0] for each in clusters]
    return sum(float(ms) for ms, _ in told), sum(float(asks) for _, asks in told)


def _rows(cluster: Server, query: str) -> list[TupleRow]:
    with connect(cluster, cluster.superuser) as connection:
        return connection.execute(query.encode()).fetchall()


def _looked_at(server: Served, number: int) -> Section:
    cpu_s = server.cpu_s
    seen = Viewers(Plan(server.address, (Visit(),), 1, LOOKING_S)).seen()
    a_run_ms = 1000 * (server.cpu_s - cpu_s) / (len(seen.first) + len(seen.reruns))
    first, reruns = Timing("first run", tuple(seen.first)), Timing("a run", tuple(seen.reruns))
    return Section(
        f"Health of {number} environments, one viewer",
        (first, reruns),
        "a run",
        facts=(Fact("processor time a run, and of all that is asked meanwhile", a_run_ms, "ms"),),
        targets=(
            Target("first page, p50", first.p50, Bound.AT_MOST, FIRST_PAGE_MS, "ms"),
            Target("a rerun, p50", reruns.p50, Bound.AT_MOST, RERUN_MS, "ms"),
        ),
    )


def _section(title: str, measured: Measured, fewer: int, most: int) -> Section:
    few, alone, busy, start = measured.few, measured.alone, measured.busy, measured.start
    return Section(
        title,
        facts=(
            Fact("memory, no environment", round(measured.empty_mib), "MiB"),
            Fact(f"memory, {fewer} environments", round(few.rss_mib), "MiB"),
            Fact(f"memory, {most} environments", round(alone.rss_mib), "MiB"),
            Fact(f"of a core, {fewer} environments", round(few.core_percent, 1), "%"),
            Fact("asked a minute, each", round(alone.asks, 2)),
            Fact("processor time an ask", _ask_ms(alone, most), "ms"),
            Fact("the same, something is committed every second", _ask_ms(busy, most), "ms"),
            Fact("of a database's time then", round(busy.database_percent, 3), "%"),
            Fact("connections made in the first minute", len(start.seen)),
            Fact("of these in the busiest second", start.most_new),
            Fact("connections at most in the first minute, each", round(start.most / most, 2)),
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
            Target("memory", max(alone.rss_mib, busy.rss_mib), Bound.AT_MOST, MEMORY_MIB, "MiB"),
            Target(
                "of a database's time",
                max(alone.database_percent, busy.database_percent),
                Bound.AT_MOST,
                DATABASE_PERCENT,
                "%",
            ),
            Target("connections at rest, each", alone.connections, Bound.AT_MOST, 1.0),
        ),
        notes=(
            "Every second environment is a copy of one of four databases.",
            "A database's time is what its server counts: planning and executing statements.",
        ),
    )


def _ask_ms(minute: Minute, number: int) -> float | str:
    if not minute.asks:  # by an older working copy, which asks otherwise
        return "not known"
    return round(minute.core_percent * 600 / minute.asks / number, 1)
