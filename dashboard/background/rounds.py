"""Questions that cost too much for every minute: asked in rounds, in the background, for all."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Generic, TypeVar

from dashboard.collect.result import LastResult
from dashboard.diagnose.evidence import Kind, Unavailable
from dashboard.environments import Environment

AT_MOST_EVERY_S = 5.0
SHARE = 0.02  # of the time: what takes ten seconds is not asked again before eight minutes
CLOSE_WAIT_S = 3.0
BROKEN = Unavailable(Kind.UNCLASSIFIED, "the dashboard failed: its log says why")

T = TypeVar("T")
Answers = Iterable[tuple[Environment, T | Unavailable]]

log = logging.getLogger(__name__)


class Rounds(Generic[T]):
    """Every environment's last answer; only its own threads ask the databases.

    `ask` yields an answer for each environment, as it comes; a later one replaces an earlier one.
    """

    def __init__(
        self,
        name: str,
        environments: Iterable[Environment],
        ask: Callable[[], Answers[T]],
        every_s: float,
    ) -> None:
        self._name = name
        self._kept: dict[Environment, LastResult[T]] = {
            each: LastResult(each) for each in environments
        }
        self._ask = ask
        self._every_s = every_s
        self._changed = threading.Condition()
        self._started = float("-inf")
        self._running = False
        self._stopping = threading.Event()
        self._clock = threading.Thread(target=self._run, name=f"{name}, clock", daemon=True)

    def __iter__(self) -> Iterator[LastResult[T]]:
        with self._changed:
            return iter(tuple(self._kept.values()))

    def __getitem__(self, environment: Environment) -> LastResult[T]:
        with self._changed:
            return self._kept[environment]

    @property
    def running(self) -> bool:
        return self._running

    def start(self) -> None:
        """Go round now, and from time to time."""
        self._clock.start()

    def close(self) -> None:
        """Start no more rounds, and wait for one that runs: its connections come back first."""
        self._stopping.set()
        with self._changed:
            self._changed.wait_for(lambda: not self._running, CLOSE_WAIT_S)

    def refresh(self) -> None:
        """Start a round unless one is running, or was started just now; nobody waits for it."""
        with self._changed:
            recent = time.monotonic() - self._started < AT_MOST_EVERY_S
            if self._running or recent or self._stopping.is_set():
                return
            self._running, self._started = True, time.monotonic()
            self._kept = {each: replace(kept, asking=True) for each, kept in self._kept.items()}
        threading.Thread(target=self._round, name=self._name, daemon=True).start()

    def settle(self, timeout_s: float) -> bool:
        """Wait until every environment was asked and no round is running."""
        with self._changed:
            return self._changed.wait_for(lambda: self._asked and not self._running, timeout_s)

    @property
    def _asked(self) -> bool:
        return all(each.tried_at for each in self._kept.values())

    def _run(self) -> None:
        pause_s = 0.0
        while not self._stopping.wait(pause_s):
            self.refresh()
            with self._changed:
                self._changed.wait_for(lambda: not self._running)
            took_s = time.monotonic() - self._started
            pause_s = max(self._every_s, took_s / SHARE)

    def _round(self) -> None:
        try:
            for environment, answer in self._ask():
                self._publish(environment, answer)
        except Exception:
            log.exception("The round failed: %s.", self._name)
            for kept in self:
                if kept.asking:
                    self._publish(kept.environment, BROKEN)
        finally:
            with self._changed:
                self._running = False
                self._changed.notify_all()

    def _publish(self, environment: Environment, answer: T | Unavailable) -> None:
        now = datetime.now(UTC)
        with self._changed:
            before = self._kept[environment].value
            self._kept[environment] = (
                LastResult(environment, before, answer, now)
                if isinstance(answer, Unavailable)
                else LastResult(environment, answer, None, now)
            )
            self._changed.notify_all()
