"""Lists of ids that are too long for an address: kept for a day, under names nobody can guess.

A link is passed on; a list is for who kept it, and for those who may list rows where it was asked.
"""

import contextlib
import math
import secrets
import threading
import time
from dataclasses import replace

from dashboard.access.viewer import Viewer
from dashboard.settings.grants import Level
from dashboard.state import SharedLists, StateError
from queries.records import dataclass

KEPT_S = 24 * 3600.0
MOST_CHARACTERS = 20_000_000  # of all lists together: the oldest make room


@dataclass(frozen=True, slots=True)
class _List:
    text: str
    environment: str | None
    by: frozenset[str]
    until: float

    def is_for(self, viewer: Viewer) -> bool:
        asked = self.environment
        return viewer.user in self.by or asked is None or viewer.sees(asked, Level.SUPPORT)


class KeptLists:
    """In memory, where none outlives the server; or `shared` by several processes as well."""

    def __init__(self) -> None:
        self.shared: SharedLists | None = None
        self._lists: dict[str, _List] = {}
        self._lock = threading.Lock()

    def keep(self, text: str, environment: str | None, viewer: Viewer) -> str:
        """Keep a list, and give its name; the same list has one name as long as it is kept."""
        kept = _List(text, environment, frozenset({viewer.user}), time.monotonic() + KEPT_S)
        with self._lock:
            self._forget()
            name = (
                self._name_of(kept) or self._shared_name(kept, viewer) or secrets.token_urlsafe(16)
            )
            before = self._lists.pop(name, kept)
            self._lists[name] = replace(kept, by=kept.by | before.by)
            while sum(len(each.text) for each in self._lists.values()) > MOST_CHARACTERS:
                del self._lists[next(iter(self._lists))]
            return name

    def get(self, name: str, viewer: Viewer) -> str | None:
        """Return a list; None once it has expired, and to those whom it is not for."""
        with self._lock:
            self._forget()
            found = self._lists.get(name)
        if found is None or not found.is_for(viewer):
            found = self._of_others(name)
        return found.text if found and found.is_for(viewer) else None

    def _shared_name(self, kept: _List, viewer: Viewer) -> str | None:
        if self.shared:
            name = secrets.token_urlsafe(16)
            with contextlib.suppress(StateError):  # then only this process has it
                return self.shared.keep(name, kept.text, kept.environment, viewer.user)
        return None

    def _of_others(self, name: str) -> _List | None:
        with contextlib.suppress(StateError):
            if self.shared and (found := self.shared.get(name)):
                return _List(found.text, found.environment, found.by, math.inf)
        return None

    def _name_of(self, kept: _List) -> str | None:
        for name, each in self._lists.items():
            if (each.text, each.environment) == (kept.text, kept.environment):
                return name
        return None

    def _forget(self) -> None:
        now = time.monotonic()
        self._lists = {name: each for name, each in self._lists.items() if each.until > now}
