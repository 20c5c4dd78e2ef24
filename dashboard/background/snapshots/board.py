"""The last word of every environment, and how they are judged beside one another."""

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from dashboard.background.snapshots.readings import Reading
from dashboard.diagnose.evidence import Unavailable
from dashboard.diagnose.finding import Finding
from dashboard.diagnose.health.report import Checkup, Context, Survey, Surveys, judge
from dashboard.environments import Environment


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The last good reading, and why there is no newer one; `tried_at` is None before the first."""

    environment: Environment
    reading: Reading | None = None
    failure: Unavailable | None = None
    tried_at: datetime | None = None
    refreshing: bool = False

    @property
    def said(self) -> Survey | Unavailable | None:
        """Give the newest answer, which may be that there is none; None before the first."""
        return self.failure or (self.reading.survey if self.reading else None)


class Board:
    """What the refreshing threads write and all sessions read."""

    def __init__(self, environments: Iterable[Environment]) -> None:
        self._snapshots = {each: Snapshot(each) for each in environments}
        self._checkup: Checkup | None = None
        self._changed = threading.Condition()
        self._judging = threading.Lock()

    def __iter__(self) -> Iterator[Snapshot]:
        with self._changed:
            return iter(tuple(self._snapshots.values()))

    def __getitem__(self, environment: Environment) -> Snapshot:
        with self._changed:
            return self._snapshots[environment]

    @property
    def checkup(self) -> Checkup | None:
        """How those that were asked are judged; None before the first judgement."""
        return self._checkup

    @property
    def attempted(self) -> bool:
        """Whether every environment was asked at least once."""
        return all(each.tried_at for each in self)

    @property
    def surveys(self) -> Surveys:
        """Give the newest word of each that was asked."""
        return {each.environment: each.said for each in self if each.said}

    def put(self, environment: Environment, **changes: object) -> None:
        """Change these fields of a snapshot; several threads may."""
        with self._changed:
            before = self._snapshots[environment]
            self._snapshots[environment] = replace(before, **changes)  # type: ignore[arg-type]  # its own fields
            self._changed.notify_all()

    def judge(
        self, context: Context, beside: Callable[[Environment], Iterable[Finding]]
    ) -> Checkup:
        """Judge all anew; one at a time, so that the newest judgement stays."""
        with self._judging:
            more = [finding for each in self._snapshots for finding in beside(each)]
            self._checkup = judge(self.surveys, context, self._checkup, more)
            return self._checkup

    def forget(self) -> None:
        """Drop the judgement, where a newer one could not be made: it would be out of date."""
        self._checkup = None

    def wait_for(self, holds: Callable[["Board"], bool], timeout_s: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: holds(self), timeout_s)
