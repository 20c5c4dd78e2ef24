"""Lists of ids that are too long for an address: kept for a day, under names nobody can guess."""

import secrets
import threading
import time
from dataclasses import dataclass

KEPT_S = 24 * 3600.0
MOST_CHARACTERS = 20_000_000  # of all lists together: the oldest make room


@dataclass(frozen=True, slots=True)
class _List:
    text: str
    until: float


class KeptLists:
    """In memory: none outlives the server."""

    def __init__(self) -> None:
        self._lists: dict[str, _List] = {}
        self._lock = threading.Lock()

    def keep(self, text: str) -> str:
        """Keep a list, and give its name; the same list has one name as long as it is kept."""
        with self._lock:
            self._forget()
            known = (name for name, each in self._lists.items() if each.text == text)
            name = next(known, None) or secrets.token_urlsafe(16)
            self._lists.pop(name, None)
            self._lists[name] = _List(text, time.monotonic() + KEPT_S)
            while sum(len(each.text) for each in self._lists.values()) > MOST_CHARACTERS:
                del self._lists[next(iter(self._lists))]
            return name

    def get(self, name: str) -> str | None:
        """Return a list; None once it has expired."""
        with self._lock:
            self._forget()
            found = self._lists.get(name)
            return found.text if found else None

    def _forget(self) -> None:
        now = time.monotonic()
        self._lists = {name: each for name, each in self._lists.items() if each.until > now}
