"""A thread per environment that keeps its last reading fresh, for all sessions together."""

import logging
import random
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from dashboard.collector import Collector, Pivot
from dashboard.diagnosis.evidence import Kind, Unavailable
from dashboard.environments import Environment
from dashboard.snapshots.powers import beyond_reading
from dashboard.snapshots.readings import Reader, Reading

INTERVAL_S = 60.0
JITTER = 0.1
AT_MOST_EVERY_S = 5.0
RETRY_S = (15.0, 30.0, 60.0, 120.0, 300.0)  # a dead environment is asked less and less often
CLOSE_WAIT_S = 3.0
COUNTING_SHARE = 0.01  # of the time: what takes a second to count is counted every 100 s

_random = random.SystemRandom()
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The last good reading, and why there is no newer one; `tried_at` is None before the first."""

    environment: Environment
    reading: Reading | None = None
    failure: Unavailable | None = None
    tried_at: datetime | None = None
    refreshing: bool = False


class Snapshots:
    """What every page reads; only its own threads ask the databases."""

    def __init__(self, collector: Collector) -> None:
        pivot = Pivot(collector.settings.databases)
        self._changed = threading.Condition()
        self._refreshers = tuple(
            _Refresher(Reader(collector, each, pivot), Snapshot(each), self._changed)
            for each in collector.settings.environments
        )

    def start(self) -> None:
        for each in self._refreshers:
            each.start()

    def close(self) -> None:
        """Stop, and wait for what is being asked: its connections have to come back first."""
        for each in self._refreshers:
            each.stop()
        for each in self._refreshers:
            each.join(CLOSE_WAIT_S)

    def __iter__(self) -> Iterator[Snapshot]:
        return iter(tuple(each.snapshot for each in self._refreshers))

    @property
    def attempted(self) -> bool:
        """Whether every environment was asked at least once."""
        return all(each.tried_at for each in self)

    def refresh(self) -> None:
        """Ask every environment that was not asked just now; nobody waits for it."""
        for each in self._refreshers:
            each.hurry()

    def settle(self, timeout_s: float) -> bool:
        """Wait until every environment was asked and none is being asked."""
        with self._changed:
            return self._changed.wait_for(lambda: all(map(_settled, self)), timeout_s)


def _settled(snapshot: Snapshot) -> bool:
    return snapshot.tried_at is not None and not snapshot.refreshing


class _Refresher(threading.Thread):
    """Refreshes one environment, never twice at once."""

    def __init__(self, reader: Reader, snapshot: Snapshot, changed: threading.Condition) -> None:
        super().__init__(name=f"refresh {snapshot.environment.name}", daemon=True)
        self.snapshot = snapshot
        self._reader = reader
        self._changed = changed
        self._wake = threading.Event()
        self._stopped = False
        self._failures = 0
        self._tried = float("-inf")
        self._count_after = float("-inf")

    def run(self) -> None:
        while not self._stopped:
            self._wake.clear()
            self._refresh()
            self._wake.wait(self._pause_s)

    def stop(self) -> None:
        self._stopped = True
        self._wake.set()

    def hurry(self) -> None:
        if self.snapshot.refreshing or time.monotonic() - self._tried < AT_MOST_EVERY_S:
            return
        self._publish(replace(self.snapshot, refreshing=True))
        self._wake.set()

    @property
    def _pause_s(self) -> float:
        failed = min(self._failures, len(RETRY_S))
        pause = RETRY_S[failed - 1] if failed else INTERVAL_S
        return pause * _random.uniform(1 - JITTER, 1 + JITTER)

    def _refresh(self) -> None:
        self._publish(replace(self.snapshot, refreshing=True))
        try:
            self._read()
        except Exception:
            log.exception("%s could not be read.", self.snapshot.environment.name)
            self._fail(Unavailable(Kind.UNCLASSIFIED, "the dashboard failed: its log says why"))
        self._tried = time.monotonic()

    def _read(self) -> None:
        outcome = self._reader.read(self.snapshot.reading)
        if isinstance(outcome, Unavailable):
            self._fail(outcome)
            return
        self._failures = 0
        self._tell_powers(outcome)
        counting = time.monotonic() >= self._count_after
        self._publish(
            replace(
                self.snapshot,
                reading=outcome,
                failure=None,
                tried_at=datetime.now(UTC),
                refreshing=counting,
            )
        )
        if counting:
            self._count(outcome)

    def _fail(self, failure: Unavailable) -> None:
        self._failures += 1
        now = datetime.now(UTC)
        self._publish(replace(self.snapshot, failure=failure, tried_at=now, refreshing=False))

    def _count(self, reading: Reading) -> None:
        started = time.monotonic()
        projects, deployments = self._reader.count()
        ended = time.monotonic()
        self._count_after = ended + (ended - started) / COUNTING_SHARE
        counted = replace(reading, projects=projects, deployments=deployments)
        self._publish(replace(self.snapshot, reading=counted, refreshing=False))

    def _tell_powers(self, reading: Reading) -> None:
        """Log what the role can do, once."""
        if self.snapshot.reading or isinstance(reading.powers, Unavailable):
            return
        name = self.snapshot.environment.name
        if more := beyond_reading(reading.powers):
            log.warning("%s: the role can do more than read: %s.", name, more)
        else:
            log.info("%s: the role can only read.", name)

    def _publish(self, snapshot: Snapshot) -> None:
        with self._changed:
            self.snapshot = snapshot
            self._changed.notify_all()
