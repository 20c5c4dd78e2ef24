"""A day in ten minutes: processes that share, people who look on, and all that can stop does.

Minutes are seconds: see tests/state/hurried.py. What has to be told is known, as it is done here.
"""

import asyncio
import contextlib
import itertools
import re
import signal
import statistics
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import psycopg

from dashboard.demo.databases import connect, reader_url
from tests import logs
from tests.benchmarks.report import Bound, Fact, Section, Target
from tests.benchmarks.scale import Place, made
from tests.benchmarks.serving import Served, served
from tests.benchmarks.stage import Stage
from tests.benchmarks.timing import Timing
from tests.benchmarks.viewers import Plan, Seen, Viewers, Visit, first_page
from tests.faults.server import Server
from tests.state.inbox import Inbox, receiving

CLUSTERS, REPLICAS, VIEWERS = 4, 3, 4
ENVIRONMENTS = 200, 24  # and in a quick run
INTERVALS_S = 10.0, 5.0
LEASE, SETTLED, SILENT = 1.5, 2.0, 7.5  # in intervals, as in hurried.py
BROKEN = 3  # environments at a time
START_LIMIT_S = 120.0
PATIENCE = 15.0  # intervals in which something has to be told
EARLY = 0.8  # of an interval: what is asked sooner is asked twice in it
GROWTH = 1.1
VISITS = (Visit(), Visit("failures"), Visit("orphans"), Visit("migrations"))
KEY = "deployments_projectId_fkey"
BREAK = f'alter table deployments drop constraint "{KEY}"'
MEND = (
    f'alter table deployments add constraint "{KEY}" foreign key ("projectId") '
    'references "Project" (id) on update cascade on delete cascade'
)
CALM = "nothing happened"
CRITICAL, RECOVERED, SILENCE = "is critical", "has recovered", "does not answer"
SAID = re.compile(r"^(\S+) (is|has|does|needs)( .*) since ", re.MULTILINE)
CONNECTED = """
select datname, count(*) from pg_catalog.pg_stat_activity
where application_name like 'deployment-dashboard%' group by datname
"""

Said = tuple[str, str]  # an environment, and what is said of it


@dataclass(frozen=True, slots=True)
class Sample:
    """What the process that lives throughout uses, and what all hold of the databases."""

    at: float
    rss_mb: float
    threads: int
    files: int
    connections: int
    most_of_one: int
    of_state: int


@dataclass
class Site:
    """`expected` is what has to be told; `away` when the state database was, or a process died."""

    interval_s: float
    places: Mapping[str, Place]
    clusters: Sequence[Server]
    state: Server
    inbox: Inbox
    start: Callable[[int], Served]
    replicas: dict[int, Served] = field(default_factory=dict)
    expected: Counter[Said] = field(default_factory=Counter)
    late_s: list[float] = field(default_factory=list)
    away: list[tuple[str, float, float]] = field(default_factory=list)
    stops: Counter[str] = field(default_factory=Counter)
    began: float = field(default_factory=time.time)

    @property
    def told(self) -> Counter[Said]:
        return Counter(
            (name, f"{verb}{rest}")
            for each in self.inbox.told
            if "(may have been told before)" not in each.title
            for name, verb, rest in SAID.findall(each.message)
        )

    def say(self, what: str) -> None:
        """Let whoever waits see how far it is."""
        minutes, seconds = divmod(round(time.time() - self.began), 60)
        sys.stderr.write(f"{minutes:3}:{seconds:02} {what}\n")

    def rest(self, intervals: float) -> None:
        time.sleep(intervals * self.interval_s)

    def tells(self, names: Sequence[str], what: str) -> None:
        """Wait until it was told of all of them."""
        self.say(f"{len(names)} environments: to be told that each {what}")
        self.expected.update((name, what) for name in names)
        began = time.monotonic()
        while self.expected - self.told and time.monotonic() - began < PATIENCE * self.interval_s:
            time.sleep(0.5)
        self.late_s.append(time.monotonic() - began)

    def run(self, names: Sequence[str], statement: str) -> None:
        for name in names:
            place = self.places[name]
            with connect(place.cluster, place.database) as connection:
                connection.execute(statement.encode())

    def on(self, cluster: int) -> list[str]:
        return [n for n, each in self.places.items() if each.cluster is self.clusters[cluster]]

    @contextlib.contextmanager
    def noted(self, what: str) -> Iterator[None]:
        self.say(what)
        self.stops[what] += 1
        began = time.time()
        yield
        self.away.append((what, began, time.time()))

    def killed(self, number: int) -> None:
        """Kill a process, and start another in its place after a while."""
        with self.noted("processes killed and started"):
            self.replicas[number].process.kill()
            self.replicas[number].process.wait()
            self.rest(LEASE + 1)
        self.replicas[number] = self.start(number)


def measure(stage: Stage) -> Iterator[Section]:
    quick = stage.options.quick
    with contextlib.ExitStack() as running:
        site = _site(stage, running, ENVIRONMENTS[quick], INTERVALS_S[quick])
        for number in range(REPLICAS):
            site.replicas[number] = site.start(number)
        for each in site.replicas.values():
            asyncio.run(first_page(each.address, VISITS[0], START_LIMIT_S))
        site.say("all serve")
        site.rest(6)  # each is asked at moments of its own by then
        began, seconds = time.time(), stage.options.minutes * 60
        plan = Plan(site.replicas[0].address, VISITS, VIEWERS, seconds, staying=False)
        viewers = Viewers(plan)
        with _sampled(site) as samples:
            for _ in _until(seconds):
                _troubles(site)
        seen = viewers.seen()
        asked = _asked(site, began)
    yield _shared(site, samples, asked)
    yield _alerted(site)
    yield _looked_at(seen, stage.options.minutes)


def _until(seconds: float) -> Iterator[int]:
    began = time.monotonic()
    for number in itertools.count():
        if number and time.monotonic() - began > seconds * 0.75:
            return
        yield number


def _troubles(site: Site) -> None:
    """Let everything happen once that happens in a day."""
    names = (*site.on(0), *site.on(1))
    cycle = site.stops["processes killed and started"]
    first, second = (
        [names[(cycle * BROKEN + more + n * 7) % len(names)] for n in range(BROKEN)]
        for more in (0, 1)
    )
    site.rest(2)
    site.run(first, BREAK)
    site.tells(first, CRITICAL)
    site.killed(1)
    with site.noted("servers stopped for a moment"), site.clusters[2].halted(signal.SIGINT):
        site.rest(SILENT / 2)
    site.run(first, MEND)
    site.tells(first, RECOVERED)
    with site.noted("servers stopped for longer"), site.clusters[3].halted(signal.SIGQUIT):
        site.tells(site.on(3), SILENCE)
    site.tells(site.on(3), RECOVERED)
    with site.noted("state database stopped"), site.state.halted(signal.SIGINT):
        site.run(second, BREAK)
        site.rest(LEASE + 2 * SETTLED)
    site.tells(second, CRITICAL)
    site.killed(2)
    site.run(second, MEND)
    site.tells(second, RECOVERED)


def _site(stage: Stage, running: contextlib.ExitStack, number: int, interval_s: float) -> Site:
    written = {**logs.LOGGING, "log_destination": "jsonlog", "log_statement": "all"}
    clusters = [stage.cluster(written) for _ in range(CLUSTERS)]
    state = stage.cluster()
    with connect(state, state.superuser) as connection:
        connection.execute("create database kept")
    inbox = running.enter_context(receiving())
    places = dict(made(clusters, number))
    urls = {name: reader_url(each.cluster, each.database) for name, each in places.items()}
    more = (
        f"[state]\nurl = '{state.url('kept')}'\n"
        f"[[alerts.route]]\nname = 'on-call'\nurl = 'json://127.0.0.1:{inbox.port}/x'\n"
    )
    settings = stage.settings("soak", urls, more)
    assert settings.source
    configuration: Path = settings.source

    def start(number: int) -> Served:
        folder = configuration.parent / f"replica-{number}-{time.monotonic_ns()}"
        folder.mkdir()
        variables = {"INTERVAL_S": str(interval_s), "STREAMLIT_SERVER_COOKIE_SECRET": "the same"}
        starting = served(configuration, folder, "tests.state.hurried", variables)
        return running.enter_context(starting)

    return Site(interval_s, places, clusters, state, inbox, start)


@contextlib.contextmanager
def _sampled(site: Site) -> Iterator[list[Sample]]:
    samples: list[Sample] = []
    over = threading.Event()

    def sample() -> None:
        while not over.wait(1.0):
            per_database = [n for each in site.clusters for n in _connections(each)]
            process = site.replicas[0].process
            samples.append(
                Sample(
                    time.time(),
                    site.replicas[0].rss_mb,
                    process.num_threads(),
                    process.num_fds(),
                    sum(per_database),
                    max(per_database, default=0),
                    sum(_connections(site.state)),
                )
            )

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield samples
    finally:
        over.set()
        thread.join()


def _connections(cluster: Server) -> list[int]:
    """Count those to each database; none while the server is stopped."""
    with (
        contextlib.suppress(psycopg.OperationalError),
        connect(cluster, cluster.superuser) as connection,
    ):
        return [number for _, number in connection.execute(CONNECTED).fetchall()]
    return []


@dataclass(frozen=True, slots=True)
class Asked:
    """How often, and how often twice in an interval, by what had just happened.

    `unexpected` are those that nothing explains.
    """

    times: int
    twice: Counter[str]
    unexpected: Sequence[str]


def _asked(site: Site, began: float) -> Asked:
    until, limit = time.time(), EARLY * site.interval_s
    times, twice, unexpected = 0, Counter[str](), list[str]()
    for cluster in site.clusters:
        for name, moments in logs.asked(cluster, began, until).items():
            times += len(moments)
            for earlier, later in pairwise(sorted(moments)):
                if later - earlier < limit:
                    happened = _just_happened(site, later)
                    twice[happened] += 1
                    if happened == CALM:
                        after_s = round(later - site.began)
                        unexpected.append(f"{name} at {after_s} s after {later - earlier:.1f} s")
    return Asked(times, twice, unexpected)


def _just_happened(site: Site, moment: float) -> str:
    after_s = 2 * site.interval_s
    happened = (what for what, since, end in site.away if since <= moment <= end + after_s)
    return next(happened, CALM)


def _shared(site: Site, samples: Sequence[Sample], asked: Asked) -> Section:
    third = len(samples) // 3
    before, last = samples[third : 2 * third], samples[2 * third :]

    memory = [_median(each, lambda sample: sample.rss_mb) for each in (before, last)]
    # at rest: while what they share is away, each asks all
    fewest = [min(sample.threads for sample in each) for each in (before, last)]
    number = len(site.places)
    return Section(
        f"{number} environments on {CLUSTERS} servers, shared by {REPLICAS} processes",
        facts=(
            Fact("an interval, which is a minute otherwise", site.interval_s, "s"),
            Fact("environments asked", asked.times),
            *(Fact(what, times) for what, times in site.stops.items()),
            Fact(
                "memory of the process that was never killed, second third", round(memory[0]), "MB"
            ),
            Fact("memory, last third", round(memory[1]), "MB"),
            Fact("threads at most", max(each.threads for each in samples)),
            Fact("open files at most", max(each.files for each in samples)),
            Fact(
                "connections to an environment, median",
                round(_median(samples, lambda s: s.connections) / number, 2),
            ),
            Fact("connections to an environment at most", max(e.most_of_one for e in samples)),
            *(Fact(f"asked twice: {what}", asked.twice[what]) for what in site.stops),
            Fact(f"asked twice while {CALM}", ", ".join(asked.unexpected[:10]) or "nobody"),
        ),
        targets=(
            Target(
                "memory, last third to the second",
                memory[1] / memory[0],
                Bound.AT_MOST,
                GROWTH,
                "times",
            ),
            Target(
                "threads at the fewest, last third to the second",
                fewest[1] / fewest[0],
                Bound.AT_MOST,
                GROWTH,
                "times",
            ),
            Target(
                "connections to all environments, median",
                _median(samples, lambda each: each.connections),
                Bound.AT_MOST,
                number * 1.1,
            ),
            Target(
                "connections to the state database at most",
                max(each.of_state for each in samples),
                Bound.AT_MOST,
                4 * REPLICAS,
            ),
            Target("asked twice while nothing happened", asked.twice[CALM], Bound.AT_MOST, 0),
        ),
    )


def _alerted(site: Site) -> Section:
    told, expected = site.told, site.expected
    again = sum("(may have been told before)" in each.title for each in site.inbox.told)
    return Section(
        "What was told",
        facts=(
            Fact("messages", len(site.inbox.told)),
            Fact("that say they may have been told before", again),
            Fact("things to tell", expected.total()),
            Fact(
                "longest until all was told",
                round(max(site.late_s) / site.interval_s, 1),
                "intervals",
            ),
            Fact("told without a reason", _named(told - expected)),
            Fact("not told", _named(expected - told)),
        ),
        targets=(
            Target("false alerts and doubled ones", (told - expected).total(), Bound.AT_MOST, 0),
            Target("missed alerts", (expected - told).total(), Bound.AT_MOST, 0),
        ),
    )


def _named(said: Counter[Said]) -> str:
    return ", ".join(f"{name} {what}" for name, what in sorted(said)[:5]) or "nothing"


def _looked_at(seen: Seen, minutes: float) -> Section:
    return Section(
        f"{VIEWERS} viewers that come and go for {minutes:g} minutes",
        (Timing("first run of a session", tuple(seen.first)), Timing("a run", tuple(seen.reruns))),
        "a run",
        targets=(
            Target("failed sessions", len(seen.failed), Bound.AT_MOST, 0),
            Target("exceptions on pages", seen.exceptions, Bound.AT_MOST, 0),
        ),
    )


def _median(samples: Sequence[Sample], measured: Callable[[Sample], float]) -> float:
    return statistics.median(map(measured, samples))
