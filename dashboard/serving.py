"""What all sessions share: settings, collector and snapshots, renewed when the file changes."""

import contextlib
import logging
import threading
import time
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from dashboard.access.audit import AUDIT
from dashboard.background import delivery, failures, orphans, rehearsals
from dashboard.background.alerting import Alerting
from dashboard.background.chosen import ChosenRelationships
from dashboard.background.failures import SharedFailures
from dashboard.background.kept_lists import KeptLists
from dashboard.background.long_questions import LongQuestions
from dashboard.background.muting import PageMutes
from dashboard.background.periodic_task import Clock, PeriodicTask
from dashboard.background.proofs import Proofs
from dashboard.background.recording import Recorder
from dashboard.background.scans import FullScans
from dashboard.background.sharing import Sharing, place_name
from dashboard.background.snapshots import SnapshotStore
from dashboard.collect.collector import Collector
from dashboard.collect.failures import sources
from dashboard.collect.failures.sources import Failures
from dashboard.collect.identities import identities
from dashboard.collect.orphans import scan
from dashboard.collect.proving import Prover
from dashboard.collect.rehearsing import Rehearser
from dashboard.diagnose.finding import Finding
from dashboard.diagnose.migrations.schema.rehearsed import Rehearsed
from dashboard.diagnose.nouns import Nouns
from dashboard.diagnose.orphans import Orphans
from dashboard.diagnose.relationship import ChosenKey
from dashboard.environments import Environment
from dashboard.settings import Settings, SettingsError, load_configured, project_folder
from dashboard.settings.access import Access
from dashboard.state import (
    History,
    Measure,
    RecordedEnvironment,
    SharedLists,
    SharedStore,
    SqliteStore,
    Store,
)
from queries.records import dataclass

LOOK_EVERY_S = 1.0

log = logging.getLogger("dashboard")


@dataclass(frozen=True, slots=True)
class Serving:
    """What is served; `history` is None where none is to be kept.

    `problems`: why the file as it is now could not be used; what it said before holds.
    """

    settings: Settings
    collector: Collector
    clock: Clock
    snapshots: SnapshotStore
    orphans: PeriodicTask[Orphans]
    failures: PeriodicTask[Failures]
    shared_failures: SharedFailures
    scans: FullScans
    chosen: ChosenRelationships
    lists: KeptLists
    rehearser: Rehearser
    rehearsals: PeriodicTask[Rehearsed]
    proofs: Proofs
    long_questions: LongQuestions
    history: History | None = None
    store: Store | None = None
    sharing: Sharing | None = None
    alerting: Alerting | None = None
    problems: tuple[str, ...] = ()

    @property
    def nouns(self) -> Nouns:
        """What rows are called where several environments are shown together."""
        return self.collector.nouns

    def along(self, key: ChosenKey | None) -> "Serving":
        """Serve the same along another foreign key; None is the one that is configured."""
        return replace(self, collector=self.chosen.along(key)) if key else self

    @property
    def state_problem(self) -> str | None:
        """Say why what several processes share cannot be used at the moment."""
        return self.store.problem if isinstance(self.store, SharedStore) else None

    @property
    def places(self) -> tuple[RecordedEnvironment, ...]:
        """Name the environments as the history knows them."""
        return tuple(
            RecordedEnvironment(name, each.place) for name, each in self.settings.databases.items()
        )


@dataclass(slots=True)
class _Held:
    serving: Serving | None = None
    stamp: tuple[int, int, int] | None = None
    looked: float = float("-inf")


_held = _Held()
_lock = threading.Lock()


def current() -> Serving:
    """Return what is served; raise SettingsError where nothing can be."""
    with _lock:
        if _held.serving is None or _file_changed(_held.serving.settings):
            _renew()
        if _held.serving is None:
            raise AssertionError("renewing raises where there is nothing to serve")
        return _held.serving


def stop() -> None:
    with _lock:
        if _held.serving:
            _close(_held.serving)
        _held.serving = None


def access() -> Access | None:
    """Say how people come in, as far as that is known; never waits."""
    serving = _held.serving
    return serving.settings.access if serving else None


def redact(text: str) -> str:
    """Take the secrets of the settings out of a text; never waits."""
    serving = _held.serving
    return serving.settings.redact(text) if serving else text


def _renew() -> None:
    before = _held.serving
    try:
        settings = _loaded(before)
    except SettingsError as error:
        if before is None:
            raise
        log.warning("The changed configuration is not used: %s", " ".join(error.problems))
        _held.serving = replace(before, problems=error.problems)
        return
    for warning in settings.warnings:
        log.warning("%s", warning)
    _held.stamp = _stamp(settings)
    _held.serving = _served(settings, before.lists if before else KeptLists())
    _share(_held.serving)
    _held.serving.clock.start()
    if _held.serving.alerting:
        _held.serving.alerting.start()
    if before:
        log.info("The changed configuration is used from now on.")
        threading.Thread(target=_close, args=(before,), daemon=True).start()


def _share(serving: Serving) -> None:
    """Begin to share with other processes, where there is a database for it."""
    serving.lists.shared = AUDIT.also = None
    if serving.sharing and serving.store:
        serving.lists.shared = SharedLists(serving.store)
        AUDIT.also = serving.sharing.trail.append
        serving.sharing.start()


def _served(settings: Settings, lists: KeptLists) -> Serving:
    clock, collector = Clock(), Collector(settings)
    store = _store(settings, collector)
    history = History(store) if store and settings.keeps_history else None

    def findings(environment: Environment) -> Iterable[Finding]:
        return sources.findings(failed[environment], collector)

    def measures(environment: Environment) -> Iterable[Measure]:
        yield from scan.measures(lost[environment])
        yield from sources.measures(failed[environment])

    def rehearsed() -> dict[Environment, Rehearsed]:
        return {each.environment: each.value for each in rehearsing if each.value}

    record = Recorder(settings, store, history, measures).keep
    snapshots = SnapshotStore(clock, collector, findings, record, rehearsed)
    said = snapshots.definitions
    lost, failed = orphans.task(clock, collector, said), failures.task(clock, collector, said)
    snapshots.mutes = PageMutes(store, snapshots.judge_again)
    rehearser = Rehearser(settings, collector.fleet)
    rehearsing = rehearsals.task(clock, settings, snapshots, rehearser)
    shared, scans = SharedFailures(collector), FullScans(collector)
    proofs = Proofs(Prover(settings, collector.fleet))
    tasks = (snapshots, lost, failed, shared, scans, ChosenRelationships(collector))
    long = LongQuestions(rehearser, rehearsing)
    rehearsed_by = (rehearser, rehearsing, proofs, long)
    sharing = _sharing(collector, store, snapshots, (lost, failed, rehearsing))
    return Serving(
        settings,
        collector,
        clock,
        *tasks,
        lists,
        *rehearsed_by,
        history,
        store,
        sharing,
        _alerting(settings, store, history, snapshots),
    )


def _alerting(
    settings: Settings, store: Store | None, history: History | None, snapshots: SnapshotStore
) -> Alerting | None:
    if store is None or not settings.alerts.routes:
        return None
    return Alerting(settings, store, history, snapshots)


def _sharing(
    collector: Collector,
    store: Store | None,
    snapshots: SnapshotStore,
    others: Iterable[PeriodicTask[Any]],
) -> Sharing | None:
    if not isinstance(store, SharedStore):
        return None
    places = {
        each.environment: place_name(each.environment, each.place)
        for each in collector.settings.databases.values()
    }
    tasks = {each.name: each for each in (snapshots, *others)}
    return Sharing(store, places, tasks, snapshots.adopted, collector.fleet.let_go)


def _store(settings: Settings, collector: Collector) -> Store | None:
    if settings.state:
        from dashboard.state.database import DatabaseStore  # with SQLAlchemy, which takes 11 MB

        parameters, address = settings.state.parameters, settings.state.address
        return DatabaseStore(parameters, address, partial(identities, collector))
    return SqliteStore(settings.history) if settings.history else None


def _loaded(before: Serving | None) -> Settings:
    """Read the settings; a file that is just being written names no environment."""
    settings = load_configured()
    if mistakes := [*delivery.mistakes(settings.alerts), *_nowhere(settings)]:
        raise SettingsError(*mistakes)
    if before and before.settings.databases and not settings.databases:
        raise SettingsError("The configuration names no environment any more.")
    if before and before.settings.access.entrance != settings.access.entrance:
        raise SettingsError("[access] has changed; restart the dashboard to use it.")
    return settings


def _nowhere(settings: Settings) -> Iterable[str]:
    if settings.alerts.routes and not (settings.history or settings.state):
        yield "[alerts] needs [history] or [state], where it keeps what was told."


def _close(serving: Serving) -> None:
    if serving.alerting:
        serving.alerting.close()
    serving.rehearser.close()  # who waits for it would hold up the clock
    serving.proofs.close()
    if serving.sharing:
        serving.sharing.close()
    serving.clock.close()
    serving.collector.close()
    if isinstance(serving.store, SharedStore):
        serving.store.close()


def _file_changed(settings: Settings) -> bool:
    """Look at the file at most once a second; what a look found is remembered."""
    if time.monotonic() - _held.looked < LOOK_EVERY_S:
        return False
    _held.looked = time.monotonic()
    stamp = _stamp(settings)
    changed = stamp != _held.stamp
    _held.stamp = stamp
    return changed


def _stamp(settings: Settings) -> tuple[int, int, int] | None:
    path = settings.source or project_folder() / ".streamlit" / "secrets.toml"
    with contextlib.suppress(OSError):
        seen = Path(path).stat()
        return seen.st_mtime_ns, seen.st_ino, seen.st_size
    return None
