"""Is a key refused in the copy as it is in the real tables, and how long does that take?"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import perf_counter

import psycopg

from dashboard.demo import MIGRATIONS
from dashboard.postgres.cluster import Cluster
from dashboard.rehearsal import catalog
from dashboard.rehearsal.client import Rehearsals
from tests.benchmarks.report import Bound, Fact, Section, Target
from tests.benchmarks.stage import Stage
from tests.benchmarks.timing import Timing
from tests.rehearsal.keys_proven import Proven, foreign_keys, random_schema, tally, unique_keys
from tests.scenarios.schemas.shapes import SECTION

TESTS = Path(__file__).parents[1]
SCHEMAS, QUICK_SCHEMAS = 12, 1  # made up, of thirty tables each
ROWS = re.compile(r"^COPY .*?^\\\.$|^\\.*?$", re.DOTALL | re.MULTILINE)  # are for psql alone
WARM_MS = 1_000.0
SHOWN = 20


def measure(stage: Stage) -> Iterator[Section]:
    rehearsals = Rehearsals(stage.folder / "rehearsal")
    try:
        yield _starts(rehearsals)
        cluster = stage.cluster()
        recorded = [each for script in _recorded() for each in _proven(cluster, rehearsals, script)]
        yield _section("recorded schemas", recorded)
        seeds = range(stage.options.rounds(SCHEMAS, QUICK_SCHEMAS))
        scripts = map(random_schema, seeds)
        made_up = [each for script in scripts for each in _proven(cluster, rehearsals, script)]
        yield _section("made-up schemas", made_up)
    finally:
        rehearsals.close()


def _starts(rehearsals: Rehearsals) -> Section:
    times = []
    for _ in range(3):
        started = perf_counter()
        rehearsals.replay("public", ())
        times.append((perf_counter() - started) * 1_000)
        rehearsals.rest()
    facts = (Fact(f"start {number}", ms, "ms") for number, ms in enumerate(times, start=1))
    return Section("The server is started", facts=tuple(facts))


def _recorded() -> Iterator[str]:
    """Take the demo's tables, and those of the tests."""
    yield "\n".join(each.read_text("utf-8") for each in sorted(MIGRATIONS.glob("*/*.sql")))
    for each in sorted((TESTS / "scenarios" / "schemas").glob("*.sql")):
        yield SECTION.split(each.read_text("utf-8"))[0]
    for each in sorted((TESTS / "fixtures" / "prisma8" / "states").glob("*.sql")):
        yield ROWS.sub("", each.read_text("utf-8"))
    yield (TESTS / "rehearsal" / "every_kind.sql").read_text("utf-8")


def _proven(cluster: Cluster, rehearsals: Rehearsals, script: str) -> list[Proven]:
    with psycopg.connect(cluster.url(cluster.superuser), autocommit=True) as admin:
        admin.execute("drop database if exists keys with (force)")
        admin.execute("create database keys")
    with psycopg.connect(cluster.url("keys"), autocommit=True) as connection:
        connection.execute(script.encode())
        image = catalog.read(connection, catalog.schemas_of(connection))
        return [
            *foreign_keys(connection, image, rehearsals),
            *unique_keys(connection, image, rehearsals),
        ]


def _section(title: str, proven: Sequence[Proven]) -> Section:
    kinds = {"23503": "foreign keys", "23505": "unique keys"}
    facts = [
        Fact(f"{kind}: {standing}", number)
        for code, kind in kinds.items()
        for standing, number in sorted(
            tally([each for each in proven if each.expected.sqlstate == code]).items()
        )
    ]
    fixed = sum(each.after is None for each in proven if each.standing == "the same")
    contradicted = [each for each in proven if each.standing == "CONTRADICTED"]
    odd = [each for each in proven if each.standing == "not reproduced"]
    timing = Timing("one proof", tuple(each.ms for each in proven if each.ms))
    return Section(
        f"{len(proven):,} keys of {title}",
        (timing,),
        facts=(*facts, Fact("of the same: pass once they are mended", fixed)),
        targets=(
            Target("contradicted", len(contradicted), Bound.AT_MOST, 0),
            Target("half of the proofs", timing.p50, Bound.AT_MOST, WARM_MS, "ms"),
        ),
        notes=tuple(f"{each.name}: {each.copy} {each.why_not}" for each in odd[:SHOWN]),
    )
