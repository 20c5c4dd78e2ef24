"""What is asked along a foreign key that somebody chose: when it is shown, for all who look on."""

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar

from dashboard.background.periodic_task import or_broken
from dashboard.collect.collector import Collector
from dashboard.collect.health.inspection import Inspector, context_of
from dashboard.collect.orphans.scan import LastOrphans, count_all
from dashboard.collect.result import LastResult
from dashboard.diagnose.facts import Unavailable
from dashboard.diagnose.health import drift
from dashboard.diagnose.health.drift import Row
from dashboard.diagnose.health.report import FactsOfAll
from dashboard.diagnose.relationship import ChosenKey
from dashboard.environments import Environment
from queries.records import dataclass

KEPT = timedelta(minutes=5)  # counting goes through tables
AT_MOST_EVERY = timedelta(seconds=5)
MOST = 8  # that are kept: there may be hundreds of foreign keys

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Answer(Generic[T]):
    at: datetime
    value: T


class _Asked(Generic[T]):
    """The last answers by foreign key; one is asked at a time, and who comes meanwhile waits."""

    def __init__(self, ask: Callable[[Collector], T], kept: timedelta) -> None:
        self._ask = ask
        self._kept = kept
        self._answers: dict[ChosenKey, _Answer[T]] = {}
        self._lock = threading.Lock()

    def answer(self, key: ChosenKey, collector: Collector, *, again: bool) -> T:
        came = datetime.now(UTC)
        with self._lock:
            last = self._answers.pop(key, None)
            if last is None or last.at < came - (AT_MOST_EVERY if again else self._kept):
                last = _Answer(datetime.now(UTC), self._ask(collector))
            newest = (*self._answers.items(), (key, last))
            self._answers = dict(newest[-MOST:])
            return last.value


class ChosenRelationships:
    """Orphan candidates and the constraint's cells along any foreign key, by its choice."""

    def __init__(self, collector: Collector) -> None:
        self._collector = collector
        self._along: dict[ChosenKey, Collector] = {}
        self._orphans = _Asked(_counted, KEPT)
        self._drift = _Asked(_inspected, timedelta(minutes=1))

    def along(self, key: ChosenKey) -> Collector:
        """Keep what asks along a foreign key: it remembers the catalogs."""
        collector = self._along.pop(key, None) or self._collector.along(key)
        newest = (*self._along.items(), (key, collector))
        self._along = dict(newest[-MOST:])
        return collector

    def orphans(self, key: ChosenKey, *, again: bool = False) -> tuple[LastOrphans, ...]:
        return self._orphans.answer(key, self.along(key), again=again)

    def drift(self, key: ChosenKey, among: Sequence[Environment]) -> tuple[Row, ...]:
        """Compare these environments with one another."""
        seen = self._drift.answer(key, self.along(key), again=False)
        answered = {each: seen[each] for each in among}
        return drift.table(
            {
                each: None if isinstance(said, Unavailable) else said
                for each, said in answered.items()
            }
        )


def _counted(collector: Collector) -> tuple[LastOrphans, ...]:
    found = or_broken(lambda: dict(count_all(collector)))
    now = datetime.now(UTC)
    said = {
        each: found if isinstance(found, Unavailable) else found[each]
        for each in collector.settings.environments
    }
    return tuple(
        LastResult(each, failure=answer, tried_at=now)
        if isinstance(answer, Unavailable)
        else LastResult(each, answer, tried_at=now)
        for each, answer in said.items()
    )


def _inspected(collector: Collector) -> FactsOfAll:
    environments = collector.settings.environments
    return Inspector(collector).inspect(environments, {}, context_of(collector.settings))
