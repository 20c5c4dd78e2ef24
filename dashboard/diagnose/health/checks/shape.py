"""What one environment's catalog says of the constraint, and the shape that this gives."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from dashboard.diagnose import words
from dashboard.diagnose.evidence import Look, Relation, Schema
from dashboard.diagnose.finding import Fact
from dashboard.environments import Environment
from queries.rows import ColumnDefinition, ForeignKey, KeyIndex, KeyShape

SET_NULL = "n"

T = TypeVar("T")


class Unique(StrEnum):
    """Whether each key stands in one row at most; an invalid index guards nothing."""

    VALID = "valid"
    INVALID = "invalid"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Outline:
    """The cells that tell the states of the strict migration apart; `action` None: no key."""

    action: str | None
    not_null: bool
    unique: Unique


@dataclass(frozen=True, slots=True)
class Shape:
    """The constraint of one environment, cell by cell."""

    key: ForeignKey | None
    not_null: bool
    unique: Unique
    indexed: bool

    @property
    def outline(self) -> Outline:
        return Outline(self.key.delete_action if self.key else None, self.not_null, self.unique)

    @property
    def sound(self) -> bool:
        """Whether the key checks every row that is written, and has checked those before it."""
        key = self.key
        return bool(
            key
            and key.validated
            and key.enforced
            and key.child_triggers_on
            and key.parent_triggers_on
        )


@dataclass(frozen=True, slots=True)
class Inspection:
    """One environment's constraint as it was read: what the checks judge.

    `column` is None where only the foreign key was asked for, as in a look-up. `columns` are
    those that the strict migration adds, as far as they are there. `strict_applied` is what the
    ledger says of that migration, None where it could not say.
    """

    environment: Environment
    constraint: str
    schema: Schema
    foreign_keys: tuple[ForeignKey, ...]
    as_of: datetime | None
    ms: float | None
    column: KeyShape | None = None
    indexes: tuple[KeyIndex, ...] = ()
    columns: tuple[ColumnDefinition, ...] = ()
    strict_applied: bool | None = None

    @classmethod
    def of(cls, look: Look, constraint: str) -> "Inspection":
        """Take what a look-up reads anyway."""
        return cls(
            environment=look.environment,
            constraint=constraint,
            schema=look.schema,
            foreign_keys=look.foreign_keys,
            as_of=look.proof.as_of,
            ms=round(look.ms, 1),
        )

    @property
    def keys(self) -> tuple[ForeignKey, ...]:
        """Return the foreign keys on exactly the child's key column."""
        child = self.schema.child
        if child is None:
            return ()
        return tuple(
            key
            for key in self.foreign_keys
            if key.child_oid == child.table.oid and key.child_columns == (child.key,)
        )

    @property
    def key(self) -> ForeignKey | None:
        named = (key for key in self.keys if key.name == self.constraint)
        return next(named, next(iter(self.keys), None))

    @property
    def ends(self) -> tuple[Relation, Relation] | None:
        """Return the two tables the constraint is between, where both are there.

        The parent is the application's own, even where the key points at another.
        """
        child, parent = self.schema.child, self.schema.namesake or self.schema.parent
        return (child, parent) if child and parent else None

    @property
    def shape(self) -> Shape | None:
        """Judge by shape; None where the column is not there or was not asked for."""
        if self.column is None or self.schema.child is None:
            return None
        usable = [index for index in self.indexes if index.usable and not index.partial]
        return Shape(self.key, self.column.not_null, _unique(self.indexes), bool(usable))

    def saw(self, sentence: str, query: str) -> Fact:
        return Fact(self.environment.name, sentence, query, self.as_of, self.ms)


def _unique(indexes: Iterable[KeyIndex]) -> Unique:
    """Look for the guard; a partial index, or one of more columns, lets duplicates in.

    | alone, unique and whole | usable | unique  |
    | ----------------------- | ------ | ------- |
    | yes                     | yes    | valid   |
    | yes                     | no     | invalid |
    | no                      | -      | missing |
    """
    guards = [index for index in indexes if index.alone and index.is_unique and not index.partial]
    if any(index.usable for index in guards):
        return Unique.VALID
    return Unique.INVALID if guards else Unique.MISSING


def doubts(inspection: Inspection) -> tuple[str, ...]:
    """Say what may let orphans past a foreign key that looks whole."""
    column, child = inspection.column, inspection.schema.child
    if column is None or child is None:
        return ()
    table = child.table.name
    triggers = words.listed(column.user_triggers)
    reasons = (
        (column.user_triggers, f'triggers on "{table}" may swallow what the key does: {triggers}'),
        (column.inheriting, f'tables that inherit from "{table}" are not covered by the key'),
        (column.subscribed, "logical replication writes into these tables without checking"),
    )
    return tuple(sentence for applies, sentence in reasons if applies)


def proven(inspection: Inspection) -> bool:
    """Whether the catalog alone rules orphans out, for every row written under the key.

    | sound | points at the right table | doubts | proven |
    | ----- | ------------------------- | ------ | ------ |
    | yes   | yes                       | none   | yes    |
    | any other                                 ||| no     |
    """
    shape = inspection.shape
    if shape is None or inspection.schema.namesake is not None:
        return False
    return shape.sound and not doubts(inspection)


def majority(values: Iterable[T]) -> T | None:
    """Return what most have; None where two are had equally often, or there is nothing."""
    ranked = Counter(values).most_common(2)
    if not ranked or (len(ranked) == 2 and ranked[0][1] == ranked[1][1]):
        return None
    return ranked[0][0]
