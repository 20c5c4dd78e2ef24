"""The last hunt for orphans in every environment, with its age: one at a time, for all sessions."""

import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from dashboard.collector import Collector, Pivot
from dashboard.connections import Deadline
from dashboard.diagnosis.evidence import Kind, Unavailable
from dashboard.diagnosis.orphans import Orphans
from dashboard.environments import Environment
from dashboard.orphan_hunt import HUNTING, collect, with_whereabouts

FRESH_S = 300.0  # a hunt goes through tables: nobody needs one every minute
AT_MOST_EVERY_S = 5.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Hunted:
    """The last good hunt, and why there is no newer one; `tried_at` is None before the first."""

    environment: Environment
    orphans: Orphans | None = None
    failure: Unavailable | None = None
    tried_at: datetime | None = None
    hunting: bool = False


class Hunts:
    """Every environment's last hunt; only its own thread asks the databases."""

    def __init__(self, collector: Collector) -> None:
        self.collector = collector
        self._hunted = {each: Hunted(each) for each in collector.settings.environments}
        self._changed = threading.Condition()
        self._started = float("-inf")
        self._running = False

    def __iter__(self) -> Iterator[Hunted]:
        with self._changed:
            return iter(tuple(self._hunted.values()))

    @property
    def running(self) -> bool:
        return self._running

    def refresh(self, older_than_s: float = AT_MOST_EVERY_S) -> None:
        """Start a round unless one is running, or the last one is not as old; nobody waits."""
        with self._changed:
            if self._running or time.monotonic() - self._started < older_than_s:
                return
            self._running, self._started = True, time.monotonic()
            self._hunted = {
                each: replace(hunted, hunting=True) for each, hunted in self._hunted.items()
            }
        threading.Thread(target=self._round, name="hunt for orphans", daemon=True).start()

    def settle(self, timeout_s: float) -> bool:
        """Wait until no round is running."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._running, timeout_s)

    def _round(self) -> None:
        try:
            self._hunt()
        except Exception:
            log.exception("The orphans could not be counted.")
            failure = Unavailable(Kind.UNCLASSIFIED, "the dashboard failed: its log says why")
            for hunted in self:
                if hunted.hunting:
                    self._publish(hunted.environment, failure)
        finally:
            with self._changed:
                self._running = False
                self._changed.notify_all()

    def _hunt(self) -> None:
        """Show each environment as it answers, and where lost projects live once all have."""
        pivot = Pivot(self.collector.settings.databases)

        def work(environment: Environment, deadline: Deadline) -> Orphans | Unavailable:
            return collect(self.collector, environment, deadline, pivot)

        seen: dict[Environment, Orphans] = {}
        for environment, answer in self.collector.ask_all(work, HUNTING):
            self._publish(environment, answer)
            if isinstance(answer, Orphans):
                seen[environment] = answer
        for environment, orphans in with_whereabouts(self.collector, seen).items():
            self._publish(environment, orphans)

    def _publish(self, environment: Environment, answer: Orphans | Unavailable) -> None:
        now = datetime.now(UTC)
        with self._changed:
            before = self._hunted[environment]
            failed = isinstance(answer, Unavailable)
            self._hunted[environment] = Hunted(
                environment,
                orphans=before.orphans if isinstance(answer, Unavailable) else answer,
                failure=answer if failed else None,  # type: ignore[arg-type]
                tried_at=now,
            )
            self._changed.notify_all()


_lock = threading.Lock()
_held: list[Hunts] = []


def latest(collector: Collector) -> Hunts:
    """Return the hunts of what is served, and start a round where the last one is old."""
    with _lock:
        if not _held or _held[0].collector is not collector:
            _held[:] = [Hunts(collector)]
        hunts = _held[0]
    hunts.refresh(FRESH_S)
    return hunts
