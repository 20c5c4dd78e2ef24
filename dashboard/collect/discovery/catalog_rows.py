"""One environment's catalog as it was read, and the tables and columns in it by name."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from dashboard.diagnose.facts import Key, Relation, RowKey
from dashboard.settings.column_roles import NAMES
from queries import patterns
from queries.records import dataclass
from queries.rows import Column, CompositeIndex, ContractColumn, ForeignKey, Server, Table
from queries.text import KeyColumn, KeyColumns

LEDGER = "_prisma_migrations"
TEXT_TYPES = ("text", "varchar", "bpchar")
CITEXT = "citext"
MOMENTS = ("timestamp", "timestamptz", "date")
_WORD_START = patterns.lazy(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True)
class CatalogRows:
    """The rows of one environment's catalog-only probe."""

    server: Server
    foreign_keys: tuple[ForeignKey, ...]
    tables: tuple[Table, ...]
    columns: tuple[Column, ...]
    composite_indexes: tuple[CompositeIndex, ...]
    contract: tuple[ContractColumn, ...]

    def table(self, schema: str, name: str) -> Table | None:
        return self._tables.get((schema, name))

    def columns_of(self, table: Table) -> Mapping[str, Column]:
        return self._columns.get(table.oid, {})

    def roles(self, table: Table, overrides: Mapping[str, str]) -> Mapping[str, str]:
        return dict(_roles(self.columns_of(table), overrides))

    def all_readable(self, table: Table | None, names: Iterable[str]) -> bool:
        if table is None:
            return False
        columns = self.columns_of(table)
        return all(name in columns and columns[name].readable for name in names)

    def relation(
        self, table: Table | None, names: Sequence[str], overrides: Mapping[str, str]
    ) -> Relation | None:
        """Shape a table with the columns that hold the relationship's ids."""
        columns = self.columns_of(table) if table else {}
        if table is None or not all(name in columns for name in names):
            return None
        key = [columns[name] for name in names]
        roles = self.roles(table, overrides)
        return Relation(
            table=table,
            key=KeyColumns(map(_key_column, key)),
            roles=roles,
            columns={role: each for role, each in roles.items() if columns[each].readable},
            key_readable=all(each.readable for each in key),
            key_indexed=self._indexed(table, key) and all(map(comparable, key)),
            key_unique=self._unique(table, key),
            key_not_null=all(each.not_null for each in key),
            searchable=frozenset(_searchable(columns, roles)),
            row_key=row_key(columns.get(roles.get("id", ""))),
            key_counted=any(each.counted for each in key),
        )

    def _indexed(self, table: Table, key: Sequence[Column]) -> bool:
        """Whether an index leads with these columns, in whatever order."""
        names = {each.name for each in key}
        if len(key) == 1:
            return key[0].indexed
        return any(set(each.columns[: len(key)]) == names for each in self._indexes_of(table))

    def _unique(self, table: Table, key: Sequence[Column]) -> bool:
        if len(key) == 1:
            return key[0].is_unique
        names = {each.name for each in key}
        return any(
            each.is_unique and set(each.columns) == names for each in self._indexes_of(table)
        )

    def _indexes_of(self, table: Table) -> Iterator[CompositeIndex]:
        return (each for each in self.composite_indexes if each.table_oid == table.oid)

    def key(self, table: Table, name: str) -> Key | None:
        """Shape a column that can be searched for an id; None where it cannot."""
        columns = self.columns_of(table)
        column = columns.get(name)
        if column is None or not (column.readable and column.indexed and comparable(column)):
            return None
        roles = self.roles(table, {})
        readable = {role: each for role, each in roles.items() if columns[each].readable}
        return Key(table, _key_column(column), readable)

    @cached_property
    def _tables(self) -> Mapping[tuple[str, str], Table]:
        return {(each.schema, each.name): each for each in self.tables}

    @cached_property
    def _columns(self) -> Mapping[int, Mapping[str, Column]]:
        found: dict[int, dict[str, Column]] = {}
        for each in self.columns:
            found.setdefault(each.table_oid, {})[each.name] = each
        return found


def spellings(column: str) -> tuple[str, ...]:
    """Spell a column both ways, projectId and project_id, as its copies elsewhere may be."""
    snake = _WORD_START.sub("_", column).lower()
    first, *rest = snake.split("_")
    camel = first + "".join(word.capitalize() for word in rest)
    return tuple(dict.fromkeys((column, snake, camel)))


def named_after(column: str) -> tuple[str, str]:
    """Name the tables, in lower case, that a column such as projectId points at."""
    stem = re.sub(r"_?id$", "", column, flags=re.IGNORECASE).lower()
    return stem, f"{stem}s"


def family(type_name: str) -> str:
    """Group the types whose ids can be compared with each other."""
    return "text" if type_name in TEXT_TYPES else type_name


def comparable(column: Column) -> bool:
    """Whether ids can be compared with it as the database does it."""
    if column.type_name == CITEXT:  # compared by its own operator, wherever the extension is
        return True
    known = (*TEXT_TYPES, "uuid", "int2", "int4", "int8")
    return column.type_schema == "pg_catalog" and column.type_name in known


def _plain(column: Column) -> bool:
    return comparable(column) and column.type_schema == "pg_catalog"


def _key_column(column: Column) -> KeyColumn:
    return KeyColumn(column.name, (column.type_schema, column.type_name))


def row_key(column: Column | None) -> RowKey | None:
    """Take a column by which rows can be told apart and gone through, one after the other."""
    if column is None or not (column.is_unique and column.readable and _plain(column)):
        return None
    return column.name, (column.type_schema, column.type_name)


def _roles(
    columns: Mapping[str, Column], overrides: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    for role, names in NAMES.items():
        wanted = (overrides[role],) if role in overrides else names
        fitting = (name for name in wanted if name in columns and _fits(role, columns[name]))
        if found := next(fitting, None):
            yield role, found


def _fits(role: str, column: Column) -> bool:
    if role == "deleted":
        return column.type_name == "bool"
    return not role.endswith("_at") or column.type_name in MOMENTS


def _searchable(columns: Mapping[str, Column], roles: Mapping[str, str]) -> Iterator[str]:
    """Yield the roles that an index can search: names by prefix, owners by value, times."""
    if (name := roles.get("name")) and columns[name].prefix_indexed:
        yield "name"
    if (owner := roles.get("owner")) and columns[owner].indexed:
        yield "owner"
    if (created := roles.get("created_at")) and columns[created].indexed:
        yield "created_at"
