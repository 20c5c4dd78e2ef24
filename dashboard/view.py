"""What is served, as one viewer may see it: the one thing that pages and programs get."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Generic, TypeVar

from dashboard.access.masking import Masker
from dashboard.access.viewer import Viewer
from dashboard.background.alerting import Alerting
from dashboard.background.chosen import ChosenRelationships
from dashboard.background.failures import FailureAnswers, SharedFailures
from dashboard.background.kept_lists import KeptLists
from dashboard.background.long_questions import LongQuestions
from dashboard.background.muting import PageMutes, today
from dashboard.background.periodic_task import PeriodicTask
from dashboard.background.proofs import Proofs
from dashboard.background.scans import FullScan, FullScans
from dashboard.background.snapshots import Snapshot
from dashboard.collect.collector import Collector
from dashboard.collect.failures import sources
from dashboard.collect.failures.sources import Failures
from dashboard.collect.health.inspection import context_of
from dashboard.collect.orphans.scan import LastOrphans
from dashboard.collect.restricted import UNSEEN, RestrictedCollector, unseen
from dashboard.collect.result import LastResult
from dashboard.diagnose.facts import Unavailable
from dashboard.diagnose.finding import Finding
from dashboard.diagnose.health.drift import Row
from dashboard.diagnose.health.report import HealthReport
from dashboard.diagnose.lookup.claims import Claim
from dashboard.diagnose.lookup.proof import Proof, cannot
from dashboard.diagnose.migrations.schema.rehearsed import CannotRehearse
from dashboard.diagnose.nouns import Nouns
from dashboard.diagnose.orphans import CountedColumn, Orphans, with_matches
from dashboard.diagnose.relationship import ChosenKey
from dashboard.environments import Environment
from dashboard.serving import Serving
from dashboard.settings import Mute, Settings
from dashboard.settings.alerts import Route
from dashboard.settings.grants import Level
from dashboard.state import History, RecordedEnvironment
from queries.records import dataclass

T = TypeVar("T")


class SeenTask(Generic[T]):
    """A task's results of the environments that somebody may see."""

    def __init__(
        self,
        task: PeriodicTask[T],
        viewer: Viewer,
        change: Callable[[Environment, T], T] = lambda _environment, value: value,
    ) -> None:
        self._task = task
        self._viewer = viewer
        self._change = change

    def __iter__(self) -> Iterator[LastResult[T]]:
        return (self._seen(each) for each in self._task if self._sees(each.environment))

    def __getitem__(self, environment: Environment) -> LastResult[T]:
        if not self._sees(environment):
            raise KeyError(environment)
        return self._seen(self._task[environment])

    def _sees(self, environment: Environment) -> bool:
        return self._viewer.sees(environment.name)

    def _seen(self, last: LastResult[T]) -> LastResult[T]:
        if last.value is None:
            return last
        changed = self._change(last.environment, last.value)
        return last if changed is last.value else replace(last, value=changed)

    @property
    def attempted(self) -> bool:
        return all(each.tried_at for each in self)

    @property
    def idle(self) -> bool:
        return self._task.idle

    def refresh_now(self, environment: Environment | None = None) -> None:
        """Ask those anew that they may have asked anew."""
        for each in self._task:
            may = self._viewer.sees(each.environment.name, Level.ADMIN)
            if may and environment in (None, each.environment):
                self._task.refresh_now(each.environment)

    def wait_until_idle(self, timeout_s: float) -> bool:
        return self._task.wait_until_idle(timeout_s)


class SeenSnapshots(SeenTask[Snapshot]):
    """The snapshots, judged beside those alone that somebody may see."""

    def __init__(self, served: Serving, viewer: Viewer, masker: Masker, *, whole: bool) -> None:
        self._whole = whole
        self._store = served.snapshots
        self._served = served
        self._masker = masker
        super().__init__(served.snapshots, viewer, self._masked)

    def refresh_now(self, environment: Environment | None = None) -> None:
        """Rehearse anew, too: what was compared may have been mended."""
        super().refresh_now(environment)
        SeenTask(self._served.rehearsals, self._viewer).refresh_now(environment)

    def _masked(self, environment: Environment, snapshot: Snapshot) -> Snapshot:
        if self._viewer.sees_names(environment.name):
            return snapshot
        listed = self._viewer.sees(environment.name, Level.SUPPORT)

        def masked() -> Snapshot:
            facts = snapshot.facts if listed else self._masker.without_ids(snapshot.facts)
            return replace(snapshot, facts=self._masker.mask(facts))

        # the same object for all of a level: what is drawn of it is kept by that
        return self._store.restricted.of((environment, listed), snapshot, masked)

    @property
    def checkup(self) -> HealthReport | None:
        whole = self._store.checkup
        if whole is None or self._whole:
            return whole
        return self._store.reports.of(self._viewer, whole, self._judged)

    def _judged(self) -> HealthReport:
        """Judge what they see by itself: nothing of what they do not can be in it."""
        facts = {
            each.environment: said.facts if isinstance(said, Snapshot) else said
            for each in self
            if (said := each.failure or each.value)
        }
        collector = RestrictedCollector(self._served.collector, self._viewer, self._masker)
        whole = self._store.rehearsals()
        seen = {each: said for each, said in whole.items() if self._sees(each)}
        context = context_of(collector.settings, self._store.mutes.current())
        context = replace(context, rehearsed=collector.rehearsed(seen))
        more = list(self._more(collector))
        return self._store.judgings.judge(self._viewer, facts, context, more)

    def _more(self, collector: Collector) -> Iterator[Finding]:
        for each in self._served.failures:
            if self._sees(each.environment):
                yield from sources.findings(each, collector)


@dataclass(frozen=True, slots=True)
class SeenFailures:
    """What those environments said of their failures; which ids failed is for support."""

    shared: SharedFailures
    viewer: Viewer

    def answers(self, days: int, zone: str, *, again: bool = False) -> FailureAnswers:
        anew = again and any(each.level >= Level.ADMIN for each in self.viewer.grants)
        said = self.shared.answers(days, zone, again=anew)
        seen = {each: of for each, of in said.by.items() if self.viewer.sees(each.name)}
        change = failures_for(self.viewer)
        by = {
            each: of if isinstance(of, Unavailable) else change(each, of)
            for each, of in seen.items()
        }
        return replace(said, by=by)


def failures_for(viewer: Viewer) -> Callable[[Environment, Failures], Failures]:
    """Leave out which ids failed, where somebody may only see how many."""

    def counted_only(environment: Environment, said: Failures) -> Failures:
        if viewer.sees(environment.name, Level.SUPPORT):
            return said
        counted = tuple(
            replace(
                each,
                counts=tuple(count for count in each.counts if count.project_id is None),
                recent=(),
            )
            for each in said.counted
        )
        return replace(said, counted=counted)

    return counted_only


@dataclass(frozen=True, slots=True)
class SeenRelationships:
    """The same along a foreign key that was chosen."""

    chosen: ChosenRelationships
    viewer: Viewer
    settings: Settings
    hidden: int

    def orphans(self, key: ChosenKey, *, again: bool = False) -> tuple[LastOrphans, ...]:
        anew = again and _may_ask_anew(self.viewer, self.settings)
        return tuple(
            replace(each, value=each.value and self.orphans_of(each.value))
            for each in self.chosen.orphans(key, again=anew)
            if self.viewer.sees(each.environment.name)
        )

    def orphans_of(self, found: Orphans) -> Orphans:
        """Leave out where lost ids live that they may not see, and ids at all for a viewer."""
        if self.hidden:
            present: dict[Environment, frozenset[str] | Unavailable] = {
                each: frozenset(lost for lost, names in found.matches.items() if each.name in names)
                for each in self.settings.environments
            }
            found = with_matches(found, {**present, unseen(self.hidden): UNSEEN})
        listed = self.viewer.sees(found.environment.name, Level.SUPPORT)
        return found if listed else replace(found, lost=(), matches={})

    def drift(self, key: ChosenKey) -> tuple[Row, ...]:
        return self.chosen.drift(key, self.settings.environments)


@dataclass(frozen=True, slots=True)
class SeenLists:
    """Lists that somebody kept, or may read of others."""

    lists: KeptLists
    viewer: Viewer

    def keep(self, text: str, environment: str | None) -> str:
        return self.lists.keep(text, environment, self.viewer)

    def get(self, name: str) -> str | None:
        return self.lists.get(name, self.viewer)


@dataclass(frozen=True, slots=True)
class SeenScans:
    """Full scans are for those who answer for the database's load."""

    scans: FullScans
    viewer: Viewer

    def of(self, environment: Environment) -> FullScan | None:
        return self.scans.of(environment) if self.viewer.sees(environment.name) else None

    def may_start(self, environment: Environment) -> bool:
        return self.viewer.sees(environment.name, Level.ADMIN)

    def start(self, environment: Environment, column: CountedColumn) -> None:
        if self.may_start(environment):
            self.scans.start(environment, column)

    def cancel(self, environment: Environment) -> None:
        if self.may_start(environment):
            self.scans.cancel(environment)


@dataclass(frozen=True, slots=True)
class SeenProofs:
    """What a verdict on an environment that they see rests on; no row is shown by it."""

    proofs: Proofs
    viewer: Viewer

    def wait(self, claim: Claim | CannotRehearse, timeout_s: float) -> Proof | None:
        if isinstance(claim, Claim) and not self.viewer.sees(claim.environment.name):
            return cannot(UNSEEN.message)
        return self.proofs.wait(claim, timeout_s)


@dataclass(frozen=True, slots=True)
class SeenQuestions:
    """What takes long is for those who answer for the database's load."""

    questions: LongQuestions
    viewer: Viewer

    def running(self, environment: Environment) -> bool:
        return self.viewer.sees(environment.name) and self.questions.running(environment)

    def may_start(self, environment: Environment) -> bool:
        return self.viewer.sees(environment.name, Level.ADMIN)

    def start(self, environment: Environment) -> None:
        if self.may_start(environment):
            self.questions.start(environment)


@dataclass(frozen=True, slots=True)
class SeenMutes:
    """What is muted where somebody sees it; to mute, and to lift that, is for an admin."""

    mutes: PageMutes
    settings: Settings
    viewer: Viewer

    def covering(self, finding: Finding) -> tuple[Mute, ...]:
        every = (*self.settings.mutes, *self.mutes.current())
        return tuple(
            each for each in every if each.covers(finding.code, finding.environment, today())
        )

    def may_mute(self, environment: str) -> bool:
        return self.mutes.possible and self.viewer.sees(environment, Level.ADMIN)

    def add(self, finding: Finding, reason: str, until: date, *, seen: bool = False) -> str | None:
        """Mute it; return why that cannot be."""
        name = finding.environment
        if name is None or not self.may_mute(name):
            return "You may not mute this."
        return self.mutes.add(Mute(finding.code, name, reason, until, self.viewer.user, seen))

    def lift(self, mute: Mute) -> str | None:
        if mute.environment is None or not self.may_mute(mute.environment):
            return "You may not lift this."
        return self.mutes.lift(mute.id)


@dataclass(frozen=True, slots=True)
class SeenAlerts:
    """Who is told what, for those who answer for it; where to is a secret from them, too."""

    alerting: Alerting | None
    settings: Settings
    viewer: Viewer

    @property
    def routes(self) -> tuple[Route, ...]:
        may = _may_ask_anew(self.viewer, self.settings)
        return self.alerting.routes if self.alerting and may else ()

    def test(self, name: str) -> bool:
        """Send a test on a route; say whether it was taken."""
        route = next((each for each in self.routes if each.name == name), None)
        return bool(route and self.alerting and self.alerting.test(route))


@dataclass(frozen=True, slots=True)
class ServedView:
    """`hidden` is how many environments there are beside those that the viewer sees."""

    viewer: Viewer
    settings: Settings
    collector: Collector
    snapshots: SeenSnapshots
    orphans: SeenTask[Orphans]
    failures: SeenTask[Failures]
    shared_failures: SeenFailures
    scans: SeenScans
    long_questions: SeenQuestions
    chosen: SeenRelationships
    lists: SeenLists
    proofs: SeenProofs
    mutes: SeenMutes
    alerts: SeenAlerts
    history: History | None
    problems: tuple[str, ...]
    state_problem: str | None
    hidden: int
    restrict: Callable[[Collector], Collector]

    @property
    def nouns(self) -> Nouns:
        """What rows are called where several environments are shown together."""
        return self.collector.nouns

    @property
    def places(self) -> tuple[RecordedEnvironment, ...]:
        """Name the environments as the history knows them."""
        return tuple(
            RecordedEnvironment(name, each.place) for name, each in self.settings.databases.items()
        )

    @property
    def may_ask_anew(self) -> bool:
        return _may_ask_anew(self.viewer, self.settings)

    def along(self, key: ChosenKey | None) -> "ServedView":
        """Show the same along another foreign key; None is the one that is configured."""
        return (
            replace(self, collector=self.restrict(self.chosen.chosen.along(key))) if key else self
        )


def view_of(served: Serving, viewer: Viewer) -> ServedView:
    """Restrict what is served to what somebody may see."""
    masker = Masker.of(served.settings.access)
    whole = _sees_all(served, viewer)

    def restrict(collector: Collector) -> Collector:
        if whole:
            return collector
        return RestrictedCollector(collector, viewer, masker)

    collector = restrict(served.collector)
    settings = collector.settings
    hidden = len(served.settings.databases) - len(settings.databases)
    chosen = SeenRelationships(served.chosen, viewer, settings, hidden)
    return ServedView(
        viewer=viewer,
        settings=settings,
        collector=collector,
        snapshots=SeenSnapshots(served, viewer, masker, whole=whole),
        orphans=SeenTask(
            served.orphans, viewer, lambda _environment, found: chosen.orphans_of(found)
        ),
        failures=SeenTask(served.failures, viewer, failures_for(viewer)),
        shared_failures=SeenFailures(served.shared_failures, viewer),
        scans=SeenScans(served.scans, viewer),
        long_questions=SeenQuestions(served.long_questions, viewer),
        chosen=chosen,
        lists=SeenLists(served.lists, viewer),
        proofs=SeenProofs(served.proofs, viewer),
        mutes=SeenMutes(served.snapshots.mutes, settings, viewer),
        alerts=SeenAlerts(served.alerting, settings, viewer),
        history=served.history,
        problems=served.problems,
        state_problem=served.state_problem,
        hidden=hidden,
        restrict=restrict,
    )


def _may_ask_anew(viewer: Viewer, settings: Settings) -> bool:
    return any(viewer.sees(each.name, Level.ADMIN) for each in settings.environments)


def _sees_all(served: Serving, viewer: Viewer) -> bool:
    """Whether nothing need be left out: names are for those who may list rows, too."""
    return all(viewer.sees_names(each.name) for each in served.settings.environments)
