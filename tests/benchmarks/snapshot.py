"""Keeping Health fresh: what is sent, what each statement takes, and what orphans are counted."""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from unittest import mock

from dashboard.background import periodic_task
from dashboard.background import snapshots as module
from dashboard.background.periodic_task import Clock
from dashboard.background.snapshots import Snapshot, SnapshotStore
from dashboard.collect.catalog import Definitions
from dashboard.collect.collector import Collector
from dashboard.collect.orphans.scan import (
    SCAN_LIMITS,
    OrphanScan,
    ages,
    count_all,
    read_relationship,
)
from dashboard.demo.databases import Connection, connect
from dashboard.diagnose.facts import Unavailable
from dashboard.diagnose.orphans import Count, CountedColumn, Relationship, Roles, counted_columns
from dashboard.environments import Environment
from dashboard.postgres import Conversation, Deadline, Fleet
from dashboard.settings import Settings
from tests.benchmarks.recording import Exchange, alone, recorded
from tests.benchmarks.report import Fact, Section
from tests.benchmarks.stage import TARGET, Stage
from tests.benchmarks.timing import Way, interleaved

SETTLE_S = 120.0
NOTHING = "an exchange of nothing but its own frame"
REFRESH = "a refresh, rows not counted"
COUNTING = "a refresh, rows counted"
SCANS = """
select
    t.relname,
    t.seq_scan,
    t.seq_tup_read + coalesce(t.idx_tup_fetch, 0) as rows_read
from pg_catalog.pg_stat_user_tables as t
"""
OURS_THERE = """
select count(*) from pg_catalog.pg_stat_activity
where application_name = 'deployment-dashboard' and datname = current_database()
"""


def measure(stage: Stage) -> Iterator[Section]:
    settings = stage.settings("snapshot", stage.big.urls, "[history]\nenabled = false\n")
    sent, section = refreshes(stage, settings)
    yield section
    yield by_statement(stage, settings, sent)
    with connect(stage.big.cluster, TARGET) as superuser:
        yield orphans(stage, settings, superuser)


def refreshes(stage: Stage, settings: Settings) -> tuple[list[Exchange], Section]:
    """Refresh all environments at once, and note what one of them was sent."""
    with _snapshots(settings, 1e-9) as usual, _snapshots(settings, 1e9) as counting:
        timings = interleaved(
            [Way(REFRESH, lambda: _refresh(usual)), Way(COUNTING, lambda: _refresh(counting))],
            stage.options.rounds(20, 5),
            warm_rounds=1,
        )
        with recorded() as seen:
            _refresh(counting)
        snapshots = [each.value for each in counting if each.value]
    sent = [each for each in seen if each.environment == TARGET]
    return sent, Section(
        f"Health of three environments of {stage.options.rows:,} projects refreshed",
        timings,
        REFRESH,
        facts=(
            Fact("round trips to one environment", len(sent)),
            Fact("statements in them", sum(len(each.statements) for each in sent)),
            Fact("answered", f"{sum(_answered(each) for each in sent)} of {len(sent)}"),
            *_row_counts(snapshots),
        ),
    )


def _answered(exchange: Exchange) -> bool:
    return not isinstance(exchange.answers, Unavailable)


def _row_counts(snapshots: list[Snapshot]) -> Iterator[Fact]:
    """Tell whether the tables could be counted within the time that counting is given."""
    for snapshot in snapshots[:1]:
        counts = (("projects", snapshot.projects), ("deployments", snapshot.deployments))
        for name, count in counts:
            yield Fact(f"{name} counted", f"{count.number:,} ({count.precision})")
            days = count.per_day
            told = f"no: {days.kind}" if isinstance(days, Unavailable) else f"{len(days)} days"
            yield Fact(f"{name} per day", told)


@contextlib.contextmanager
def _snapshots(settings: Settings, share: float) -> Iterator[SnapshotStore]:
    """Refresh only when told to; rows are counted each time, or only once, by their share."""
    calm = mock.patch.multiple(module, FIRST_PAUSE_S=3600.0, EVERY_S=3600.0, COUNTING_SHARE=share)
    with (
        calm,
        mock.patch.object(periodic_task, "AT_MOST_EVERY_S", 0.0),
        contextlib.closing(Collector(settings)) as collector,
        contextlib.closing(Clock()) as clock,
    ):
        snapshots = SnapshotStore(clock, collector)
        clock.start()
        if not snapshots.wait_until_idle(SETTLE_S):
            raise RuntimeError("Health did not settle")
        _refresh(snapshots)
        yield snapshots


def _refresh(snapshots: SnapshotStore) -> None:
    snapshots.refresh_now()
    snapshots.wait_until_idle(SETTLE_S)


def by_statement(stage: Stage, settings: Settings, sent: list[Exchange]) -> Section:
    """Send each statement of a refresh alone: what it takes beyond an empty exchange is its own."""
    statements = [statement for exchange in sent for statement in exchange.statements]
    with contextlib.closing(Fleet(settings)) as fleet:
        target = settings.databases[TARGET].environment
        ways = [Way(NOTHING, lambda: alone(fleet, target))]
        for number, each in enumerate(statements, 1):
            name = f"{number}. {each.name}"
            ways.append(Way(name, lambda each=each: alone(fleet, target, each)))
        timings = interleaved(ways, stage.options.rounds(15, 5), warm_rounds=1)
    nothing, *own = timings
    beyond = {each.what: max(0.0, each.p50 - nothing.p50) for each in own}
    whole = sum(beyond.values()) or 1.0
    largest = sorted(beyond, key=beyond.__getitem__, reverse=True)[:8]
    return Section(
        "Its statements, each sent alone to one environment",
        timings,
        NOTHING,
        facts=tuple(
            Fact(f"share of {name}", f"{100 * beyond[name] / whole:.0f} %") for name in largest
        ),
        notes=("A share is of what all statements take beyond an empty exchange.",),
    )


def orphans(stage: Stage, settings: Settings, superuser: Connection) -> Section:
    """Count every kind in one environment, then in all as the page does."""
    with contextlib.closing(Collector(settings)) as collector:
        environment = settings.databases[TARGET].environment
        relationship, roles = _read(collector, environment)
        columns = counted_columns(relationship, roles)
        timings = interleaved(
            [
                Way("a count in three environments", lambda: list(count_all(collector))),
                *(
                    Way(_name(each), partial(_counted, collector, relationship, each))
                    for each in columns
                ),
            ],
            stage.options.rounds(5, 2),
            warm_rounds=1,
        )
        counts = [
            Fact(f"{_name(each)}: found", _counted(collector, relationship, each).words)
            for each in columns
        ]
    return Section(
        "Orphan candidates, kind by kind in one environment",
        timings,
        "a count in three environments",
        facts=(*counts, *_read_by(superuser, settings)),
    )


def _name(column: CountedColumn) -> str:
    return f"{column.kind.code} in {column.label}, {column.query}"


def _counted(collector: Collector, relationship: Relationship, column: CountedColumn) -> Count:
    def count(_: Environment, deadline: Deadline) -> Conversation[Count]:
        return OrphanScan(relationship, ages(collector), deadline).count(column)

    counted = collector.fleet.run_one(count, SCAN_LIMITS, relationship.facts.environment)
    assert isinstance(counted, Count), counted
    return counted


def _read(collector: Collector, environment: Environment) -> tuple[Relationship, Roles]:
    definitions = Definitions([environment.name])
    read = partial(read_relationship, collector, definitions=definitions)
    facts = collector.fleet.run_one(read, SCAN_LIMITS, environment)
    if isinstance(facts, Unavailable):
        raise RuntimeError(facts.message)  # noqa: TRY004  # an answer that was not hoped for
    return facts


def _read_by(superuser: Connection, settings: Settings) -> Iterator[Fact]:
    """Tell what one count of all reads of each table, from the server's own count."""
    before = _scans(superuser)
    with contextlib.closing(Collector(settings)) as collector:
        list(count_all(collector))
    for table, after in _scans(superuser).items():
        whole, rows = after.whole - before[table].whole, after.rows - before[table].rows
        if rows:
            yield Fact(f"a count reads {table}", f"{whole} times whole, {rows:,} rows in all")


@dataclass(frozen=True, slots=True)
class Scans:
    whole: int
    rows: int


def _scans(superuser: Connection) -> dict[str, Scans]:
    """Read the counts once all others have gone: a session hands in its own when it ends."""
    while superuser.execute(OURS_THERE).fetchall() != [(0,)]:
        time.sleep(0.05)
    return {name: Scans(whole, rows) for name, whole, rows in superuser.execute(SCANS)}
