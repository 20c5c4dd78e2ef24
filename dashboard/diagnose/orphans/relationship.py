"""What the catalog says of a relationship, and what the columns beside it stand for."""

import re
from collections.abc import Collection, Mapping
from dataclasses import replace

from dashboard.diagnose.facts import Definition, EnvironmentFacts, Relation, Unavailable
from dashboard.diagnose.relationship import Unique
from queries import patterns
from queries.records import dataclass
from queries.rows import ForeignKey, KeyShape, StatusValue

# how applications call what is over, under way or failed, in upper case
OVER = (
    *("DELETED", "DELETING", "REMOVED", "DESTROYED", "TERMINATED", "STOPPED", "CANCELLED"),
    *("CANCELED", "ARCHIVED", "DISABLED", "INACTIVE", "EXPIRED"),
    *("FAILED", "FAILURE", "ERROR", "ERRORED"),
)
ONGOING = (
    *("DEPLOYING", "PENDING", "QUEUED", "BUILDING", "CREATING", "STARTING", "PROVISIONING"),
    *("PROCESSING", "UPLOADING", "IN_PROGRESS", "INITIALIZING"),
)
FAILED = ("ERROR", "ERRORED", "FAILED", "FAILURE")
# what only something that is deployed says of itself
_DEPLOYING = patterns.lazy(
    r"DEPLOY|BUILDING|BUILD_FAILED|PROVISION|ROLLED_BACK|TERMINATED", re.IGNORECASE
)
Statuses = Mapping[int, tuple[StatusValue, ...] | Unavailable]


@dataclass(frozen=True, slots=True)
class Cardinality:
    """What any environment that answered makes of the child's key.

    `single`: it stands in one row at most. `compulsory`: no row is without it.
    """

    single: bool = False
    compulsory: bool = False

    @classmethod
    def of(cls, definitions: Collection[Definition]) -> "Cardinality":
        single = any(each.single for each in definitions)
        return cls(single, any(each.compulsory for each in definitions))


@dataclass(frozen=True, slots=True)
class Relationship:
    """One environment's foreign key, read just now, and the other columns that hold its ids.

    `shapes` are those of keys, by a table's oid and the names of their columns.
    """

    facts: EnvironmentFacts
    foreign_keys: tuple[ForeignKey, ...]
    shapes: Mapping[tuple[int, tuple[str, ...]], KeyShape]
    cardinality: Cardinality

    @property
    def child(self) -> Relation:
        return self._ends[0]

    @property
    def parent(self) -> Relation:
        return self._ends[1]

    @property
    def _ends(self) -> tuple[Relation, Relation]:
        if self.facts.ends is None:
            raise ValueError("without both tables there is nothing to check")
        return self.facts.ends

    @property
    def references(self) -> tuple[Relation, ...]:
        return self.facts.catalog.references

    @property
    def proven(self) -> bool:
        """Whether the catalog rules out that the child's key is in no row of the parent."""
        return self.facts.proven

    @property
    def unique(self) -> bool:
        state, column = self.facts.constraint, self.facts.column
        return bool(state and state.unique is Unique.VALID and column and not column.inheriting)

    @property
    def not_null(self) -> bool:
        return bool(self.facts.constraint and self.facts.constraint.not_null)

    def never_null(self, column: Relation) -> bool:
        shape = self.shapes.get((column.table.oid, column.key.names))
        return bool(shape and shape.not_null)

    def may_be_null(self, column: Relation) -> bool:
        """Whether rows may be without this key, here and where the same migrations are applied.

        | NOT NULL here | compulsory elsewhere | something acts on the change | may be null |
        | ------------- | -------------------- | ---------------------------- | ----------- |
        | no            | no                   | no                           | yes         |
        | any other                                                         ||| no          |
        """
        if column.key_not_null or self.never_null(column) or column.table.more_on_update:
            return False
        return not (self._is_child(column) and self.cardinality.compulsory) and not any(
            key.parent_oid == column.table.oid and {*column.key.names} & {*key.parent_columns}
            for key in self.foreign_keys
        )

    def may_be_assigned(self, column: Relation) -> bool:
        """Whether several rows may name one and the same project."""
        return self._is_child(column) and not (
            self.cardinality.single or column.key_unique or column.table.more_on_update
        )

    def _is_child(self, column: Relation) -> bool:
        return _same(column, self.child) and column.key == self.child.key

    def guarded(self, column: Relation, other: Relation) -> bool:
        """Whether a foreign key rules out that the column holds what the other table does not."""
        pointing = [key for key in self.foreign_keys if key.parent_oid == other.table.oid]
        catalog = replace(self.facts.catalog, child=column, parent=other, expected_parent=None)
        shape = self.shapes.get((column.table.oid, column.key.names))
        there = replace(self.facts, catalog=catalog, column=shape, indexes=())
        return any(replace(there, foreign_keys=(key,)).proven for key in pointing)

    def project_column(self, table: Relation) -> str | None:
        """Name the column of a table that holds a project's id."""
        pointing = (table, self.child, self.parent, *self.references)
        known = (each for each in pointing if each in pointing[1:] and each.key_readable)
        single = (each.key.single for each in known if _same(each, table))
        return next((each.name for each in single if each), None)


@dataclass(frozen=True, slots=True)
class Roles:
    """What columns stand for: whose a row is, and what its status tells.

    `owner_columns` hold ids of the table `owners`. `statuses` are what the status columns of tables
    say, by oid: those whose rows may be seen.
    """

    owners: Relation | None
    owner_columns: tuple[Relation, ...]
    statuses: Statuses

    def owner_column(self, table: Relation) -> Relation | None:
        return next((each for each in self.owner_columns if _same(each, table)), None)

    def deployed(self, table: Relation) -> bool | None:
        """Whether a table's status tells of a deployment's life; None where it could not be read.

        A column that is called status makes no service of a table: invoices have one, too.
        """
        values = self.statuses.get(table.table.oid)
        if isinstance(values, Unavailable):
            return None
        return any(_DEPLOYING.search(each.value) for each in values or ())

    def failure(self, table: Relation) -> str | None:
        """Spell a failure as a table's status does; None where it can say none that is known."""
        values = self.statuses.get(table.table.oid)
        known = () if values is None or isinstance(values, Unavailable) else values
        spelled = {each.value.upper(): each.value for each in known}
        usual = None if any(each.of_enum for each in known) else FAILED[0]
        return next((spelled[each] for each in FAILED if each in spelled), usual)


def _same(one: Relation, other: Relation) -> bool:
    return one.table.oid == other.table.oid
