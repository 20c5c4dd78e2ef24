"""Programs of their own that use a history: python -m tests.state.programs NAME PATH ..."""

import contextlib
import logging
import os
import resource
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from dashboard.state import History, Measure, RecordedEnvironment, SqliteStore, file
from tests.state.entries import entry, kept

PATIENCE_S = 60.0  # the machine may be busy
ONE_MEASURE = (Measure("projects", 1, "exact"),)


class Deadly(tuple[Measure, ...]):
    """Kills its reader, who has then begun to write."""

    __slots__ = ()

    def __iter__(self) -> Iterator[Measure]:
        yield from ONE_MEASURE
        os.kill(os.getpid(), signal.SIGKILL)


def appending(path: Path, name: str) -> None:
    """Append by four threads, once a line is read; print how many entries were not kept."""
    file.BUSY_S = PATIENCE_S
    sys.stdin.readline()
    history = History.open(path)
    results = list[bool]()

    def append() -> None:
        for _ in range(25):
            results.append(
                history.append(entry(place=RecordedEnvironment(name, "a"), measures=ONE_MEASURE))
            )

    threads = [threading.Thread(target=append) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    print(results.count(False))


def without_end(path: Path) -> None:
    """Append one number after the other, and print each that was kept."""
    history = History.open(path)
    for number in range(1_000_000):
        assert history.append(entry(measures=(Measure("projects", number, "exact"),)))
        print(number, flush=True)


def dying(path: Path) -> None:
    History(SqliteStore(path)).append(entry(measures=Deadly(ONE_MEASURE)))


def on_a_full_disk(path: Path) -> None:
    filler = path.with_name("filler")

    def fill() -> None:
        with contextlib.suppress(OSError), filler.open("wb", buffering=0) as disk:
            while True:
                disk.write(bytes(512))

    _without_room(path, fill, filler.unlink)


def with_a_full_quota(path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def limit(size: int) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))

    _without_room(path, lambda: limit(1), lambda: limit(soft))


def _without_room(path: Path, fill: Callable[[], None], make_room: Callable[[], None]) -> None:
    history = History.open(path)
    print(history.append(entry()))
    fill()
    print(*{history.append(entry()) for _ in range(5)})
    make_room()
    print(history.append(entry()))
    print(len(kept(path)))


def five(path: Path) -> None:
    history = History(SqliteStore(path))
    print(*{history.append(entry()) for _ in range(5)})


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    name, where, *more = sys.argv[1:]
    globals()[name](Path(where), *more)
