"""What is rehearsed for every environment: again when its schema or the scripts have changed."""

from collections.abc import Iterator, Sequence

from dashboard.background.periodic_task import Clock, PeriodicTask, Schedule
from dashboard.background.snapshots import SnapshotStore
from dashboard.collect.health.inspection import context_of
from dashboard.collect.rehearsing import Rehearser
from dashboard.diagnose.facts import EnvironmentFacts, Kind, Unavailable
from dashboard.diagnose.migrations.schema.rehearsed import Rehearsed
from dashboard.environments import Environment
from dashboard.settings import Settings

EVERY_S = 120.0
GATHER_S = 60.0  # environments at one state share what was replayed
PATIENCE_S = 30.0  # for what is compared to be there at all
SHARE = 0.05  # of the time: questions on large tables take seconds


def task(
    clock: Clock, settings: Settings, snapshots: SnapshotStore, rehearser: Rehearser
) -> PeriodicTask[Rehearsed]:
    """Rehearse what the snapshots show, and have them judged anew where that tells more."""

    def ask(
        environments: Sequence[Environment],
    ) -> Iterator[tuple[Environment, Rehearsed | Unavailable]]:
        snapshots.wait_until_idle(PATIENCE_S)
        facts = snapshots.facts
        known = [each for each in environments if each in facts]
        told = rehearser.rehearse(known, facts, context_of(settings))
        before = dict(snapshots.rehearsals())
        for each in environments:
            yield each, told.get(each) or _why_not(facts.get(each))
        if any(before.get(each) != said for each, said in told.items()):
            snapshots.judge_again()
        rehearser.rest()

    schedule = Schedule(EVERY_S, share=SHARE, gather_s=GATHER_S)
    asked = settings.environments if settings.rehearsal else ()
    return PeriodicTask(clock, "rehearsals", asked, ask, schedule)


def _why_not(facts: EnvironmentFacts | Unavailable | None) -> Unavailable:
    unasked = Unavailable(Kind.BUSY, "it was not asked yet")
    return facts if isinstance(facts, Unavailable) else unasked
