"""A look-up of one ID, against the least it can cost and against what people do without it."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from dashboard.settings import Settings, project_folder
from tests.benchmarks import browser, rivals
from tests.benchmarks.asking import asking
from tests.benchmarks.filling import ABSENT, project, slipped
from tests.benchmarks.latency import Proxies
from tests.benchmarks.report import Bound, Fact, Section, Target, p50_of
from tests.benchmarks.stage import NAMES, TARGET, Filled, Stage
from tests.benchmarks.timing import Timing, Way, cpu_ms, interleaved

FOUND = project(12_345)
TYPO = slipped(FOUND)
ROUND_TRIP_MS = 50.0
ONE = "one indexed SELECT, one warm connection"
LIMIT = "the limit: one indexed SELECT in each, the slowest of three in parallel"
OURS = "look-up, found"
OURS_ABSENT = "look-up, absent (similar IDs searched, none there)"
OURS_TYPO = "look-up, one character mistyped (a similar ID found)"
STREAMLIT = "SQLAlchemy's defaults and pd.read_sql, one environment after the other"
COLD = "look-up, first of a process (connects and reads the catalogs)"
PYTHON = "python -c pass"


def measure(stage: Stage) -> Iterator[Section]:
    big = stage.big
    settings = stage.settings("lookup", big.urls, "[history]\nenabled = false\n")
    yield in_process(stage, settings)
    yield at_a_distance(stage, big)
    yield whole_processes(stage, settings)
    yield browser.page(stage, settings, FOUND, ABSENT)


def in_process(stage: Stage, settings: Settings) -> Section:
    urls = stage.big.urls
    with (
        rivals.bare(urls) as bare,
        rivals.naive_streamlit(urls) as naive,
        asking(settings) as look_up,
    ):
        timings = interleaved(
            [
                Way(LIMIT, lambda: bare.all(FOUND)),
                Way(ONE, lambda: bare.one(TARGET, FOUND)),
                Way(OURS, lambda: look_up(FOUND)),
                Way(OURS_ABSENT, lambda: look_up(ABSENT)),
                Way(OURS_TYPO, lambda: look_up(TYPO)),
                Way(STREAMLIT, lambda: naive(FOUND)),
            ],
            stage.options.rounds(400, 100),
        )
        facts = (
            Fact(f"processor time of this process: {LIMIT}", cpu_ms(lambda: bare.all(FOUND)), "ms"),
            Fact(f"processor time of this process: {OURS}", cpu_ms(lambda: look_up(FOUND)), "ms"),
            Fact(
                f"processor time of this process: {STREAMLIT}", cpu_ms(lambda: naive(FOUND)), "ms"
            ),
        )
    return Section(
        f"One ID in three environments of {stage.options.rows:,} projects, local server",
        timings,
        LIMIT,
        facts=facts,
        targets=_targets(timings),
        notes=("A look-up is reading the text, asking, the evidence and the verdict.",),
    )


def _targets(timings: tuple[Timing, ...]) -> tuple[Target, ...]:
    ratio = p50_of(timings, OURS) / p50_of(timings, LIMIT)
    nearing = p50_of(timings, OURS_ABSENT) - p50_of(timings, OURS)
    return (
        Target("look-up, p50, to the slowest bare SELECT", ratio, Bound.AT_MOST, 2, "times"),
        Target("search for similar IDs, p50, beyond found", nearing, Bound.AT_MOST, 15, "ms"),
    )


def at_a_distance(stage: Stage, big: Filled) -> Section:
    round_trips = [ROUND_TRIP_MS] * len(NAMES)
    with contextlib.ExitStack() as stack:
        proxies = stack.enter_context(Proxies(big.cluster.port, round_trips))
        urls = {
            name: url.replace(f":{big.cluster.port}/", f":{port}/")
            for (name, url), port in zip(big.urls.items(), proxies.ports, strict=True)
        }
        settings = stage.settings("lookup at a distance", urls)
        bare = stack.enter_context(rivals.bare(urls))
        naive = stack.enter_context(rivals.naive_streamlit(urls))
        look_up = stack.enter_context(asking(settings))
        timings = interleaved(
            [
                Way(LIMIT, lambda: bare.all(FOUND)),
                Way(OURS, lambda: look_up(FOUND)),
                Way(OURS_ABSENT, lambda: look_up(ABSENT)),
                Way(STREAMLIT, lambda: naive(FOUND), every=5),
                Way(COLD, lambda: _cold(settings), every=5),
            ],
            stage.options.rounds(60, 20),
        )
        sent = {
            OURS: turns(proxies, lambda: look_up(FOUND)),
            OURS_ABSENT: turns(proxies, lambda: look_up(ABSENT)),
            STREAMLIT: turns(proxies, lambda: naive(FOUND)),
            COLD: turns(proxies, lambda: _cold(settings)),
        }
    beyond_ms = p50_of(timings, OURS) - p50_of(timings, LIMIT)
    beyond = f"look-up at {ROUND_TRIP_MS:g} ms beyond one bare SELECT"
    return Section(
        f"The same with a round trip of {ROUND_TRIP_MS:g} ms to each",
        timings,
        LIMIT,
        facts=tuple(Fact(f"round trips to one environment: {each}", sent[each]) for each in sent),
        targets=(
            Target(f"{beyond}, round trips sent", sent[OURS] - 1, Bound.AT_MOST, 1),
            Target(f"{beyond}, time in round trips", beyond_ms / ROUND_TRIP_MS, Bound.AT_MOST, 1),
        ),
        notes=(
            "The proxy takes a connection at once: connecting costs a round trip less than it "
            "would on a network.",
        ),
    )


def turns(proxies: Proxies, work: Callable[[], object]) -> int:
    """Count the round trips that it takes to the environment that it takes most to."""
    places = range(len(proxies.ports))
    before = [proxies.turns(place) for place in places]
    work()
    return max(proxies.turns(place) - before[place] for place in places)


def _cold(settings: Settings) -> None:
    with asking(settings) as look_up:
        look_up(FOUND)


def whole_processes(stage: Stage, settings: Settings) -> Section:
    name, ask = rivals.manual(stage.big.urls)
    ours = "command line: lookup --json"
    ways = [
        Way(name, lambda: ask(FOUND)),
        Way(ours, lambda: _command(settings.source)),
        Way(
            "of that, imports (python -c 'import dashboard.cli')",
            lambda: _python("import dashboard.cli"),
        ),
        Way(PYTHON, lambda: _python("pass")),
    ]
    timings = interleaved(ways, stage.options.rounds(25, 8), warm_rounds=1)
    ratio = p50_of(timings, ours) / p50_of(timings, name)
    target = Target("command line, p50, to the manual way", ratio, Bound.AT_MOST, 2.5, "times")
    notes = ("The manual way tells whether the ID is there; why a deployment fails is not in it.",)
    return Section("Whole processes, local server", timings, name, targets=(target,), notes=notes)


def _command(source: Path | None) -> None:
    arguments = ["lookup", FOUND, "--json", "--target", TARGET, "--config", str(source)]
    _run(sys.executable, "-m", "dashboard", *arguments)


def _python(script: str) -> None:
    _run(sys.executable, "-c", script)


def _run(*command: str) -> None:
    # else nothing that a warm round compiled is kept, and all is compiled again each time
    environ = {name: os.environ[name] for name in os.environ if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        command, cwd=project_folder(), env=environ, capture_output=True, check=False
    )
    if done.returncode not in (0, 1):
        raise RuntimeError(done.stderr.decode())
