"""Every environment as it was last seen, with its age, and how it is judged beside the others."""

import itertools
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from typing import Generic, TypeVar

from dashboard.access.masking import Masker
from dashboard.background import row_counts
from dashboard.background.muting import PageMutes
from dashboard.background.periodic_task import Clock, PeriodicTask, Schedule, or_broken
from dashboard.background.row_counts import Precision, RowCount
from dashboard.collect.collector import Collector
from dashboard.collect.health.inspection import HELD_ONCE, Inspector, context_of
from dashboard.collect.health.sampled import within_reach
from dashboard.collect.held_once import as_before, held_once, one_of
from dashboard.collect.result import LastResult
from dashboard.diagnose.facts import EnvironmentFacts, Unavailable
from dashboard.diagnose.finding import Finding
from dashboard.diagnose.health.judging import Judging
from dashboard.diagnose.health.report import Context, FactsOfAll, HealthReport
from dashboard.diagnose.migrations.schema.rehearsed import Rehearsed
from dashboard.environments import Environment
from queries import rows
from queries.records import dataclass

EVERY_S = 60.0
APART_S = 0.025  # at the start: four hundred begin within ten seconds
FIRST_PAUSE_S = 3.0  # what is compared with the others' answers waits until they are there
MOST_REPORTS = 64  # of viewers who see less than all
MOST_JUDGINGS = 8  # of them; each has an index of all sampled IDs
LEVELS = 2  # in which less than all of a snapshot is seen: with ids of rows, or without
COUNTING_SHARE = 0.01  # of the time: what takes a second to count is counted every 100 s

T = TypeVar("T")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one environment said, and when.

    `counted_on`: its rows were counted on that day, and are as they were then.
    """

    at: datetime
    facts: EnvironmentFacts
    powers: tuple[rows.Power, ...] | Unavailable
    projects: RowCount
    deployments: RowCount
    counted_on: date | None = None

    @property
    def ms(self) -> float:
        """How long the round trip took."""
        return self.facts.ms

    @property
    def version(self) -> str:
        return self.facts.catalog.server.version.split(" ")[0]

    @property
    def self_related(self) -> bool:
        """Whether rows belong to rows of their own table: then there is one number, not two."""
        parent, child = self.facts.catalog.parent, self.facts.catalog.child
        return bool(parent and child and parent.table.oid == child.table.oid)

    @property
    def role(self) -> str:
        return self.facts.catalog.server.role


class Derived(Generic[T]):
    """What is made of something for those who see less, kept for as long as that holds."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: dict[Hashable, tuple[T, T]] = {}

    def of(self, who: Hashable, whole: T, make: Callable[[], T]) -> T:
        kept = self._kept.get(who)
        if kept is None or kept[0] is not whole:
            if len(self._kept) >= self._most:
                self._kept.clear()
            kept = self._kept[who] = (whole, make())
        return kept[1]


class Judgings:
    """What was judged last for those who see less: the next time only what has changed is."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, tuple[Judging, threading.Lock]] = {}
        self._lock = threading.Lock()

    def judge(
        self, who: Hashable, facts: FactsOfAll, context: Context, additional: Iterable[Finding]
    ) -> HealthReport:
        with self._lock:
            kept = self._kept.pop(who, None) or (Judging(), threading.Lock())
            self._kept = dict([*self._kept.items(), (who, kept)][-MOST_JUDGINGS:])
        judging, one_at_a_time = kept
        with one_at_a_time:
            try:
                return judging.judge(facts, context, additional)
            except BaseException:  # what it knows by now may be half of it
                self._kept.pop(who, None)
                raise


Rehearsals = Callable[[], Mapping[Environment, Rehearsed]]
Record = Callable[[LastResult[Snapshot], HealthReport | None], None]


class SnapshotStore(PeriodicTask[Snapshot]):
    """Each environment's last snapshot, and the judgement of all.

    `findings` are those of what is asked less often, and `rehearsals` what the throw-away server
    said last; `record` keeps what was seen.
    """

    def __init__(
        self,
        clock: Clock,
        collector: Collector,
        findings: Callable[[Environment], Iterable[Finding]] = lambda _environment: (),
        record: Record = lambda _last, _checkup: None,
        rehearsals: Rehearsals = dict,
    ) -> None:
        self.checkup: HealthReport | None = None
        self.reports = Derived[HealthReport](MOST_REPORTS)
        self.judgings = Judgings()
        self.restricted = Derived[Snapshot](LEVELS * len(collector.settings.environments))
        self._collector = collector
        self._inspector = Inspector(collector)
        self.definitions = self._inspector.definitions.without_folder()
        self._findings = findings
        self._record = record
        self.rehearsals = rehearsals
        self.mutes = PageMutes(None)
        settings = collector.settings
        self._masker = Masker.of_state(settings.state) if settings.state else None
        self._judging = Judging()
        self._one_at_a_time = threading.Lock()
        self._publications = itertools.count(1)
        self._judged_up_to = 0
        self._count_after: dict[Environment, float] = {}
        schedule = Schedule(EVERY_S, FIRST_PAUSE_S, apart_s=APART_S)
        super().__init__(
            clock, "snapshots", collector.settings.environments, self._refresh, schedule
        )

    @property
    def facts(self) -> FactsOfAll:
        """Give the newest word of each that was asked, which may be that it does not answer."""
        return {
            each.environment: said.facts if isinstance(said, Snapshot) else said
            for each in self
            if (said := each.failure or each.value)
        }

    def refresh_now(self, environment: Environment | None = None) -> None:
        """Ask for all of it: whoever wants to know now does not want what was so before."""
        self._inspector.outdate(environment)
        super().refresh_now(environment)

    def adopt(self, last: LastResult[Snapshot], age_s: float) -> bool:
        """Take over what another process was told; what is new may be what a copy has said."""
        if last.value and not self[last.environment].value:
            known = [each.value.facts for each in self if each.value]
            facts = held_once(last.value.facts, known, (*HELD_ONCE, "catalog", "sample", "shared"))
            last = replace(last, value=replace(last.value, facts=facts))
        return super().adopt(last, age_s)

    def adopted(self) -> None:
        """Judge those of whom other processes were told, and what hangs on them."""
        self._judge()

    def judge_again(self) -> None:
        """Judge what was seen beside what has been learned otherwise."""
        if self.checkup:
            self._judge()

    def _refresh(
        self, environments: Sequence[Environment]
    ) -> Iterator[tuple[Environment, Snapshot | Unavailable]]:
        """Judge as soon as it was asked; its rows are counted when nobody waits any more."""
        for environment in environments:
            taken = or_broken(partial(self._take, environment))
            yield environment, taken
            self._judge()
            if isinstance(taken, Snapshot) and self._counting_is_due(taken):
                counted = or_broken(partial(self._counted, environment, taken))
                if isinstance(counted, Snapshot):
                    yield environment, counted
            or_broken(partial(self._keep, environment))
            self._inspector.rest(environment)

    def _take(self, environment: Environment) -> Snapshot | Unavailable:
        """Inspect it; the rows are estimates, or as they were last counted."""
        others = dict(self.facts)
        others.pop(environment, None)
        facts, same = self._inspector.again(environment, others, self._context())
        if isinstance(facts, Unavailable):
            return facts
        before, now = self[environment].value, datetime.now(UTC)
        if self._masker:  # all processes judge the same
            facts = _shared(self._masker, facts, others)
            facts = as_before(facts, before.facts) if before else facts
        if before and same and not isinstance(before.powers, Unavailable):
            return replace(before, at=now, facts=facts)
        powers, catalog = self._collector.powers(environment), facts.catalog
        if before:
            return Snapshot(now, facts, powers, before.projects, before.deployments)
        _log_powers(environment, powers)
        estimated = row_counts.estimated
        return Snapshot(now, facts, powers, estimated(catalog.parent), estimated(catalog.child))

    def _judge(self) -> None:
        """Judge what is published by now; whoever waited while others did need not do it again."""
        published = next(self._publications)
        with self._one_at_a_time:
            if published <= self._judged_up_to:
                return
            self._judged_up_to = next(self._publications)
            judged = or_broken(self._judged)
            self.checkup = judged if isinstance(judged, HealthReport) else None  # else out of date
            if self.checkup is None:
                self._judging = Judging()

    def _judged(self) -> HealthReport:
        more = [finding for each in self for finding in self._findings(each.environment)]
        return self._judging.judge(self.facts, self._context(), more)

    def _context(self) -> Context:
        before = self.checkup
        context = context_of(self._collector.settings, self.mutes.current())
        remembered = before.strict if before else None
        return replace(context, remembered=remembered, rehearsed=self.rehearsals())

    def _counting_is_due(self, snapshot: Snapshot) -> bool:
        if snapshot.counted_on == snapshot.at.date():
            return False
        return time.monotonic() >= self._count_after.get(snapshot.facts.environment, 0.0)

    def _counted(self, environment: Environment, snapshot: Snapshot) -> Snapshot:
        catalog, began = snapshot.facts.catalog, time.monotonic()
        projects, deployments = (
            row_counts.count(self._collector, environment, each)
            for each in (catalog.parent, catalog.child)
        )
        ended = time.monotonic()
        self._count_after[environment] = ended + (ended - began) / COUNTING_SHARE
        others = [each.value for each in self if each.value]
        projects = _held_once(projects, (each.projects for each in others))
        deployments = _held_once(deployments, (each.deployments for each in others))
        exact = projects.precision is deployments.precision is Precision.EXACT
        on = snapshot.at.date() if exact else None
        return replace(snapshot, projects=projects, deployments=deployments, counted_on=on)

    def _keep(self, environment: Environment) -> None:
        """Keep what was seen, once there is something to compare it with."""
        if self.attempted:
            self._record(self[environment], self.checkup)


def _held_once(counted: RowCount, known: Iterable[RowCount]) -> RowCount:
    return replace(counted, per_day=one_of(counted.per_day, (each.per_day for each in known)))


def _shared(masker: Masker, facts: EnvironmentFacts, others: FactsOfAll) -> EnvironmentFacts:
    """Leave out what other processes are not told, or need not be."""
    answered = [each for each in others.values() if isinstance(each, EnvironmentFacts)]
    return masker.for_others(within_reach(facts, answered))


def _log_powers(environment: Environment, powers: Iterable[rows.Power] | Unavailable) -> None:
    if isinstance(powers, Unavailable):
        return
    if more := beyond_reading(powers):
        log.warning("%s: the role can do more than read: %s.", environment.name, more)
    else:
        log.info("%s: the role can only read.", environment.name)


def beyond_reading(powers: Iterable[rows.Power]) -> str | None:
    """Name each power and how often it applies; None where the role can only read."""
    counted = Counter(each.power for each in powers)
    if "superuser" in counted:
        return "it is a superuser"
    named = [f"{power} ({times})" if times > 1 else power for power, times in counted.items()]
    return ", ".join(named) or None
