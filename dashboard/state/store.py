"""Where things are kept: a file of this process, or a database that several processes share.

Both are asked the same statements, with named values; what only one of them needs is its own.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol

from dashboard.diagnose.facts import Identity


class StateError(Exception):
    """What is kept cannot be written or read now: one sentence that says what to do."""


class Session(Protocol):
    """One connection, within a transaction where something is written.

    `new_entry` is SQL for the number of an entry that is made at `:at`, `now_ms` for the moment by
    the store's own clock. `for_update` and `skip_locked` end a select of rows that nobody else may
    change meanwhile.
    """

    new_entry: str
    now_ms: str
    for_update: str
    skip_locked: str

    def rows(
        self, statement: str, values: Mapping[str, object] | None = None
    ) -> list[tuple[Any, ...]]: ...


class Store(Protocol):
    """Whatever goes wrong is a StateError; all that is written in one session is kept, or none."""

    def reading(self) -> AbstractContextManager[Session]: ...

    def writing(self, entries_at: Iterable[datetime] = ()) -> AbstractContextManager[Session]:
        """Begin a transaction, with room for history of these moments."""

    def prune(self, now: datetime) -> bool:
        """Delete history that need not be kept; say whether nothing is left to do."""


class SharedStore(Store, ABC):
    """One that several processes share; `problem` is why it cannot be used at the moment."""

    problem: str | None

    @abstractmethod
    def close(self) -> None: ...

    @abstractmethod
    def compare(self, name: str, monitored: Identity) -> None:
        """Refuse to be what an environment turns out to be; it may have been silent before."""
