"""Viewers that come and go: memory, connections, threads and open files stay as they are."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from dashboard.demo.databases import Connection, connect
from dashboard.demo.scenarios import ONLY_LOCAL, SHOP, STAGING
from tests.benchmarks.capacity import START_LIMIT_S, demo_served
from tests.benchmarks.report import Bound, Fact, Section, Target
from tests.benchmarks.serving import Served
from tests.benchmarks.stage import Stage
from tests.benchmarks.timing import Timing, percentile
from tests.benchmarks.viewers import Plan, Seen, Viewers, Visit, first_page

VIEWERS = 8
SAMPLE_EVERY_S = 1.0
VISITS = (
    Visit(),
    Visit("lookup", f"id={SHOP.id}&env={STAGING}"),
    Visit("lookup", f"id={ONLY_LOCAL.id}&env={STAGING}"),
    Visit("failures"),
    Visit("orphans"),
    Visit("migrations"),
)
ENVIRONMENTS = 3  # of the demo's that answer
CONNECTIONS = 2 * ENVIRONMENTS
GROWTH = 1.1
KEPT_SESSIONS, FILES_OF_A_SESSION = 128, 3
OTHER_FILES = 50  # websockets, and the history's
CONNECTED = """
select count(*) from pg_catalog.pg_stat_activity
where application_name = 'deployment-dashboard'
"""


@dataclass(frozen=True, slots=True)
class Sample:
    rss_mb: float
    threads: int
    files: int
    connections: int


def measure(stage: Stage) -> Iterator[Section]:
    seconds = stage.options.minutes * 60
    with connect(stage.demo, stage.demo.superuser) as superuser, demo_served(stage) as server:
        asyncio.run(first_page(server.address, VISITS[0], START_LIMIT_S))
        viewers = Viewers(Plan(server.address, VISITS, VIEWERS, seconds, staying=False))
        samples = list(_samples(viewers, server, superuser))
        seen = viewers.seen()
    yield _section(stage, seen, samples)


def _samples(viewers: Viewers, server: Served, superuser: Connection) -> Iterator[Sample]:
    while viewers.looking:
        ((connections,),) = superuser.execute(CONNECTED).fetchall()
        process = server.process
        yield Sample(server.rss_mb, process.num_threads(), process.num_fds(), connections)
        time.sleep(SAMPLE_EVERY_S)


def _section(stage: Stage, seen: Seen, samples: Sequence[Sample]) -> Section:
    third, last = _third(samples, 1), _third(samples, 2)
    rss = _median(third, lambda each: each.rss_mb), _median(last, lambda each: each.rss_mb)
    # medians: what is in use changes from moment to moment, its level should not
    threads = _median(last, lambda each: each.threads) / _median(third, lambda each: each.threads)
    most = max(each.connections for each in samples)
    files = max(each.files for each in samples)
    most_files = samples[0].files + FILES_OF_A_SESSION * (KEPT_SESSIONS + VIEWERS) + OTHER_FILES
    return Section(
        f"{VIEWERS} viewers that come and go for {stage.options.minutes:g} minutes",
        (Timing("first run of a session", tuple(seen.first)), Timing("a run", tuple(seen.reruns))),
        "a run",
        facts=(
            Fact("sessions", len(seen.first)),
            Fact("memory, median of the second third", round(rss[0]), "MB"),
            Fact("memory, median of the last third", round(rss[1]), "MB"),
            Fact("threads at first", samples[0].threads),
            Fact("threads at most", max(each.threads for each in samples)),
            Fact("open files at first", samples[0].files),
        ),
        targets=(
            Target(
                "memory, last third to the second", rss[1] / rss[0], Bound.AT_MOST, GROWTH, "times"
            ),
            Target("threads, last third to the second", threads, Bound.AT_MOST, GROWTH, "times"),
            Target("open files at most", files, Bound.AT_MOST, most_files),
            Target("connections at most", most, Bound.AT_MOST, CONNECTIONS),
            Target("failed sessions", len(seen.failed), Bound.AT_MOST, 0),
            Target("exceptions on pages", seen.exceptions, Bound.AT_MOST, 0),
        ),
        notes=(
            "Streamlit keeps a session that was left for two minutes, 128 of them at most, each "
            "with an event loop of three open files: memory and files are level only after that.",
        ),
    )


def _third(samples: Sequence[Sample], number: int) -> Sequence[Sample]:
    """Take the first, second or last third, counted from 0."""
    size = len(samples) // 3
    return samples[number * size : (number + 1) * size] or samples


def _median(samples: Sequence[Sample], measure: Callable[[Sample], float]) -> float:
    return percentile([measure(each) for each in samples], 0.5)
