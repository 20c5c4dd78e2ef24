"""What is muted: by the configuration, and by people on pages. One of them is enough."""

import threading
import time
from collections.abc import Callable
from dataclasses import field
from datetime import UTC, date, datetime, timedelta

from dashboard.settings import Mute
from dashboard.state import KeptMute, Mutes, StateError, Store
from queries.records import dataclass

KEPT_S = 3.0  # so soon each process knows what was muted on another
ACKNOWLEDGED = timedelta(days=7)
LONGEST = timedelta(days=365)


@dataclass(slots=True)
class PageMutes:
    """`store` is None where nothing is kept: then nothing can be muted on a page.

    `changed` is called after one was added or lifted.
    """

    store: Store | None
    changed: Callable[[], None] = lambda: None
    _last: tuple[Mute, ...] = ()
    _read_at: float = float("-inf")
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def possible(self) -> bool:
        return self.store is not None

    def current(self) -> tuple[Mute, ...]:
        """Return those that hold; while they cannot be read, those that held last."""
        with self._lock:
            if self.store and time.monotonic() - self._read_at >= KEPT_S:
                self._read_at = time.monotonic()
                self._last = _read(self.store, self._last)
            return self._last

    def add(self, mute: Mute) -> str | None:
        """Keep it; return why that cannot be."""
        if mute.environment is None or mute.until is None or self.store is None:
            raise ValueError("a page mutes one environment's finding, until a day")
        until = min(mute.until, today() + LONGEST)
        kept = KeptMute(mute.code, mute.environment, mute.reason, until, mute.by, mute.seen)
        store = self.store
        return self._change(lambda: Mutes(store).add(kept, today()))

    def lift(self, id_: str) -> str | None:
        if self.store is None:
            return None
        store = self.store
        return self._change(lambda: Mutes(store).lift(id_))

    def _change(self, change: Callable[[], None]) -> str | None:
        try:
            change()
        except StateError as error:
            return str(error)
        self._read_at = float("-inf")
        self.changed()
        return None


def today() -> date:
    return datetime.now(UTC).date()


def _read(store: Store, last: tuple[Mute, ...]) -> tuple[Mute, ...]:
    try:
        found = Mutes(store).listed()
    except StateError:
        return last
    return tuple(
        Mute(each.code, each.environment, each.reason, each.until, each.by, each.seen, each.id)
        for each in found
    )
