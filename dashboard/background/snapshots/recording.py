"""What the history keeps of a refresh: how the environment is, what was found, and its counts."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from dashboard.background.snapshots.board import Snapshot
from dashboard.background.snapshots.readings import Census, Reading
from dashboard.diagnose.finding import Finding
from dashboard.diagnose.health.report import Checkup, Health
from dashboard.environments import Environment
from dashboard.history import Entry, History, Measure, Noted
from dashboard.settings import Settings


@dataclass(frozen=True, slots=True)
class Beside:
    """What is known of an environment beside its snapshot, from what is asked less often."""

    findings: Callable[[Environment], Iterable[Finding]]
    measures: Callable[[Environment], Iterable[Measure]]


NOTHING = Beside(lambda _environment: (), lambda _environment: ())


@dataclass(frozen=True, slots=True)
class Recorder:
    """Keeps what was seen, where a history is to be kept."""

    settings: Settings
    history: History | None
    beside: Beside

    def keep(self, snapshot: Snapshot, checkup: Checkup | None) -> None:
        place = self.settings.databases[snapshot.environment.name].place
        more = tuple(self.beside.measures(snapshot.environment))
        kept = entry(snapshot, checkup, place, more)
        if self.history and kept:
            self.history.append(kept)


def entry(
    snapshot: Snapshot, checkup: Checkup | None, place: str, more: tuple[Measure, ...] = ()
) -> Entry | None:
    """Put a judged snapshot into plain words; None where it was not judged."""
    healths = checkup.environments if checkup else ()
    health = next((each for each in healths if each.environment == snapshot.environment), None)
    if health is None or snapshot.tried_at is None:
        return None
    failure, reading = snapshot.failure, snapshot.reading
    answered = reading if failure is None else None
    return Entry(
        at=snapshot.tried_at,
        environment=snapshot.environment.name,
        address=place,
        status=health.status.value,
        ms=answered.ms if answered else None,
        unavailable=failure.kind.value if failure else None,
        findings=tuple(_noted(health)),
        measures=(*_measures(answered), *more) if answered else (),
    )


def _noted(health: Health) -> Iterable[Noted]:
    for each in health.findings:
        yield Noted(each.code, each.severity.value)
    for each in health.muted:
        yield Noted(each.code, each.severity.value, muted=True)


def _measures(reading: Reading) -> Iterable[Measure]:
    counted: tuple[tuple[str, Census], ...] = (
        ("projects", reading.projects),
        ("deployments", reading.deployments),
    )
    for name, census in counted:
        if census.number is not None:
            yield Measure(name, census.number, census.precision.value)
