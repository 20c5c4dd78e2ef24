"""Look-ups of one ID and of many on a million projects, against the least that one can cost."""

import argparse
import contextlib
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import psycopg

from dashboard.collector import Collector
from dashboard.demo.databases import create_database, reader_url
from dashboard.demo.server import Cluster
from dashboard.diagnosis.paste import read
from dashboard.diagnosis.verdicts import diagnose, headline
from dashboard.settings import Settings, project_folder
from tests.asking import configured
from tests.collector.test_cost import FILL, FOUND, ROWS

NAMES = ("production", "staging", "local")
ABSENT = "c" + "f" * 24
MANY = 5_000  # ids, of which every second one is there
SELECT = 'select id, name, "userId", "createdAt" from public."Project" where id = %s'


def main() -> None:
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer repetitions")
    repetitions = 50 if parser.parse_args().quick else 300
    say(f"Filling three databases with {ROWS:,} projects each ...")
    with Cluster() as cluster, tempfile.TemporaryDirectory() as folder:
        urls = dict(databases(cluster))
        settings = configured(Path(folder), urls)
        rows = [*in_process(settings, urls, repetitions), *whole_process(settings, repetitions)]
    report(rows, repetitions)


def databases(cluster: Cluster) -> Iterator[tuple[str, str]]:
    for number, name in enumerate(NAMES):
        create_database(cluster, name, template=NAMES[0] if number else None)
        if number == 0:
            with psycopg.connect(cluster.url(name), autocommit=True) as connection:
                connection.execute(FILL.encode())
        yield name, reader_url(cluster, name)


def in_process(
    settings: Settings, urls: dict[str, str], repetitions: int
) -> Iterator[tuple[str, list[float]]]:
    with contextlib.ExitStack() as stack:
        raw = [stack.enter_context(psycopg.connect(url, autocommit=True)) for url in urls.values()]
        pool = stack.enter_context(ThreadPoolExecutor(len(raw)))
        collector = stack.enter_context(contextlib.closing(Collector(settings)))
        target = settings.environments[0]

        def one_select(connection: psycopg.Connection) -> None:
            connection.execute(SELECT, [FOUND]).fetchone()

        def look_up(text: str) -> Callable[[], None]:
            def run() -> None:
                paste = read(text)
                answers = dict(collector.look_up(paste))
                diagnose(collector.evidence(paste, target, answers))

            return run

        yield "one indexed SELECT, warm connection", timed(lambda: one_select(raw[0]), repetitions)
        three = timed(lambda: list(pool.map(one_select, raw)), repetitions)
        yield "the slowest of three in parallel", three
        yield "look-up in three environments, found", timed(look_up(FOUND), repetitions)
        yield "look-up in three environments, absent", timed(look_up(ABSENT), repetitions)
        yield from of_many(collector, max(5, repetitions // 20))


def of_many(collector: Collector, repetitions: int) -> Iterator[tuple[str, list[float]]]:
    step = 2 * ROWS // MANY
    text = "\n".join(f"c{step * number + 1:024x}" for number in range(MANY))
    pastes = read(text).split()
    target = collector.settings.environments[0]
    seen = collector.evidence_of_all(pastes, target)
    for name, work in (
        ("reading", lambda: read(text).split()),
        ("three environments asked for", lambda: list(collector.look_up_all(pastes))),
        ("the evidence on", lambda: collector.evidence_of_all(pastes, target)),
        ("the verdicts on", lambda: [headline(replace(each)) for each in seen]),
    ):
        yield f"{name} {MANY:,} IDs", timed(work, repetitions)


def whole_process(settings: Settings, repetitions: int) -> Iterator[tuple[str, list[float]]]:
    command = [
        *(sys.executable, "-m", "dashboard", "lookup", FOUND, "--json"),
        *("--target", NAMES[0], "--config", str(settings.source)),
    ]

    def run() -> None:
        subprocess.run(command, cwd=project_folder(), capture_output=True, check=True)

    yield "the command line, whole process", timed(run, max(5, repetitions // 20))


def timed(work: Callable[[], object], repetitions: int) -> list[float]:
    """Time the work in milliseconds, once it is warm."""
    for _ in range(3):
        work()
    times = []
    for _ in range(repetitions):
        started = time.perf_counter()
        work()
        times.append((time.perf_counter() - started) * 1000)
    return sorted(times)


def report(rows: list[tuple[str, list[float]]], repetitions: int) -> None:
    unit = statistics.median(rows[0][1])
    say(f"\n{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, ")
    say(f"{ROWS:,} projects in each environment, {repetitions} repetitions\n")
    say("| what | p50 ms | p95 ms | of one SELECT |\n| --- | ---: | ---: | ---: |")
    for name, times in rows:
        p50, p95 = statistics.median(times), times[int(0.95 * (len(times) - 1))]
        say(f"| {name} | {p50:.2f} | {p95:.2f} | {p50 / unit:.1f} |")
    figures = {name: round(statistics.median(times), 3) for name, times in rows}
    say(f"\n{json.dumps(figures)}")


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


main()
