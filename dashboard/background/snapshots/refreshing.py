"""A thread per environment that keeps its last reading fresh, for all sessions together."""

import logging
import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar

from dashboard.background.snapshots.board import Board, Snapshot
from dashboard.background.snapshots.powers import beyond_reading
from dashboard.background.snapshots.readings import Reader, Reading
from dashboard.background.snapshots.recording import NOTHING, Beside, Recorder
from dashboard.collect.collector import Collector
from dashboard.collect.health.inspection import Surveyor, context_of
from dashboard.diagnose.evidence import Kind, Unavailable
from dashboard.diagnose.health.report import Checkup, Context
from dashboard.environments import Environment
from dashboard.history import History
from dashboard.settings import Settings

INTERVAL_S = 60.0
FIRST_PAUSE_S = 3.0  # what is compared with the others' answers waits until they are there
JITTER = 0.1
AT_MOST_EVERY_S = 5.0
RETRY_S = (15.0, 30.0, 60.0, 120.0, 300.0)  # a dead environment is asked less and less often
CLOSE_WAIT_S = 3.0
COUNTING_SHARE = 0.01  # of the time: what takes a second to count is counted every 100 s

BROKEN = Unavailable(Kind.UNCLASSIFIED, "the dashboard failed: its log says why")

T = TypeVar("T")
_random = random.SystemRandom()
log = logging.getLogger(__name__)


class Snapshots:
    """What every page reads; only its own threads ask the databases."""

    def __init__(
        self, collector: Collector, history: History | None = None, beside: Beside = NOTHING
    ) -> None:
        settings, surveyor = collector.settings, Surveyor(collector)
        self._board = Board(settings.environments)
        recorder = Recorder(settings, history, beside)
        self._refreshers = tuple(
            _Refresher(Reader(collector, surveyor, each), each, self._board, settings, recorder)
            for each in settings.environments
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
        return iter(self._board)

    @property
    def checkup(self) -> Checkup | None:
        return self._board.checkup

    @property
    def attempted(self) -> bool:
        """Whether every environment was asked at least once."""
        return self._board.attempted

    def refresh(self, environment: Environment | None = None) -> None:
        """Ask one or every environment, if it was not asked just now; nobody waits for it."""
        for each in self._refreshers:
            if environment in (None, each.environment):
                each.hurry()

    def settle(self, timeout_s: float) -> bool:
        """Wait until every environment was asked and none is being asked."""
        return self._board.wait_for(lambda board: all(map(_settled, board)), timeout_s)


def _settled(snapshot: Snapshot) -> bool:
    return snapshot.tried_at is not None and not snapshot.refreshing


class _Refresher(threading.Thread):
    """Refreshes one environment, never twice at once."""

    def __init__(
        self,
        reader: Reader,
        environment: Environment,
        board: Board,
        settings: Settings,
        recorder: Recorder,
    ) -> None:
        super().__init__(name=f"refresh {environment.name}", daemon=True)
        self._reader = reader
        self.environment = environment
        self._board = board
        self._settings = settings
        self._recorder = recorder
        self._wake = threading.Event()
        self._stopped = False
        self._failures = 0
        self._answers = 0
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
        if self._snapshot.refreshing or time.monotonic() - self._tried < AT_MOST_EVERY_S:
            return
        self._put(refreshing=True)
        self._wake.set()

    @property
    def _snapshot(self) -> Snapshot:
        return self._board[self.environment]

    @property
    def _pause_s(self) -> float:
        failed = min(self._failures, len(RETRY_S))
        regular = INTERVAL_S if self._answers > 1 else FIRST_PAUSE_S
        pause = RETRY_S[failed - 1] if failed else regular
        return pause * _random.uniform(1 - JITTER, 1 + JITTER)

    def _refresh(self) -> None:
        self._put(refreshing=True)
        outcome = self._safely(self._read) or BROKEN
        self._take(outcome)
        if self._safely(self._judge) is None:
            self._board.forget()
        if isinstance(outcome, Reading) and time.monotonic() >= self._count_after:
            self._safely(lambda: self._count(outcome))
        self._safely(self._record)
        self._tried = time.monotonic()
        self._put(refreshing=False)

    def _safely(self, work: Callable[[], T]) -> T | None:
        """Log a bug instead of ending the thread: it would be the last refresh."""
        try:
            return work()
        except Exception:
            log.exception("%s could not be refreshed.", self.environment.name)
            return None

    def _read(self) -> Reading | Unavailable:
        said = self._board.surveys
        others = {each: survey for each, survey in said.items() if each != self.environment}
        return self._reader.read(others, self._context(), self._snapshot.reading)

    def _judge(self) -> Checkup:
        return self._board.judge(self._context(), self._recorder.beside.findings)

    def _context(self) -> Context:
        before = self._board.checkup
        return replace(context_of(self._settings), remembered=before.strict if before else None)

    def _record(self) -> None:
        """Keep what was seen, once there is something to compare it with."""
        if self._board.attempted:
            self._recorder.keep(self._snapshot, self._board.checkup)

    def _take(self, outcome: Reading | Unavailable) -> None:
        now = datetime.now(UTC)
        if isinstance(outcome, Unavailable):
            self._failures += 1
            self._put(failure=outcome, tried_at=now)
            return
        self._failures = 0
        self._answers += 1
        self._tell_powers(outcome)
        self._put(reading=outcome, failure=None, tried_at=now)

    def _count(self, reading: Reading) -> None:
        started = time.monotonic()
        projects, deployments = self._reader.count(reading.survey)
        ended = time.monotonic()
        self._count_after = ended + (ended - started) / COUNTING_SHARE
        self._put(reading=replace(reading, projects=projects, deployments=deployments))

    def _tell_powers(self, reading: Reading) -> None:
        """Log what the role can do, once."""
        if self._snapshot.reading or isinstance(reading.powers, Unavailable):
            return
        name = self.environment.name
        if more := beyond_reading(reading.powers):
            log.warning("%s: the role can do more than read: %s.", name, more)
        else:
            log.info("%s: the role can only read.", name)

    def _put(self, **changes: object) -> None:
        self._board.put(self.environment, **changes)
