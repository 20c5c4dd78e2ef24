"""A thousand migrations in ten environments: asking, judging, and the page."""

import asyncio
import contextlib
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from dashboard.background.periodic_task import Clock
from dashboard.background.snapshots import SnapshotStore
from dashboard.collect.collector import Collector
from dashboard.collect.health.inspection import check, context_of
from dashboard.demo import MIGRATIONS
from dashboard.demo.databases import Connection, connect, create_database, reader_url
from dashboard.diagnose.health.judging import judge
from dashboard.diagnose.health.report import FactsOfAll
from dashboard.postgres.cluster import Cluster
from dashboard.settings import Settings
from tests.benchmarks.report import Fact, Section
from tests.benchmarks.serving import Served, served
from tests.benchmarks.stage import Stage
from tests.benchmarks.timing import Timing, Way, interleaved
from tests.benchmarks.viewers import Plan, Seen, Viewers, Visit, first_page

NUMBER = 1_000
ENVIRONMENTS = 10
START_LIMIT_S = 60.0
SETTLE_S = 60.0
SCRIPT = """-- AlterTable
ALTER TABLE "deployments" ADD COLUMN     "added_{number}" TEXT;

-- CreateIndex
CREATE INDEX "deployments_added_{number}_idx" ON "deployments"("added_{number}");
"""
APPLIED = """
insert into _prisma_migrations
    (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
values (cast(gen_random_uuid() as text), %(checksum)s, %(name)s, %(at)s, %(at)s, 1)
"""
CHECK = "a whole check: asking all in five rounds, and judging"
JUDGING = "judging what was read"
FOLDER = "reading the folder with its scripts"
RUN, FIRST = "the page, a run of it", "the page, first run of a session"


def measure(stage: Stage) -> Iterator[Section]:
    settings = _environments(stage)
    yield _judged(stage, settings)
    yield _page(stage, settings)


def _environments(stage: Stage) -> Settings:
    """Make environments of which each lacks one migration more than the one before."""
    folder = stage.folder / "migrations"
    scripts = _scripts(folder)
    cluster = stage.cluster()
    names = [f"environment-{number}" for number in range(ENVIRONMENTS)]
    create_database(cluster, "complete")
    with connect(cluster, "complete") as connection:
        _apply(connection, scripts)
    for lacking, name in enumerate(names):
        _lacking(cluster, name, list(scripts)[len(scripts) - lacking :])
    urls = {name: reader_url(cluster, name) for name in names}
    more = f'[diagnosis]\nmigrations = "{folder}"\n[history]\nenabled = false\n'
    return stage.settings("with migrations", urls, more)


def _scripts(folder: Path) -> dict[str, str]:
    """Write the folder: the demo's migrations, and as many more as are wanted."""
    made = {each.parent.name: each.read_text("utf-8") for each in MIGRATIONS.glob("*/*.sql")}
    more = range(NUMBER - len(made))
    added = {f"{20270101000000 + each}_step": SCRIPT.format(number=each) for each in more}
    for name, script in {**made, **added}.items():
        (folder / name).mkdir(parents=True)
        (folder / name / "migration.sql").write_text(script, encoding="utf-8")
    return added


def _apply(connection: Connection, scripts: dict[str, str]) -> None:
    """Write into the ledger what only the ledger need know."""
    rows = [
        {"name": name, "checksum": sha256(script.encode()).hexdigest(), "at": "2026-11-10"}
        for name, script in scripts.items()
    ]
    with connection.transaction(), connection.cursor() as cursor:
        cursor.executemany(APPLIED, rows)


def _lacking(cluster: Cluster, name: str, lacking: list[str]) -> None:
    create_database(cluster, name, template="complete")
    with connect(cluster, name) as connection:
        forget = "delete from _prisma_migrations where migration_name = any(%s)"
        connection.execute(forget, [lacking])


def _judged(stage: Stage, settings: Settings) -> Section:
    surveys, context = _read(settings), context_of(settings)
    with contextlib.closing(Collector(settings)) as collector:
        timings = interleaved(
            [
                Way(CHECK, lambda: check(collector)),
                Way(JUDGING, lambda: judge(surveys, context)),
                Way(FOLDER, lambda: context_of(settings)),
            ],
            stage.options.rounds(10, 3),
            warm_rounds=1,
        )
    return Section(
        f"{NUMBER:,} migrations in {ENVIRONMENTS} environments",
        timings,
        CHECK,
        notes=("Health judges all anew whenever one environment was refreshed.",),
    )


def _read(settings: Settings) -> FactsOfAll:
    with (
        contextlib.closing(Collector(settings)) as collector,
        contextlib.closing(Clock()) as clock,
    ):
        snapshots = SnapshotStore(clock, collector)
        clock.start()
        snapshots.wait_until_idle(SETTLE_S)
        return snapshots.facts


def _page(stage: Stage, settings: Settings) -> Section:
    assert settings.source
    with served(settings.source, stage.folder) as server:
        asyncio.run(first_page(server.address, Visit("migrations"), START_LIMIT_S))
        seen, cpu_s = _watched(server, stage.options.rounds(15, 5))
    timings = (Timing(FIRST, tuple(seen.first)), Timing(RUN, tuple(seen.reruns)))
    return Section(
        "The Migrations page of the real server, one viewer",
        timings,
        RUN,
        facts=(
            Fact(
                "processor time of the server, a run", round(1000 * cpu_s / len(seen.reruns)), "ms"
            ),
            Fact("runs that failed", seen.exceptions + len(seen.failed)),
        ),
    )


def _watched(server: Served, seconds: float) -> tuple[Seen, float]:
    time.sleep(2)  # the first refreshes are over then, and their judging is not counted
    before = server.cpu_s
    seen = Viewers(Plan(server.address, (Visit("migrations"),), 1, seconds)).seen()
    return seen, server.cpu_s - before
