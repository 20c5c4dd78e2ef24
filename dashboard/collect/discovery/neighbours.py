"""What stands around the two tables: other entities, references to the parent, owners."""

from collections.abc import Iterator, Mapping
from functools import cached_property

from dashboard.collect.discovery.catalog_rows import CatalogRows, family, named_after, row_key
from dashboard.collect.discovery.entities import Entities, pointing
from dashboard.diagnose.facts import Definition, Key, Relation, RowKey
from dashboard.diagnose.relationship import guards
from queries.records import dataclass
from queries.rows import Column, Table


@dataclass(frozen=True)
class Neighbours:
    """The tables around the parent, in its own schema and in those tied to it by foreign keys.

    `failures` lists what failed: it names ids that were tried, which need never have existed.
    """

    catalog: CatalogRows
    overrides: Mapping[str, str]
    failures: str
    definition: Definition
    parent: Relation
    child: Relation | None

    @cached_property
    def owner(self) -> Key | None:
        """The owners' table, if its key can be compared with the owner column."""
        owners = self.owners
        if owners is None or "owner" not in self.parent.columns:
            return None
        key, owner = owners.plain_key, self.parent.columns["owner"]
        column = self.catalog.columns_of(self.parent.table)[owner]
        same = key and key.type == (column.type_schema, column.type_name)
        return self.catalog.key(owners.table, key.name) if key and same else None

    @cached_property
    def owners(self) -> Relation | None:
        """The owners' table, by foreign key, else by the owner column's name."""
        owner = self.parent.roles.get("owner")
        if owner is None:
            return None
        for key in self.catalog.foreign_keys:
            if key.child_oid == self.parent.table.oid and key.child_columns == (owner,):
                table = self.catalog.table(key.parent_schema, key.parent_table)
                return self.catalog.relation(table, key.parent_columns, {})
        named = named_after(owner)
        tables = (each for each in self._beside if each.name.lower() in named)
        return self.catalog.relation(next(tables, None), ["id"], {})

    @cached_property
    def owner_columns(self) -> tuple[Relation, ...]:
        """The parent's and its neighbours' columns that say whose a row is."""
        elsewhere = self._leading_elsewhere(self.owners) if self.owners else frozenset()
        found = (self._owner_column(table) for table in (self.parent.table, *self._beside))
        return tuple(
            each for each in found if each and (each.table.oid, each.key.label) not in elsewhere
        )

    def _owner_column(self, table: Table) -> Relation | None:
        overrides = self.overrides if table.oid == self.parent.table.oid else {}
        owner = self.catalog.roles(table, overrides).get("owner")
        return self.catalog.relation(table, [owner], overrides) if owner else None

    @cached_property
    def entities(self) -> Entities:
        return Entities(self.catalog, self.definition, self.parent, self.child, self._beside)

    @cached_property
    def references(self) -> tuple[Relation, ...]:
        """Every column apart from the child's that is called like it or points like it."""
        elsewhere, child = self._leading_elsewhere(self.parent), self.definition.child
        end = (self.parent.table.oid, self.parent.key.names)
        found: list[Relation | None] = []
        for table in self._beside:
            tied = (
                key.child_columns
                for key in self.catalog.foreign_keys
                if key.child_oid == table.oid and (key.parent_oid, key.parent_columns) == end
            )
            called = (
                (name,)
                for name in self.catalog.columns_of(table)
                if name in self._spelled and (table.oid, name) not in elsewhere
                if table.name != self.failures
            )
            for names in dict.fromkeys((*tied, *called)):
                if (table.schema, table.name, names) != child:
                    found.append(self.catalog.relation(table, names, {}))
        return tuple(filter(None, found))

    @cached_property
    def unguarded_references(self) -> tuple[Key, ...]:
        keys = (
            self.catalog.key(table, column.name)
            for table, column in self._pointing
            if not table.row_security
        )
        return tuple(key for key in keys if key)

    @property
    def unsearched(self) -> Iterator[str]:
        """Say of each column that could hold the id and is not searched why it is not."""
        child = self.child
        if child and child.table.row_security:
            yield _hidden(child.table, child.key.label)
        elif child and not (child.key_indexed and child.key_readable):
            yield _why_not(child.table, child.key.label, readable=child.key_readable)
        for table, column in self._pointing:
            if table.row_security:
                yield _hidden(table, column.name)
            elif not (column.readable and column.indexed):
                yield _why_not(table, column.name, readable=column.readable)

    @cached_property
    def _pointing(self) -> tuple[tuple[Table, Column], ...]:
        """The columns that point at the parent by name only: no foreign key guards them."""
        guarded = {
            (key.child_oid, column)
            for key in self.catalog.foreign_keys
            if key.parent_oid == self.parent.table.oid and guards(key)
            for column in key.child_columns
        } | self._leading_elsewhere(self.parent)
        child = (self.definition.child_schema, self.definition.child_table)
        return tuple(
            (table, column)
            for table, column in self._alike
            if column.name in self._spelled
            and table.name != self.failures
            and (table.oid, column.name) not in guarded
            and (table.schema, table.name) != child
        )

    @cached_property
    def _spelled(self) -> tuple[str, ...]:
        """How a column that alone points at the parent may be called."""
        return pointing(self.definition)

    def _leading_elsewhere(self, parent: Relation) -> frozenset[tuple[int, str]]:
        """Name the columns that a foreign key ties to another table, whatever they are called."""
        return frozenset(
            (key.child_oid, column)
            for key in self.catalog.foreign_keys
            if key.parent_oid != parent.table.oid
            for column in key.child_columns
        )

    @cached_property
    def _alike(self) -> tuple[tuple[Table, Column], ...]:
        """The columns of other tables that could hold the parent's ids."""
        return tuple(
            (table, column)
            for table in self._beside
            for column in self.catalog.columns_of(table).values()
            if self._fits(column)
        )

    def _fits(self, column: Column) -> bool:
        single = self.parent.key.single
        return bool(single and family(column.type_name) == family(single.type[1]))

    @cached_property
    def _beside(self) -> tuple[Table, ...]:
        return tuple(
            each
            for each in self.catalog.tables
            if each.schema in self._schemas and each.oid != self.parent.table.oid
        )

    @cached_property
    def _schemas(self) -> frozenset[str]:
        """The parent's schema and those that foreign keys tie to it, over any number of others."""
        tied = [{key.child_schema, key.parent_schema} for key in self.catalog.foreign_keys]
        reached, before = {self.parent.table.schema}, 0
        while len(reached) > before:
            before = len(reached)
            reached.update(*(each for each in tied if each & reached))
        return frozenset(reached)


def row_keys(catalog: CatalogRows) -> Mapping[int, RowKey]:
    """Name by table what tells its rows apart; a column that is called id is preferred."""
    ordered = sorted(catalog.columns, key=lambda each: each.name == "id")
    found = ((each.table_oid, row_key(each)) for each in ordered if each.not_null)
    return {oid: key for oid, key in found if key}


def _hidden(table: Table, column: str) -> str:
    return f"{table.name}.{column} was not searched: row security hides rows"


def _why_not(table: Table, column: str, *, readable: bool) -> str:
    reason = "it has no index" if readable else "the role may not read it"
    return f"{table.name}.{column} was not searched: {reason}"
