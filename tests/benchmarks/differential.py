"""Long comparisons of what the dashboard reads with what is known to be true."""

import contextlib
from collections.abc import Iterator
from time import perf_counter

import psycopg
from hypothesis import HealthCheck, Phase, given, seed, settings

from dashboard.demo.databases import create_database
from dashboard.rehearsal.client import Rehearsals
from tests.benchmarks.report import Bound, Section, Target
from tests.benchmarks.stage import Stage
from tests.benchmarks.timing import Timing
from tests.diagnose.paste.grammar import Text, faults, texts
from tests.rehearsal.differing import compare

TEXTS = 20_000
QUICK_TEXTS = 2_000
SLOWEST_MS = 10_000.0  # somebody waits for it
SHOWN = 20
MIGRATIONS = 1_000
QUICK_MIGRATIONS = 300
MOST_UNKNOWN = 30.0  # percent: a third of what is composed is not followed by design


def measure(stage: Stage) -> Iterator[Section]:
    yield pasted_texts(stage.options.rounds(TEXTS, QUICK_TEXTS))
    yield migrations(stage, stage.options.rounds(MIGRATIONS, QUICK_MIGRATIONS))


def pasted_texts(number: int) -> Section:
    """Read composed texts: what is found in each is held against what it was composed of."""
    wrong: list[str] = []
    times: list[float] = []

    @seed(0)
    @settings(
        max_examples=number,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(texts())
    def read_one(text: Text) -> None:
        start = perf_counter()
        wrong.extend(faults(text))
        times.append((perf_counter() - start) * 1_000)

    read_one()
    return Section(
        f"{len(times):,} composed texts",
        (Timing("to read one", tuple(times)),),
        targets=(
            Target("texts composed", len(times), Bound.AT_LEAST, number),
            Target("read wrongly", len(wrong), Bound.AT_MOST, 0),
            Target("slowest", max(times), Bound.AT_MOST, SLOWEST_MS, "ms"),
        ),
        notes=tuple(wrong[:SHOWN]),
    )


def migrations(stage: Stage, number: int) -> Section:
    """Foretell composed migrations on composed rows, then run them."""
    cluster = stage.cluster()
    create_database(cluster, "composed")
    with (
        contextlib.closing(Rehearsals(stage.folder / "rehearsal")) as rehearsals,
        psycopg.connect(cluster.url("composed"), autocommit=True) as live,
    ):
        found = compare(rehearsals, live, range(number))
    return Section(
        f"{number:,} composed schemas, rows and migrations",
        (Timing("to foretell one", tuple(found.times)),),
        targets=(
            Target("migrations foretold", len(found.times), Bound.AT_LEAST, number),
            Target("contradictions", len(found.contradictions), Bound.AT_MOST, 0),
            Target("unknown", found.unknown, Bound.AT_MOST, MOST_UNKNOWN, "%"),
        ),
        notes=tuple(found.contradictions[:SHOWN]),
    )
