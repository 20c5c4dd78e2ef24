"""The columns that could hold what was pasted as the parent's id: the likeliest first, so many."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from itertools import islice

from dashboard.collect.discovery.catalog_rows import LEDGER, CatalogRows, comparable, spellings
from dashboard.diagnose.facts import Definition, Key, Relation
from dashboard.diagnose.key_types import INTEGER_BITS
from queries.records import dataclass
from queries.rows import Column, Table

MOST_ENTITIES = 40
BEYOND = f"only {MOST_ENTITIES} are"
UNREADABLE = "no right to read"
COUNTED = "every table numbers its rows from 1"

Place = tuple[Table, Column]


def pointing(definition: Definition) -> tuple[str, ...]:
    """Spell what columns are called that alone hold what the child's does, or a parent's id.

    A column that is called id holds those of its own table.
    """
    if len(definition.child_columns) > 1:
        return ()
    parent = f"{definition.parent_table.removesuffix('s')}_id"
    words = (*definition.child_columns, *([parent] if definition.parent_columns == ("id",) else []))
    spelled = (each for word in words for each in spellings(word))
    return tuple(dict.fromkeys(each for each in spelled if each != "id"))


@dataclass(frozen=True)
class Entities:
    """Columns that tell rows apart, in the relationship's two tables and those `beside` them."""

    catalog: CatalogRows
    definition: Definition
    parent: Relation
    child: Relation | None
    beside: tuple[Table, ...]

    @cached_property
    def searched(self) -> tuple[Key, ...]:
        return tuple(key for key in map(self._key, self._open[:MOST_ENTITIES]) if key)

    @cached_property
    def left_out(self) -> Mapping[str, tuple[str, ...]]:
        """Name by the reason those that are not searched; of a table that is searched, none."""
        seen = {key.table.oid for key in self.searched} - set(self._ends)
        left: defaultdict[str, list[str]] = defaultdict(list)
        for table, column in self._places:
            why = self._why_not(table, column)
            if why == UNREADABLE and (table, column) not in self._wanted:
                why = BEYOND  # a grant would not help
            if table.oid not in seen and (why or (table, column) in self._beyond):
                left[why or BEYOND].append(f"{table.name}.{column.name}")
                seen |= {table.oid} - set(self._ends)
        return {why: tuple(columns) for why, columns in left.items()}

    @cached_property
    def _beyond(self) -> frozenset[Place]:
        return frozenset(self._open[MOST_ENTITIES:])

    @cached_property
    def _wanted(self) -> frozenset[Place]:
        """The columns that are searched by a role that may read everything."""
        open_to_all = (each for each in self._places if self._why_not(*each) in (None, UNREADABLE))
        return frozenset(islice(open_to_all, MOST_ENTITIES))

    @cached_property
    def _open(self) -> tuple[Place, ...]:
        return tuple(place for place in self._places if self._why_not(*place) is None)

    def _why_not(self, table: Table, column: Column) -> str | None:
        reasons = (
            (not comparable(column), "a type we do not compare"),
            (self._counts(table, column), COUNTED),
            (table.row_security, "row security"),
            (not column.readable, UNREADABLE),
            (not column.indexed, "no index"),
        )
        return next((why for applies, why in reasons if applies), None)

    def _counts(self, table: Table, column: Column) -> bool:
        """Whether a number found there says nothing: only the parent's own may be meant by one."""
        own = table.oid == self.parent.table.oid and not self.parent.numbered
        return column.type_name in INTEGER_BITS and not own

    @cached_property
    def _places(self) -> tuple[Place, ...]:
        found = (
            (table, column)
            for table in (self.parent.table, *self.beside)
            if table.name != LEDGER and (not table.partition or table.oid in self._ends)
            for column in self.catalog.columns_of(table).values()
            if self._tells_apart(table, column)
        )
        return tuple(sorted(found, key=lambda place: self._rank(*place)))

    def _rank(self, table: Table, column: Column) -> tuple[int, bool, bool, str, str, str]:
        """Put near tables before distant ones, the child's before others, ids before the rest."""
        distance = self._distances.get(table.oid, len(self.catalog.tables))
        other = self.child is None or table.oid != self.child.table.oid
        return distance, column.name != "id", other, table.schema, table.name, column.name

    def _tells_apart(self, table: Table, column: Column) -> bool:
        """Whether its values are ids of the table's own rows, and not keys of the relationship."""
        place = (table.oid, column.name)
        if place in self._keys or place in self._tied or column.name in self._pointing:
            return False
        foreign = column.type_schema != "pg_catalog"
        return column.name == "id" or (column.is_unique and (foreign or comparable(column)))

    @cached_property
    def _keys(self) -> tuple[tuple[int, str], ...]:
        ends = (self.parent, self.child)
        return tuple((each.table.oid, name) for each in ends if each for name in each.key.names)

    @cached_property
    def _tied(self) -> Mapping[tuple[int, str], int]:
        """Name the columns that hold keys of another table, which is searched itself."""
        return {
            (key.child_oid, key.child_columns[0]): key.parent_oid
            for key in self.catalog.foreign_keys
            if len(key.child_columns) == 1
        }

    @cached_property
    def _distances(self) -> Mapping[int, int]:
        """Count the foreign keys from the nearer of the two tables to each other."""
        beside: defaultdict[int, set[int]] = defaultdict(set)
        for key in self.catalog.foreign_keys:
            beside[key.child_oid].add(key.parent_oid)
            beside[key.parent_oid].add(key.child_oid)
        distances, reached = dict.fromkeys(self._ends, 0), list(self._ends)
        for oid in reached:  # grows as it goes
            for other in sorted(beside[oid] - distances.keys()):
                distances[other] = distances[oid] + 1
                reached.append(other)
        return distances

    @cached_property
    def _ends(self) -> tuple[int, ...]:
        ends = (self.parent, self.child)
        return tuple(dict.fromkeys(each.table.oid for each in ends if each))

    @cached_property
    def _pointing(self) -> tuple[str, ...]:
        return pointing(self.definition)

    def _key(self, place: Place) -> Key | None:
        table, column = place
        key, project = self.catalog.key(table, column.name), self._project(table)
        if key is None or project is None:
            return key
        return replace(key, columns={**key.columns, "project": project})

    def _project(self, table: Table) -> str | None:
        """Name the column of a row that says which of the parent's rows it is, or belongs to."""
        columns = self.catalog.columns_of(table)
        own = (name for oid, name in self._keys if oid == table.oid)
        others = (name for name in (*own, *self._owners(table)) if name in columns)
        return next((name for name in others if columns[name].readable), None)

    def _owners(self, table: Table) -> Iterator[str]:
        parent = self.parent.table.oid
        tied = {name: other for (oid, name), other in self._tied.items() if oid == table.oid}
        yield from (name for name in self._pointing if tied.get(name, parent) == parent)
        yield from (name for name, other in tied.items() if other == parent)
