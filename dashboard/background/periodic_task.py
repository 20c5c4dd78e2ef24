"""What is asked of every environment again and again: in the background, for all who look on."""

import logging
import math
import random
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from dashboard.collect.held_once import as_before
from dashboard.collect.result import LastResult
from dashboard.diagnose.facts import Kind, Unavailable
from dashboard.environments import Environment
from queries.records import dataclass

AT_MOST_EVERY_S = 5.0
RETRY_S = (15.0, 30.0, 60.0, 120.0, 300.0)  # a dead environment is asked less and less often
SHARE = 0.02  # of the time: what takes ten seconds is not asked again before eight minutes
JITTER = 0.1  # so that many environments do not stay in step
MOST_NEW, NEW_S = 16, 1.0  # who is waited for longer is silent, and keeps nobody busy
MOST = 32  # asked at once, the silent among them
ROOM_EVERY_S = 0.1
SETTLED = 2  # answers, after which an environment is asked as regularly as ever after
CLOSE_WAIT_S = 3.0
LONGEST_SLEEP_S = 3600.0

BROKEN = Unavailable(Kind.UNCLASSIFIED, "the dashboard failed; see its log")

T = TypeVar("T")
Answers = Iterable[tuple[Environment, T | Unavailable]]

_random = random.SystemRandom()
log = logging.getLogger(__name__)


def or_broken(work: Callable[[], T]) -> T | Unavailable:
    """Do one of several things; that a bug of ours kept it from being done is logged."""
    try:
        return work()
    except Exception:
        log.exception("%s", BROKEN.message)
        return BROKEN


@dataclass(frozen=True, slots=True)
class Schedule:
    """How often an environment is asked.

    `share` is the most of the time that asking may take: what takes long is asked less often.
    Those due within `gather_s` of one that is due are asked together with it, apart from those
    that failed; with 0, each is asked alone. At the start each is asked `apart_s` after the one
    before it, and the first `after_s` after the start: hundreds need not begin at once.
    """

    every_s: float
    first_pause_s: float | None = None
    share: float = 1.0
    gather_s: float = 0.0
    apart_s: float = 0.0
    after_s: float = 0.0

    def pause_s(self, answers: int) -> float:
        """Return how long to leave an environment alone that has answered so often.

        Where hundreds begin together, once it is any time: they do not stay together for ever.
        """
        regular_from = 1 if self.first_pause_s is None else SETTLED
        if self.first_pause_s is not None and answers < regular_from:
            return self.first_pause_s
        any_time = self.apart_s and answers == regular_from
        return self.every_s * (_random.uniform(JITTER, 1) if any_time else 1)


class Clock:
    """The one thread that starts what is due of all tasks; it asks nothing itself."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.closed = False
        self._tasks: list[PeriodicTask[Any]] = []
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name="clock", daemon=True)

    def add(self, task: "PeriodicTask[Any]") -> None:
        self._tasks.append(task)

    def start(self) -> None:
        """Ask every environment now, and from time to time."""
        self._thread.start()

    def close(self) -> None:
        """Start nothing more, and wait for what runs: its connections come back first."""
        with self.changed:
            self.closed = True
            self.wake()
            self.changed.wait_for(self._idle, CLOSE_WAIT_S)

    def wake(self) -> None:
        self._wake.set()

    def _idle(self) -> bool:
        return not any(each.running for each in self._tasks)

    def _run(self) -> None:
        while not self.closed:
            self._wake.clear()
            next_due = min((each.start_due() for each in self._tasks), default=math.inf)
            self._wake.wait(min(next_due - time.monotonic(), LONGEST_SLEEP_S))


@dataclass(slots=True)
class _Progress(Generic[T]):
    """One environment's last result, and when it was and will be asked, by the monotonic clock."""

    last: LastResult[T]
    due: float = -math.inf
    began: float = -math.inf
    answered: float = -math.inf
    running: bool = False
    wanted: bool = False
    answers: int = 0
    failures: int = 0


class PeriodicTask(Generic[T]):
    """Every environment's last result; only threads of its own ask the databases.

    `ask` yields an answer for each environment it is given, as it comes; a later one replaces an
    earlier one. No environment is asked twice at once, and none waits for another's turn.
    `is_mine`: another process asks the others, unless somebody here wants to know now. `published`
    is told of every answer.
    """

    is_mine: Callable[[Environment], bool] = staticmethod(lambda _environment: True)
    published: Callable[[LastResult[T]], None] = staticmethod(lambda _last: None)

    def __init__(
        self,
        clock: Clock,
        name: str,
        environments: Iterable[Environment],
        ask: Callable[[Sequence[Environment]], Answers[T]],
        schedule: Schedule,
    ) -> None:
        self._clock = clock
        self._changed = clock.changed
        self.name = name
        began = time.monotonic() + schedule.after_s
        self._progress = {
            each: _Progress[T](LastResult(each), due=began + place * schedule.apart_s)
            for place, each in enumerate(environments)
        }
        self._ask = ask
        self._schedule = schedule
        self._next_due = -math.inf  # hundreds need not be gone through to see that none is due
        clock.add(self)

    def __iter__(self) -> Iterator[LastResult[T]]:
        with self._changed:
            return iter([each.last for each in self._progress.values()])

    def __getitem__(self, environment: Environment) -> LastResult[T]:
        with self._changed:
            return self._progress[environment].last

    @property
    def environments(self) -> Collection[Environment]:
        return self._progress.keys()

    @property
    def attempted(self) -> bool:
        """Whether every environment was asked at least once."""
        return all(each.tried_at for each in self)

    @property
    def running(self) -> bool:
        with self._changed:
            return any(each.running for each in self._progress.values())

    @property
    def idle(self) -> bool:
        """Whether every environment was asked, and none is being asked or will be at once."""
        with self._changed:
            return self.attempted and not self.running and not any(each.asking for each in self)

    def refresh_now(self, environment: Environment | None = None) -> None:
        """Ask one or every environment, if it was not asked just now; nobody waits for it."""
        latest = time.monotonic() - AT_MOST_EVERY_S
        with self._changed:
            if self._clock.closed:
                return
            for each, progress in self._progress.items():
                rested = not progress.running and progress.answered <= latest
                if rested and environment in (None, each):
                    progress.wanted = True
                    progress.due = self._next_due = -math.inf
                    progress.last = replace(progress.last, asking=True, asked_at=datetime.now(UTC))
        self._clock.wake()

    def wait_until_idle(self, timeout_s: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self.idle, timeout_s)

    def start_due(self) -> float:
        """Start to ask those that are due; return when the next of the others is."""
        with self._changed:
            now = time.monotonic()
            if self._clock.closed or self._next_due > now:
                return self._next_due
            batches = self._batches(now)
            for each in batches:
                self._begin(each)
            next_due = min(self._waiting().values(), default=math.inf)
            self._next_due = max(next_due, now + ROOM_EVERY_S)
        for each in batches:  # which takes its time, and others want the lock
            self._start(each)
        return self._next_due

    def _batches(self, now: float) -> list[tuple[Environment, ...]]:
        """Tell who is asked now, and with whom."""
        due = self._waiting()
        if min(due.values(), default=math.inf) > now:
            return []
        gather_s = self._schedule.gather_s
        asked = [each for each in due if due[each] <= now + gather_s]
        alone = {each for each in asked if self._progress[each].failures or not gather_s}
        together = tuple(each for each in asked if each not in alone)
        first = sorted(alone, key=due.__getitem__)[: self._room(now)]
        return [*((each,) for each in first), *([together] if together else [])]

    def _room(self, now: float) -> int:
        """Tell how many more may be asked at once: where hundreds are due, not all of them."""
        running = [now - each.began for each in self._progress.values() if each.running]
        new = sum(asked_s < NEW_S for asked_s in running)
        return max(0, min(MOST_NEW - new, MOST - len(running)))

    def _waiting(self) -> dict[Environment, float]:
        """Tell when those are due that are this process's to ask."""
        return {
            name: each.due
            for name, each in self._progress.items()
            if not each.running and (each.wanted or self.is_mine(name))
        }

    def shares_changed(self) -> None:
        """Look again at what is due: other environments are this process's now."""
        with self._changed:
            self._next_due = -math.inf
        self._clock.wake()

    def resting(self, environment: Environment, for_s: float) -> bool:
        """Whether it is not asked now, nor will be for so long."""
        with self._changed:
            progress = self._progress[environment]
            return not progress.running and progress.due > time.monotonic() + for_s

    def adopt(self, last: LastResult[T], age_s: float) -> bool:
        """Take over what another process was answered, if that is newer; say whether it was."""
        last = replace(last, value=as_before(last.value, self[last.environment].value))
        with self._changed:
            progress = self._progress[last.environment]
            asked = time.monotonic() - age_s
            if progress.running or asked <= progress.answered:
                return False
            progress.last = replace(last, tried_at=datetime.now(UTC) - timedelta(seconds=age_s))
            progress.failures = progress.failures + 1 if last.failure else 0
            # who asked it has asked soon after the first answer, and has left the others' step
            progress.answers = max(progress.answers, SETTLED) + (last.failure is None)
            progress.began = progress.answered = asked
            progress.due = asked + self._pause_s(progress)
            self._changed.notify_all()
            return True

    def _begin(self, batch: Sequence[Environment]) -> None:
        for each in batch:
            progress = self._progress[each]
            progress.running, progress.began = True, time.monotonic()
            progress.wanted = False
            progress.last = replace(progress.last, asking=True, asked_at=datetime.now(UTC))

    def _start(self, batch: Sequence[Environment]) -> None:
        name = f"{self.name} {', '.join(each.name for each in batch)}"
        try:
            threading.Thread(target=self._run, args=(batch,), name=name, daemon=True).start()
        except RuntimeError:  # there are too many threads
            log.exception("%s could not be asked.", name)
            self._end(batch)

    def _run(self, batch: Sequence[Environment]) -> None:
        try:
            for environment, answer in self._ask(batch):
                self._publish(environment, answer)
        except Exception:
            names = ", ".join(each.name for each in batch)
            log.exception("%s of %s could not be asked for.", self.name, names)
        self._end(batch)

    def _end(self, batch: Sequence[Environment]) -> None:
        """Whoever has no answer by now gets none: that is a bug of ours."""
        with self._changed:
            for each in batch:
                if self._progress[each].last.asking:
                    self._publish(each, BROKEN)
                self._progress[each].running = False
                self._next_due = min(self._next_due, self._progress[each].due)
            self._changed.notify_all()
        self._clock.wake()

    def _publish(self, environment: Environment, answer: T | Unavailable) -> None:
        failure = answer if isinstance(answer, Unavailable) else None
        with self._changed:
            progress = self._progress[environment]
            last = progress.last
            value = last.value if isinstance(answer, Unavailable) else answer
            tried_at = datetime.now(UTC) if last.asking else last.tried_at
            progress.last = LastResult(environment, value, failure, tried_at)
            if last.asking:  # what comes later only tells more
                self._plan_next(progress, failure)
            self.published(progress.last)
            self._changed.notify_all()

    def _plan_next(self, progress: _Progress[T], failure: Unavailable | None) -> None:
        progress.answered = time.monotonic()
        progress.failures = progress.failures + 1 if failure else 0
        progress.answers += failure is None
        progress.due = progress.answered + self._pause_s(progress)

    def _pause_s(self, progress: _Progress[T]) -> float:
        failed = min(progress.failures, len(RETRY_S))
        regular = self._schedule.pause_s(progress.answers)
        took_s = progress.answered - progress.began
        pause_s = max(RETRY_S[failed - 1] if failed else regular, took_s / self._schedule.share)
        return pause_s * _random.uniform(1 - JITTER, 1 + JITTER)
