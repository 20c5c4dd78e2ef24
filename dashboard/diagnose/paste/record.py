"""One error's worth of a paste, whatever its layout was."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import datetime

from queries import patterns
from queries.records import dataclass

_ROW = "Failing row contains ("
_ROW_END = patterns.lazy(r"\)\.(?=[`'\"\\]|\s{0,4}$| \|)", re.MULTILINE)
_MOST_VALUES = 20  # of one name: no error has more
Fields = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value in JSON, with the names above it; a list's elements are named `key[]`."""

    above: str
    parent: str
    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Record:
    """`text` says what went wrong; `prose` is the part in which a person may name an id.

    Records of one entry of a log in JSON have the same `event`; 0 where each is on its own.
    """

    text: str
    prose: str
    fields: Fields = field(default_factory=dict)
    at: datetime | None = None
    leaves: tuple[Leaf, ...] = ()
    event: int = 0

    def first(self, *names: str) -> str | None:
        """Take the first of these fields that has a value."""
        return next((value for name in names for value in self.fields.get(name, ()) if value), None)


def fields_of(pairs: Iterable[tuple[str, str]]) -> Fields:
    """Collect all the values of each name, in order."""
    collected: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        collected[name] = (*collected.get(name, ()), value)[:_MOST_VALUES]
    return collected


def without_rows(text: str) -> str:
    """Drop the row that a not-null violation repeats: it is personal data, and no id is in it."""
    before, *parts = text.split(_ROW)
    return before + "".join(_after_row(part) for part in parts)


def _after_row(part: str) -> str:
    end = _ROW_END.search(part)
    return part[end.end() :] if end else "".join(part.partition("\n")[1:])
