"""The state of one relationship: a foreign key, and what guards its child columns."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import TypeVar

from queries.records import dataclass
from queries.rows import ForeignKey, ForeignKeyColumns, KeyIndex, KeyShape

SET_NULL = "n"
CASCADE = "c"

T = TypeVar("T")


class Unique(StrEnum):
    """Whether each key stands in one row at most; an invalid index guards nothing."""

    VALID = "valid"
    INVALID = "invalid"
    MISSING = "missing"

    @classmethod
    def of(cls, indexes: Iterable[KeyIndex]) -> "Unique":
        """Look for the guard; a partial index, or one of more columns, lets duplicates in.

        | alone, unique and whole | usable | unique  |
        | ----------------------- | ------ | ------- |
        | yes                     | yes    | valid   |
        | yes                     | no     | invalid |
        | no                      | -      | missing |
        """
        guards = [each for each in indexes if each.alone and each.is_unique and not each.partial]
        if any(each.usable for each in guards):
            return cls.VALID
        return cls.INVALID if guards else cls.MISSING


@dataclass(frozen=True, slots=True)
class ConstraintSpec:
    """What a constraint demands; `action` None: there is no key."""

    action: str | None
    not_null: bool
    unique: Unique

    @property
    def strict(self) -> bool:
        return self.action is not None and self.not_null and self.unique is Unique.VALID

    @property
    def loose(self) -> bool:
        return not self.not_null and self.unique is Unique.MISSING


@dataclass(frozen=True, slots=True)
class ConstraintState:
    """The constraint of one environment, cell by cell; `indexed`: an index leads with its key."""

    key: ForeignKey | None
    not_null: bool
    unique: Unique
    indexed: bool

    @classmethod
    def of(
        cls, key: ForeignKey | None, column: KeyShape, indexes: Iterable[KeyIndex]
    ) -> "ConstraintState":
        found = tuple(indexes)
        usable = any(each.usable and not each.partial for each in found)
        return cls(key, column.not_null, Unique.of(found), usable)

    @property
    def spec(self) -> ConstraintSpec:
        action = self.key.delete_action if self.key else None
        return ConstraintSpec(action, self.not_null, self.unique)

    @property
    def sound(self) -> bool:
        """Whether the key checks every row that is written, and has checked those before it."""
        return self.key is not None and guards(self.key)


@dataclass(frozen=True, slots=True)
class ForeignKeyState:
    """A foreign key, whichever it is, and what its columns are."""

    key: ForeignKey
    columns: ForeignKeyColumns


@dataclass(frozen=True, slots=True)
class ChosenKey:
    """A foreign key as an address names it; `table`, its schema and name, where several have it."""

    constraint: str
    table: tuple[str, str] | None = None

    @property
    def address(self) -> str:
        return ".".join((*(self.table or ()), self.constraint))

    @classmethod
    def of(cls, key: ForeignKey, *, told_apart: bool) -> "ChosenKey":
        return cls(key.name, None if told_apart else (key.child_schema, key.child_table))


def choices(environments: Iterable[Iterable[ForeignKey]]) -> Mapping[ChosenKey, str]:
    """Name all foreign keys, each with what it ties together: a name may be that of several.

    | tables with a key of that name, in any one environment | named by             |
    | ------------------------------------------------------ | -------------------- |
    | one                                                    | its name             |
    | several                                                | schema, table, name  |
    """
    found = [tuple(keys) for keys in environments]
    several = {name for keys in found for name in _of_several(keys)}
    named = {
        ChosenKey.of(key, told_apart=key.name not in several): _tied(key)
        for keys in found
        for key in keys
    }
    return dict(sorted(named.items(), key=lambda each: each[0].address))


def _of_several(keys: Iterable[ForeignKey]) -> Iterator[str]:
    tables = {(key.name, key.child_oid) for key in keys}
    yield from (name for name, count in Counter(name for name, _ in tables).items() if count > 1)


def _tied(key: ForeignKey) -> str:
    return f"{key.child_table}.{', '.join(key.child_columns)} → {key.parent_table}"


def guards(key: ForeignKey) -> bool:
    """Whether no row can carry an id that the parent does not have."""
    return bool(key.validated and key.enforced and key.child_triggers_on and key.parent_triggers_on)


def majority(values: Iterable[T]) -> T | None:
    """Return what most have; None where two are had equally often, or there is nothing."""
    ranked = Counter(values).most_common(2)
    if not ranked or (len(ranked) == 2 and ranked[0][1] == ranked[1][1]):
        return None
    return ranked[0][0]


def strictest(specs: Iterable[ConstraintSpec]) -> ConstraintSpec | None:
    """Take what most of those have whose key is compulsory and stands in one row only.

    Where two are had equally often it is Prisma's usual cascade.
    """
    strict = [each for each in specs if each.strict]
    usual = majority(each.action for each in strict if each.action)
    return ConstraintSpec(usual or CASCADE, not_null=True, unique=Unique.VALID) if strict else None
