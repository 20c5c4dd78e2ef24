"""What every environment says of its failures: for Health, and for those who look at a range."""

import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from dashboard.background.periodic_task import SHARE, Clock, PeriodicTask, Schedule
from dashboard.background.snapshots import APART_S
from dashboard.collect.catalog import Definitions
from dashboard.collect.collector import Collector
from dashboard.collect.failure_sources import Span
from dashboard.collect.failures.sources import Failures, last_days, of_all, of_health
from dashboard.diagnose.facts import Unavailable
from dashboard.environments import Environment
from queries.records import dataclass

EVERY_S = 60.0
KEPT = timedelta(minutes=1)
AT_MOST_EVERY = timedelta(seconds=5)
MOST_ZONES = 8  # that are counted in at a time: a client may claim any


def task(clock: Clock, collector: Collector, definitions: Definitions) -> PeriodicTask[Failures]:
    """Count once Health has begun, over its connections; `definitions` are what was said to it."""
    settings = collector.settings
    begun_s = APART_S * len(settings.environments)
    return PeriodicTask(
        clock,
        "failures",
        settings.environments,
        lambda environments: of_all(collector, of_health(), environments, definitions),
        Schedule(EVERY_S, share=SHARE, apart_s=APART_S, after_s=begun_s),
    )


@dataclass(frozen=True, slots=True)
class FailureAnswers:
    """`by` has every environment in the order of the settings."""

    span: Span
    by: Mapping[Environment, Failures | Unavailable]


class SharedFailures:
    """The last answers by range and time zone; those who come meanwhile wait for the first.

    Where more zones are claimed within a minute than are counted in, the others get UTC.
    """

    def __init__(self, collector: Collector) -> None:
        self._collector = collector
        self._zones: dict[str, datetime] = {}
        self._locks: dict[tuple[int, str], threading.Lock] = {}
        self._kept: dict[tuple[int, str], FailureAnswers] = {}
        self._lock = threading.Lock()

    def answers(self, days: int, zone: str, *, again: bool = False) -> FailureAnswers:
        """Return what somebody asked less than a minute ago, or ask again."""
        came = datetime.now(UTC)
        with self._lock:
            zone = self._admitted(zone, came)
            key = (days, zone)
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            kept = self._kept.get(key)
            if kept is None or kept.span.until < came - (AT_MOST_EVERY if again else KEPT):
                kept = self._ask(last_days(days, datetime.now(UTC), zone))
                self._keep(key, kept)
            return kept

    def _ask(self, span: Span) -> FailureAnswers:
        found = dict(of_all(self._collector, span))
        return FailureAnswers(
            span, {each: found[each] for each in self._collector.settings.environments}
        )

    def _keep(self, key: tuple[int, str], answers: FailureAnswers) -> None:
        with self._lock:
            oldest = datetime.now(UTC) - KEPT
            recent = {each: held for each, held in self._kept.items() if held.span.until > oldest}
            self._kept = {**recent, key: answers}

    def _admitted(self, zone: str, now: datetime) -> str:
        used = {each: last for each, last in self._zones.items() if now - last < KEPT}
        admitted = zone in used or len(used) < MOST_ZONES
        self._zones = {**used, zone: now} if admitted else used
        return zone if admitted else "UTC"
