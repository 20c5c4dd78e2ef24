"""How many viewers one process takes, and what they cost it and the databases."""

import asyncio
import contextlib
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

from dashboard.demo.databases import READER, connect
from dashboard.demo.scenarios import SHOP, STAGING
from dashboard.demo.seed import connect_urls
from dashboard.demo.state import configuration
from dashboard.postgres.cluster import Cluster
from tests.benchmarks.report import Bound, Fact, Section, Target
from tests.benchmarks.serving import UNLIMITED, Served, served
from tests.benchmarks.stage import Stage
from tests.benchmarks.timing import Timing, percentile, since
from tests.benchmarks.viewers import Plan, Seen, Viewers, Visit, first_page

HEALTH = Visit()
LOOKUP = Visit("lookup", f"id={SHOP.id}&env={STAGING}")
SESSIONS = (1, 30, 100)
START_LIMIT_S = 60.0
SAMPLE_EVERY_S = 0.25
CALM_S = 8.0  # after the first page: by then what is asked once at the start was asked
RUNS_PER_S = 40.0
START_S = 4.0
CALLS = """
select coalesce(sum(s.calls), 0)
from pg_stat_statements as s
inner join pg_catalog.pg_roles as r on s.userid = r.oid
where r.rolname = %s
"""


@dataclass(frozen=True, slots=True)
class Load:
    """So many sessions at once: what they saw, and what it cost."""

    sessions: int
    seen: Seen
    rss_mb: float
    cpu_s: float
    statements: int

    @property
    def runs_per_s(self) -> float:
        """Tell how many runs were finished; none where a session was lost on the way."""
        return len(self.seen.reruns) / self.seen.wall_s if self.seen.wall_s else 0.0


def measure(stage: Stage) -> Iterator[Section]:
    yield starting(stage)
    yield viewed(stage, "Health", HEALTH)
    yield viewed(stage, "Lookup", LOOKUP)


@contextlib.contextmanager
def demo_served(stage: Stage, starter: str = UNLIMITED) -> Iterator[Served]:
    path = stage.folder / "served.toml"
    path.write_text(configuration(connect_urls(stage.demo)), encoding="utf-8")
    with served(path, stage.folder, starter) as server:
        yield server


def starting(stage: Stage) -> Section:
    times, cpu_s = [], []
    for _ in range(stage.options.rounds(5, 3)):
        with demo_served(stage) as server:
            asyncio.run(first_page(server.address, HEALTH, START_LIMIT_S))
            times.append(since(server.started))
            cpu_s.append(server.cpu_s)
    timing = Timing("from the start of the process to the first finished page", tuple(times))
    return Section(
        "Starting the server",
        (timing,),
        facts=(Fact("processor time until then, median", percentile(cpu_s, 0.5), "s"),),
        targets=(
            Target("start to first page, p50", timing.p50 / 1000, Bound.AT_MOST, START_S, "s"),
        ),
    )


def viewed(stage: Stage, title: str, visit: Visit) -> Section:
    """Let ever more sessions run a page as fast as it comes, without a pause to read."""
    before = _calls(stage.demo)
    with demo_served(stage) as server:
        asyncio.run(first_page(server.address, visit, START_LIMIT_S))
        time.sleep(CALM_S)
        once = _calls(stage.demo) - before
        before_mb = server.rss_mb
        seconds = stage.options.rounds(30, 10)
        loads = [_load(stage.demo, server, visit, number, seconds) for number in SESSIONS]
    return Section(
        f"{title}: sessions that run the page as fast as it comes",
        tuple(_timings(title, loads)),
        _name(title, 1, "a run") if loads[0].seen.reruns else None,
        facts=tuple(_facts(loads, before_mb)),
        targets=tuple(_targets(title, loads, once)),
        notes=("The viewers, the databases and the server share the cores of this machine.",),
    )


def _load(cluster: Cluster, server: Served, visit: Visit, sessions: int, seconds: float) -> Load:
    calls, cpu_s = _calls(cluster), server.cpu_s
    with sampled(server) as memory:
        seen = Viewers(Plan(server.address, (visit,), sessions, seconds)).seen()
    return Load(sessions, seen, max(memory), server.cpu_s - cpu_s, _calls(cluster) - calls)


@contextlib.contextmanager
def sampled(server: Served) -> Iterator[list[float]]:
    """Weigh the server again and again, in megabytes."""
    weighed = [server.rss_mb]
    over = threading.Event()

    def weigh() -> None:
        while not over.wait(SAMPLE_EVERY_S):
            weighed.append(server.rss_mb)

    thread = threading.Thread(target=weigh)
    thread.start()
    yield weighed
    over.set()
    thread.join()


def _calls(cluster: Cluster) -> int:
    """Count the statements that the dashboard's role has sent to all databases so far."""
    with connect(cluster, cluster.superuser) as connection:
        ((calls,),) = connection.execute(CALLS, [READER]).fetchall()
    return int(calls)


def _name(title: str, sessions: int, what: str) -> str:
    return f"{title}, {sessions} at once: {what}"


def _timings(title: str, loads: list[Load]) -> Iterator[Timing]:
    for load in loads:
        for what, times in (("first run", load.seen.first), ("a run", load.seen.reruns)):
            if times:
                yield Timing(_name(title, load.sessions, what), tuple(times))


def _facts(loads: list[Load], before_mb: float) -> Iterator[Fact]:
    yield Fact("memory before", round(before_mb), "MB")
    for load in loads:
        runs = max(1, len(load.seen.first) + len(load.seen.reruns))
        for what, value, unit in (
            ("runs per second", round(load.runs_per_s, 1), ""),
            ("processor time of the server, a run", round(1000 * load.cpu_s / runs, 1), "ms"),
            ("memory at most", round(load.rss_mb), "MB"),
            ("memory, a session", round((load.rss_mb - before_mb) / load.sessions, 2), "MB"),
            ("statements sent to the databases", load.statements, ""),
            ("of these, a run", round(load.statements / runs, 2), ""),
            ("failed sessions and exceptions", len(load.seen.failed) + load.seen.exceptions, ""),
            ("headlines", _headlines(load.seen), ""),
        ):
            yield Fact(f"{load.sessions} at once: {what}", value, unit)


def _headlines(seen: Seen) -> str:
    """Tell what was read most: the same page may say something else when it is in a hurry."""
    told = sorted(seen.headlines.items(), key=lambda pair: -pair[1])
    return "; ".join(f"{number} × {_plain(words)}" for words, number in told[:3])


def _plain(words: str) -> str:
    """Leave out the marks of Markdown, which may stand anywhere in a headline."""
    return re.sub(r"[\\|*]|:\w+\[\]", "", words)[:60] or "none"


def _targets(title: str, loads: list[Load], once: int) -> Iterator[Target]:
    if title != "Health":
        return
    best = max(each.runs_per_s for each in loads)
    yield Target("Health, page runs per second of a process", best, Bound.AT_LEAST, RUNS_PER_S)
    for load in loads:
        yield Target(
            f"Health, statements sent while {load.sessions} look on, to those of one start",
            load.statements / max(1, once),
            Bound.AT_MOST,
            1,
            "times",
        )
