"""What a paste holds: errors, ids, a host, and what to tell about the reading."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime
from enum import StrEnum

from queries.records import dataclass


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
    CHECK = "check"
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


FOREIGN_KEY_PROBLEMS = (Problem.MISSING_PARENT, Problem.FOREIGN_KEY, Problem.STILL_REFERENCED)


@dataclass(frozen=True, slots=True)
class PastedError:
    """One error; None wherever its text does not say.

    `table` and `parent_table` are tables, or models where Prisma names only those. `key` is the
    value of PostgreSQL's DETAIL, byte for byte; `cascade` a null set by an ON DELETE SET NULL.
    `left_out`: the call lacks the argument that `columns` names. Of a migration, `statement` is
    what it ran, `drift` in what the database differs, and `rows_in_the_way` how rows that are
    there break what the statement demands: the error is about them, and no insert failed.
    `sentence` names it in its text's own words, PostgreSQL's in English, without credentials and
    quoted values; `about` words what that is about. `ids` are those of the paste that it is about:
    of many in one call PostgreSQL does not say which.
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
    left_out: bool = False
    migration: str | None = None
    statement: str | None = None
    drift: tuple[str, ...] = ()
    rows_in_the_way: Problem | None = None
    at: datetime | None = None
    key: str | None = None
    key_column: str | None = None
    sentence: str | None = field(default=None, compare=False)
    about: str | None = field(default=None, compare=False)
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

    @property
    def spellings(self) -> tuple[str, ...]:
        """Spell it as anybody may; PostgreSQL's DETAIL has a space behind each comma of a key."""
        several = (", ".join(value for _, value in self.values),) if len(self.values) > 1 else ()
        return (self.text, *self.variants, *several)

    def values_of(self, *keys: Sequence[str]) -> tuple[str, ...] | None:
        """Return the value of each column of a key; None where the text does not have them all.

        `keys` are its columns as one table calls them or the other.
        """
        named, width = dict(self.values), len(keys[0])
        if width == 1:
            return (self.text,)
        for columns in keys:
            if all(each in named for each in columns):
                return tuple(named[each] for each in columns)
        listed = tuple(each.strip() for each in self.text.split(","))
        return listed if len(listed) == width else None


@dataclass(frozen=True, slots=True)
class Paste:
    """All that was read; `kind` is the first error's problem, or id, ids, url, empty or text.

    `mentioned` are ids that stand in the text, while others are what its errors are about; `beside`
    are the other ids of the same call, where this is the part about one of them.
    """

    kind: str
    errors: tuple[PastedError, ...] = ()
    ids: tuple[PastedId, ...] = ()
    host: str | None = None
    truncated: bool = False
    notes: tuple[str, ...] = ()
    mentioned: tuple[PastedId, ...] = ()
    beside: tuple[PastedId, ...] = ()

    @property
    def error(self) -> PastedError | None:
        return self.errors[0] if self.errors else None

    @property
    def constraint(self) -> str | None:
        """Return the foreign key that the error names."""
        about_a_key = self.error is not None and self.error.problem in FOREIGN_KEY_PROBLEMS
        return self.error.constraint if self.error and about_a_key else None

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
        known = {each.text: each for each in self.ids}
        return [self._part(each, named.get(each.text) or named[None], known) for each in self.ids]

    def of(self, identifier: str | None) -> "Paste":
        """Take the part about one id, or the first where that is not in the paste."""
        parts = self.split()
        return next((each for each in parts if each.project_ids == (identifier,)), parts[0])

    def _part(
        self, pasted: PastedId, errors: Sequence[PastedError], known: Mapping[str, PastedId]
    ) -> "Paste":
        kind = errors[0].problem.value if errors and errors[0].understood else "id"
        called = errors[0].ids if errors and pasted.text in errors[0].ids else ()
        beside = tuple(known[each] for each in called if each in known and each != pasted.text)
        return replace(self, kind=kind, ids=(pasted,), errors=tuple(errors), beside=beside)
