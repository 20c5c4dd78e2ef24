"""Which foreign key is meant, and which tables it is between."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import chain

from dashboard.collect.discovery.catalog_rows import LEDGER, CatalogRows, named_after
from dashboard.diagnose.facts import Definition, Relation, Target
from dashboard.diagnose.paste import pointed_at
from queries.records import dataclass
from queries.rows import ForeignKey, Table


def candidates(
    catalog: CatalogRows, constraint: str, schema: str | None, table: tuple[str, str] | None = None
) -> list[ForeignKey]:
    """Find the foreign keys of that name: it is unique per table, not per schema.

    | the URL's schema, or the server's default | keys of that name that count             |
    | ----------------------------------------- | ---------------------------------------- |
    | has one                                   | its own                                  |
    | has none; no schema is in the URL         | those of all schemas                     |
    | has none, but the migrations ledger       | those of all schemas: the tables of one  |
    |                                           | application are in several               |
    | has neither                               | none: they are another application's     |

    Of those the table counts that Prisma's name table_column_fkey spells. More than one left means
    that it is not clear which is meant; `table` says it, where somebody chose one of them.
    """
    if table:
        return [
            key
            for key in catalog.foreign_keys
            if (key.child_schema, key.child_table, key.name) == (*table, constraint)
        ]
    place = schema or catalog.server.default_schema
    named = [key for key in catalog.foreign_keys if key.name == constraint]
    own = [key for key in named if key.child_schema == place]
    if not own and schema and catalog.table(schema, LEDGER) is None:
        return []
    return _narrowed(own or named, lambda key: constraint.startswith(f"{key.child_table}_"))


def _narrowed(keys: list[ForeignKey], preferred: Callable[[ForeignKey], bool]) -> list[ForeignKey]:
    return [key for key in keys if preferred(key)] or keys


def define(catalog: CatalogRows, keys: list[ForeignKey]) -> Definition | None:
    """Find what the constraint is about, where that is clear."""
    if len(keys) != 1:
        return None
    key = keys[0]
    table = catalog.table(key.child_schema, key.child_table)
    child = catalog.relation(table, key.child_columns, {})
    return Definition(
        delete_action=key.delete_action,
        child_schema=key.child_schema,
        child_table=key.child_table,
        child_columns=key.child_columns,
        parent_schema=key.parent_schema,
        parent_table=key.parent_table,
        parent_columns=key.parent_columns,
        single=bool(child and child.key_unique),
        compulsory=bool(child and child.key_not_null),
    )


def borrowed(
    catalog: CatalogRows, elsewhere: Sequence[Definition], schema: str
) -> Definition | None:
    """Take the first of other environments' definitions whose tables are here, or else the first.

    They are looked for in this environment's schema, then in those that they have there; where none
    has both, the parent is enough.
    """
    moved = [_in_schema(each, schema) for each in elsewhere]
    known = (*moved, *(each for each in elsewhere if catalog.table(schema, LEDGER)))
    with_parent = [each for each in known if catalog.table(each.parent_schema, each.parent_table)]
    whole = (each for each in with_parent if catalog.table(each.child_schema, each.child_table))
    return next(chain(whole, with_parent, moved), None)


def _in_schema(definition: Definition, schema: str) -> Definition:
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
        return self.catalog.relation(table, self.definition.child_columns, self.overrides)

    @cached_property
    def parent(self) -> Relation | None:
        """The table that the key itself names; by name only where there is no key."""
        if self.definition is None:
            return None
        named = next((key for key in self._keys if key.name == self.constraint), None)
        if key := named or next(iter(self._keys), None):
            return self._pointed_at(key)
        table = self.catalog.table(self.definition.parent_schema, self.definition.parent_table)
        return self.catalog.relation(table, self.definition.parent_columns, self.overrides)

    @cached_property
    def expected_parent(self) -> Relation | None:
        """The table that should be the parent, where the key names another one."""
        parent, definition = self.parent, self.definition
        if parent is None or definition is None or self.rightful is None:
            return None
        schema, name = self.rightful
        return self._rival(self.catalog.table(schema or definition.child_schema, name))

    @cached_property
    def rivals(self) -> tuple[Relation, ...]:
        """The tables, in whatever schema, that are called as the constraint or its column says."""
        called = (each for each in self.catalog.tables if each.name.lower() in self._names)
        return tuple(filter(None, map(self._rival, called)))

    @cached_property
    def renamed_parent(self) -> Relation | None:
        """The table that took the name of the key's own, which was renamed: to Project_old."""
        parent = self.parent
        if parent is None or parent.table.name.lower() in self._names:
            return None
        beside = [each for each in self.rivals if each.table.schema == parent.table.schema]
        was_so_called = any(each in parent.table.name.lower() for each in self._names)
        return beside[0] if was_so_called and len(beside) == 1 else None

    @cached_property
    def _names(self) -> frozenset[str]:
        columns = self.definition.child_columns if self.definition else ()
        words = (*columns, pointed_at(self.constraint) or "")
        return frozenset(filter(None, (name for word in words for name in named_after(word))))

    def _rival(self, table: Table | None) -> Relation | None:
        parent, definition = self.parent, self.definition
        if parent is None or definition is None or table is None or table.oid == parent.table.oid:
            return None
        return self.catalog.relation(table, definition.parent_columns, self.overrides)

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
            if key.child_oid == child.table.oid and key.child_columns == child.key.names
        )

    def _pointed_at(self, key: ForeignKey) -> Relation | None:
        table = self.catalog.table(key.parent_schema, key.parent_table)
        return self.catalog.relation(table, key.parent_columns, self.overrides)

    def _is_parent(self, key: ForeignKey) -> bool:
        parent = self.parent
        own = (parent.table.oid, parent.key.names) if parent else None
        return (key.parent_oid, key.parent_columns) == own


def unclear(keys: Sequence[ForeignKey]) -> str | None:
    """Say why these keys of one name cannot be gone by."""
    if len(keys) > 1:
        tables = ", ".join(sorted({f"{key.child_schema}.{key.child_table}" for key in keys}))
        return f"several tables have this constraint ({tables}); name one schema with ?schema="
    return None
