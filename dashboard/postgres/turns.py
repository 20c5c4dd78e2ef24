"""So many at once: each then ends sooner, and the first do not wait for the last."""

import contextlib
import threading
import time
from collections.abc import Iterator

MOST = 16
COUNTED_S = 0.1  # who takes longer waits for somebody else, and is in nobody's way


class Turns:
    """Lets only so many work at once, of those who are quick; a slow one keeps no place.

    A hundred threads that take turns at one interpreter all end when the last one does.
    """

    def __init__(self) -> None:
        self._since: dict[object, float] = {}
        self._changed = threading.Condition()

    @contextlib.contextmanager
    def taken(self) -> Iterator[None]:
        """Wait for a place, and leave it behind."""
        place = object()
        with self._changed:
            while (wait_s := self._wait_s()) > 0:
                self._changed.wait(wait_s)
            self._since[place] = time.monotonic()
        try:
            yield
        finally:
            with self._changed:
                self._since.pop(place, None)
                self._changed.notify()

    def _wait_s(self) -> float:
        """Tell when the next place is free at the latest."""
        now = time.monotonic()
        counted = [since for since in self._since.values() if now - since < COUNTED_S]
        return 0.0 if len(counted) < MOST else min(counted) + COUNTED_S - now
