"""What the history keeps of a refresh: how the environment is, what was found, and its counts."""

from collections.abc import Callable, Iterable

from dashboard.background.row_counts import RowCount
from dashboard.background.snapshots import Snapshot
from dashboard.collect.result import LastResult
from dashboard.diagnose.health.report import EnvironmentHealth, HealthReport
from dashboard.environments import Environment
from dashboard.settings import Settings
from dashboard.state import Entry, History, Measure, Noted, SharedStore, Store
from queries.records import dataclass


@dataclass(frozen=True, slots=True)
class Recorder:
    """Keeps what was seen, with what is measured less often, where a history is to be kept."""

    settings: Settings
    store: Store | None
    history: History | None
    additional: Callable[[Environment], Iterable[Measure]] = lambda _environment: ()

    def keep(self, last: LastResult[Snapshot], checkup: HealthReport | None) -> None:
        place = self.settings.databases[last.environment.name].place
        kept = entry(last, checkup, place, self.additional(last.environment))
        if isinstance(self.store, SharedStore) and last.value:
            self.store.compare(last.environment.name, last.value.facts.identity)
        if self.history and kept:
            self.history.append(kept)


def entry(
    last: LastResult[Snapshot], checkup: HealthReport | None, place: str, more: Iterable[Measure]
) -> Entry | None:
    """Put a judged snapshot into plain words, with what else was measured; None if not judged."""
    healths = checkup.environments if checkup else ()
    health = next((each for each in healths if each.environment == last.environment), None)
    if health is None or last.tried_at is None:
        return None
    answered = None if last.failure else last.value
    return Entry(
        at=last.tried_at,
        environment=last.environment.name,
        address=place,
        status=health.status.value,
        ms=answered.ms if answered else None,
        unavailable=last.failure.kind.value if last.failure else None,
        findings=tuple(_noted(health)),
        measures=(*_measures(answered), *more) if answered else (),
    )


def _noted(health: EnvironmentHealth) -> Iterable[Noted]:
    for each in (*health.findings, *health.between):
        yield Noted(each.code, each.severity.value)
    for each in health.muted:
        yield Noted(each.code, each.severity.value, muted=True)


def _measures(snapshot: Snapshot) -> Iterable[Measure]:
    counted: tuple[tuple[str, RowCount], ...] = (
        ("projects", snapshot.projects),
        ("deployments", snapshot.deployments),
    )
    for name, count in counted:
        if count.number is not None:
            yield Measure(name, count.number, count.precision.value)
