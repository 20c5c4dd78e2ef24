"""Times of alternatives taken in turns, so that noise hits all alike."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

WARM_ROUNDS = 3

# what a piece of work timed itself, in milliseconds by name; None: its whole time counts
Marks = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Timing:
    """What was timed, in milliseconds, in the order it was taken."""

    what: str
    times: tuple[float, ...]

    @property
    def p50(self) -> float:
        return percentile(self.times, 0.5)

    @property
    def p95(self) -> float:
        return percentile(self.times, 0.95)


@dataclass(frozen=True, slots=True)
class Way:
    """One of several alternatives; a slow one is taken only every so many rounds."""

    name: str
    work: Callable[[], object]
    every: int = 1


def percentile(times: Sequence[float], share: float) -> float:
    """Return the smallest time that at least this share of all did not exceed."""
    return sorted(times)[max(0, math.ceil(share * len(times)) - 1)]


def interleaved(
    ways: Sequence[Way], rounds: int, warm_rounds: int = WARM_ROUNDS
) -> tuple[Timing, ...]:
    """Take a b c a b c, once all are warm."""
    taken: dict[str, list[float]] = {}
    for _ in range(warm_rounds):
        for way in ways:
            way.work()
    for number in range(rounds):
        for way in ways:
            if number % way.every == 0:
                for name, ms in _timed(way).items():
                    taken.setdefault(name, []).append(ms)
    return tuple(Timing(name, tuple(times)) for name, times in taken.items())


def _timed(way: Way) -> Marks:
    started = time.perf_counter()
    marks = way.work()
    ms = since(started)
    return marks if isinstance(marks, Mapping) else {way.name: ms}


def cpu_ms(work: Callable[[], object], times: int = 30) -> float:
    """Tell what one piece of work costs this process, all its threads together."""
    started = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - started) * 1000 / times


def since(started: float) -> float:
    """Tell the milliseconds since a moment of the performance counter."""
    return (time.perf_counter() - started) * 1000
