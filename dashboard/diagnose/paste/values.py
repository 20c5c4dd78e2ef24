"""What a paste holds: errors, ids, a host, and what to tell about the reading."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum


class Problem(StrEnum):
    """What went wrong; FOREIGN_KEY where the text cannot tell the direction.

    DATABASE is what PostgreSQL or Prisma refuses for any other reason, OTHER a failure that names
    neither of them.
    """

    MISSING_PARENT = "missing-parent"
    STILL_REFERENCED = "still-referenced"
    FOREIGN_KEY = "foreign-key"
    UNIQUE = "unique"
    NULL = "null"
    NOT_FOUND = "not-found"
    RELATION = "relation"
    VALIDATION = "validation"
    TABLE_MISSING = "table-missing"
    COLUMN_MISSING = "column-missing"
    INCONSISTENT = "inconsistent"
    MIGRATION = "migration"
    CONNECTION = "connection"
    DATABASE = "database-error"
    OTHER = "other-error"


class Source(StrEnum):
    """Where in the paste an id was found."""

    TYPED = "typed"
    URL = "url"
    JSON = "json"
    ARGUMENTS = "arguments"
    DETAIL = "detail"
    STATEMENT = "statement"


@dataclass(frozen=True, slots=True)
class PastedError:
    """One error; None wherever its text does not say.

    `table` and `parent_table` are tables, or models where Prisma names only those. `key` is the
    value of PostgreSQL's DETAIL, byte for byte; `cascade` a null set by an ON DELETE SET NULL.
    `sentence` names it in its text's own words, without credentials and quoted values; `ids` are
    those of the paste that it is about: of many in one call PostgreSQL does not say which.
    """

    problem: Problem
    prisma_code: str | None = None
    sqlstate: str | None = None
    constraint: str | None = None
    model: str | None = None
    operation: str | None = None
    table: str | None = None
    parent_table: str | None = None
    columns: tuple[str, ...] = ()
    nested_connect: bool = False
    cascade: bool = False
    migration: str | None = None
    at: datetime | None = None
    key: str | None = None
    key_column: str | None = None
    sentence: str | None = field(default=None, compare=False)
    ids: tuple[str, ...] = field(default=(), compare=False)

    @property
    def understood(self) -> bool:
        """Whether the text says in known words what went wrong."""
        return self.problem not in (Problem.DATABASE, Problem.OTHER)


@dataclass(frozen=True, slots=True)
class PastedId:
    """An id to ask for, other spellings to test too, and what was cleaned to get it.

    `values` are those of the key's columns, where the text names them; `text` joins several by
    commas, in the order of the key.
    """

    text: str
    variants: tuple[str, ...]
    source: Source
    normalised: tuple[str, ...]
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Paste:
    """All that was read; `kind` is the first error's problem, or id, ids, url, empty or text.

    `mentioned` are ids that stand in the text, while others are what its errors are about.
    """

    kind: str
    errors: tuple[PastedError, ...] = ()
    ids: tuple[PastedId, ...] = ()
    host: str | None = None
    truncated: bool = False
    notes: tuple[str, ...] = ()
    mentioned: tuple[PastedId, ...] = ()

    @property
    def error(self) -> PastedError | None:
        return self.errors[0] if self.errors else None

    @property
    def id(self) -> PastedId | None:
        return self.ids[0] if self.ids else None

    @property
    def project_ids(self) -> tuple[str, ...]:
        return tuple(each.text for each in self.ids)

    def split(self) -> list["Paste"]:
        """Make a paste of each id and its own errors; one without several stays as it is."""
        if len(self.ids) < 2:
            return [self]
        asked = frozenset(self.project_ids)
        named: defaultdict[str | None, list[PastedError]] = defaultdict(list)
        for error in self.errors:  # one that names none of the ids is of all
            for identifier in asked.intersection(error.ids) or (None,):
                named[identifier].append(error)
        return [self._part(each, named.get(each.text) or named[None]) for each in self.ids]

    def of(self, identifier: str | None) -> "Paste":
        """Take the part about one id, or the first where that is not in the paste."""
        parts = self.split()
        return next((each for each in parts if each.project_ids == (identifier,)), parts[0])

    def _part(self, pasted: PastedId, errors: Sequence[PastedError]) -> "Paste":
        kind = errors[0].problem.value if errors and errors[0].understood else "id"
        return replace(self, kind=kind, ids=(pasted,), errors=tuple(errors))
