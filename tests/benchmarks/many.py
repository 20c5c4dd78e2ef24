"""Many environments at once: the answer is there when the slowest has answered."""

import contextlib
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from dashboard.collect.catalog import Definitions
from dashboard.collect.collector import Collector
from dashboard.demo.databases import connect, create_database, reader_url
from dashboard.diagnose.facts import IdFacts
from dashboard.diagnose.paste import read
from dashboard.environments import Environment
from dashboard.postgres import LOOKUP
from tests.benchmarks import filling, rivals
from tests.benchmarks.latency import Proxies
from tests.benchmarks.report import Bound, Fact, Section, Target, p50_of
from tests.benchmarks.stage import Stage
from tests.benchmarks.timing import Way, cpu_ms, interleaved, since

NUMBERS = (3, 10, 50, 200)
DATABASES = 4
ROWS = 1_000
NEAREST_MS, FARTHEST_MS = 20.0, 80.0
SLOW_MS = 1000.0
DEAD, SLOW = "the-dead-one", "the-slow-one"
TIMES_THE_FARTHEST = 2.0
TIMES_THE_BARE = 1.5
GIVING_UP_MS = 100.0
PROCESSOR_MS = 0.6
FILLING_A_QUEUE = 4
ID = filling.project(7)
PASTE = read(ID)

FIRST, HALF, LAST = "first answer", "half of the answers", "last answer of the healthy"
FARTHEST = "the farthest alone"
BARE = "one bare SELECT in each, all at once"
SUM = "one after the other"
SLOW_ANSWER = f"answer of the slow one, {SLOW_MS:g} ms away"
GIVEN_UP = "the dead one given up, and so the end"


def measure(stage: Stage) -> Iterator[Section]:
    cluster = stage.cluster()
    names = [f"shared_{number}" for number in range(DATABASES)]
    for name in names:
        create_database(cluster, name)
        with connect(cluster, name) as connection:
            filling.fill(connection, ROWS)
    urls = [reader_url(cluster, name) for name in names]
    for number in NUMBERS:
        yield from _of(stage, cluster.port, urls, number)


def _of(stage: Stage, port: int, urls: Sequence[str], number: int) -> Iterator[Section]:
    step = (FARTHEST_MS - NEAREST_MS) / (number - 1)
    round_trips = [NEAREST_MS + step * place for place in range(number)]
    with Proxies(port, [*round_trips, NEAREST_MS]) as proxies, dead_port() as dead:
        *near, last = (
            urls[place % len(urls)].replace(f":{port}/", f":{proxy}/")
            for place, proxy in enumerate(proxies.ports)
        )
        healthy = {f"environment-{place}": url for place, url in enumerate(near)}
        yield _all_healthy(stage, healthy)
        unwell = {DEAD: urls[0].replace(f":{port}/", f":{dead}/"), SLOW: last}
        yield _unwell(stage, {**healthy, **unwell}, lambda: proxies.change(number, SLOW_MS))


def _all_healthy(stage: Stage, urls: Mapping[str, str]) -> Section:
    number = len(urls)
    rounds = stage.options.rounds(40, 10)
    with _watched(stage, urls) as watch, rivals.bare(urls) as bare:
        cold, answered = watch.together(), watch.fewest
        watch.warm_up()
        watch.together()
        timings = interleaved(
            [
                Way(FARTHEST, watch.farthest_alone),
                Way(BARE, lambda: bare.all(ID)),
                Way(LAST, watch.together),
                Way(SUM, watch.one_after_the_other, every=1 if number <= 10 else rounds // 2),
            ],
            rounds,
            warm_rounds=0,
        )
        each_ms = cpu_ms(watch.together, times=3) / number
    return Section(
        f"{number} environments, {NEAREST_MS:g} to {FARTHEST_MS:g} ms away, all healthy",
        timings,
        FARTHEST,
        facts=(
            Fact("first look-up of the process: last answer", round(cold.get(LAST, 0.0)), "ms"),
            Fact("first look-up of the process: answered", f"{answered} of {number}"),
            Fact("warm: answered, at the fewest", f"{watch.fewest} of {number}"),
        ),
        targets=(
            Target(
                f"{number} environments: the last answer to that of the farthest alone",
                p50_of(timings, LAST) / p50_of(timings, FARTHEST),
                Bound.AT_MOST,
                TIMES_THE_FARTHEST,
                "times",
            ),
            Target(
                f"{number} environments: the last answer to that of a bare SELECT in each",
                p50_of(timings, LAST) / p50_of(timings, BARE),
                Bound.AT_MOST,
                TIMES_THE_BARE,
                "times",
            ),
            Target(
                f"{number} environments: processor time of this process, an environment",
                each_ms,
                Bound.AT_MOST,
                PROCESSOR_MS,
                "ms",
            ),
            Target(
                f"{number} environments: healthy ones that answered, at the fewest",
                watch.fewest,
                Bound.AT_LEAST,
                number,
            ),
        ),
    )


def _unwell(stage: Stage, urls: Mapping[str, str], slow_down: Callable[[], None]) -> Section:
    healthy = len(urls) - 2
    with _watched(stage, urls) as watch:
        watch.warm_up()
        slow_down()  # connecting takes several round trips: so slow it would never be warm
        timings = interleaved([Way(LAST, watch.together)], stage.options.rounds(15, 5), 1)
    deadline_ms = LOOKUP.deadline_s * 1000
    return Section(
        f"The same {healthy} with a dead and a slow one beside them",
        timings,
        LAST,
        facts=(Fact("of the healthy answered, at the fewest", f"{watch.fewest} of {healthy}"),),
        targets=(
            Target(
                f"{healthy} and a dead one: given up, beyond its deadline of {deadline_ms:,.0f} ms",
                p50_of(timings, GIVEN_UP) - deadline_ms,
                Bound.AT_MOST,
                GIVING_UP_MS,
                "ms",
            ),
        ),
    )


class Watch:
    """Looks up, and tells when answers came, in milliseconds."""

    def __init__(self, collector: Collector) -> None:
        self._collector = collector
        self._environments = collector.settings.environments
        self.fewest = len(self._environments)  # of the healthy that answered in one look-up

    def warm_up(self) -> None:
        """Connect to one after the other, as keeping Health fresh does; the dead one never is."""
        for each in self._environments:
            if each.name != DEAD:
                self._alone(each)
        self.fewest = len(self._environments)

    def together(self) -> dict[str, float]:
        started = time.perf_counter()
        came: list[float] = []
        marks: dict[str, float] = {}
        for environment, answer in self._collector.look_up(PASTE):
            ms = since(started)
            if environment.name == DEAD:
                marks[GIVEN_UP] = ms
            elif environment.name == SLOW:
                marks[SLOW_ANSWER] = ms
            elif isinstance(answer, IdFacts):
                came.append(ms)
        self.fewest = min(self.fewest, len(came))
        if came:
            marks = {FIRST: came[0], HALF: came[len(came) // 2], LAST: came[-1], **marks}
        return marks

    def one_after_the_other(self) -> None:
        for each in self._environments:
            self._alone(each)

    def farthest_alone(self) -> None:
        self._alone(self._environments[-1])

    def _alone(self, environment: Environment) -> None:
        query = partial(
            self._collector.query, pastes=[PASTE], definitions=Definitions([environment.name])
        )
        self._collector.fleet.run_one(query, LOOKUP, environment)


@contextlib.contextmanager
def _watched(stage: Stage, urls: Mapping[str, str]) -> Iterator[Watch]:
    settings = stage.settings(f"many {len(urls)}", urls)
    with contextlib.closing(Collector(settings)) as collector:
        yield Watch(collector)


@contextlib.contextmanager
def dead_port() -> Iterator[int]:
    """Give a port where connecting is never answered: its queue of connections is full."""
    with contextlib.ExitStack() as stack:
        listening = stack.enter_context(socket.socket())
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        for _ in range(FILLING_A_QUEUE):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                waiting.connect(listening.getsockname())
        yield listening.getsockname()[1]
