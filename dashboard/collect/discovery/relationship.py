"""Which foreign key is meant, and which tables it is between."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from dashboard.collect.discovery.catalog_rows import CatalogRows
from dashboard.diagnose.facts import Definition, Relation, Target
from queries.rows import ForeignKey


def candidates(catalog: CatalogRows, constraint: str, schema: str | None) -> list[ForeignKey]:
    """Find the foreign keys of that name: it is unique per table, not per schema.

    The configured schema counts, or else the server's default; then the table that Prisma's name
    table_column_fkey spells. More than one left means that it is not clear which is meant.
    """
    keys = [key for key in catalog.foreign_keys if key.name == constraint]
    if schema:
        keys = [key for key in keys if key.child_schema == schema]
    else:
        keys = _narrowed(keys, lambda key: key.child_schema == catalog.server.default_schema)
    return _narrowed(keys, lambda key: constraint.startswith(f"{key.child_table}_"))


def _narrowed(keys: list[ForeignKey], preferred: Callable[[ForeignKey], bool]) -> list[ForeignKey]:
    return [key for key in keys if preferred(key)] or keys


def define(catalog: CatalogRows, constraint: str, schema: str | None) -> Definition | None:
    """Find what the constraint is about, where that is clear."""
    keys = candidates(catalog, constraint, schema)
    if len(keys) != 1 or len(keys[0].child_columns) != 1:
        return None
    key = keys[0]
    (name,) = key.child_columns
    columns = (each for each in catalog.columns if each.table_oid == key.child_oid)
    column = next((each for each in columns if each.name == name), None)
    return Definition(
        delete_action=key.delete_action,
        child_schema=key.child_schema,
        child_table=key.child_table,
        child_column=name,
        parent_schema=key.parent_schema,
        parent_table=key.parent_table,
        parent_column=key.parent_columns[0],
        single=bool(column and column.is_unique),
        compulsory=bool(column and column.not_null),
    )


def borrow(definition: Definition, schema: str) -> Definition:
    """Look for the tables of another environment's definition in this one's schema."""
    parent = schema if definition.parent_schema == definition.child_schema else None
    return replace(
        definition, child_schema=schema, parent_schema=parent or definition.parent_schema
    )


@dataclass(frozen=True)
class Ends:
    """The tables that a definition is about, as one environment has them.

    `rightful` is the table that the others' constraint points at, where that is known to be
    another one than here.
    """

    catalog: CatalogRows
    constraint: str
    overrides: Mapping[str, str]
    definition: Definition | None
    rightful: Target | None = None

    @cached_property
    def child(self) -> Relation | None:
        if self.definition is None:
            return None
        table = self.catalog.table(self.definition.child_schema, self.definition.child_table)
        return self.catalog.relation(table, self.definition.child_column, self.overrides)

    @cached_property
    def parent(self) -> Relation | None:
        """The table that the key itself names; by name only where there is no key."""
        if self.definition is None:
            return None
        named = next((key for key in self._keys if key.name == self.constraint), None)
        if key := named or next(iter(self._keys), None):
            return self._pointed_at(key)
        table = self.catalog.table(self.definition.parent_schema, self.definition.parent_table)
        return self.catalog.relation(table, self.definition.parent_column, self.overrides)

    @cached_property
    def expected_parent(self) -> Relation | None:
        """The table that should be the parent, where the key names another one."""
        parent, definition = self.parent, self.definition
        if parent is None or definition is None or self.rightful is None:
            return None
        schema, name = self.rightful
        table = self.catalog.table(schema or definition.child_schema, name)
        if table is None or table.oid == parent.table.oid:
            return None
        return self.catalog.relation(table, definition.parent_column, self.overrides)

    @cached_property
    def other_parents(self) -> Mapping[str, Relation | None]:
        """What a new row of the child has to be in besides: all its keys must be satisfied."""
        return {
            key.name: self._pointed_at(key)
            for key in self._keys
            if key.enforced and key.child_triggers_on and not self._is_parent(key)
        }

    @cached_property
    def _keys(self) -> tuple[ForeignKey, ...]:
        child = self.child
        if child is None:
            return ()
        return tuple(
            key
            for key in self.catalog.foreign_keys
            if key.child_oid == child.table.oid and key.child_columns == (child.key,)
        )

    def _pointed_at(self, key: ForeignKey) -> Relation | None:
        table = self.catalog.table(key.parent_schema, key.parent_table)
        return self.catalog.relation(table, key.parent_columns[0], self.overrides)

    def _is_parent(self, key: ForeignKey) -> bool:
        parent = self.parent
        own = (parent.table.oid, (parent.key,)) if parent else None
        return (key.parent_oid, key.parent_columns) == own


def unclear(keys: Sequence[ForeignKey]) -> str | None:
    """Say why these keys of one name cannot be gone by."""
    if len(keys) > 1:
        tables = ", ".join(sorted({f"{key.child_schema}.{key.child_table}" for key in keys}))
        return f"the constraint is on several tables ({tables}); name one schema with ?schema="
    if keys and len(keys[0].child_columns) > 1:
        return "the constraint spans several columns, which is not supported"
    return None
