"""From a constraint's name to the tables, columns and indexes of one environment's catalog."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from dashboard.collect.contract import contract_tables
from dashboard.diagnose.facts import Catalog, Definition, Key, Relation, RowKey
from dashboard.diagnose.paste import pointed_at
from dashboard.diagnose.relationship import guards
from dashboard.settings.column_roles import NAMES
from queries.rows import Column, ContractColumn, ForeignKey, Server, Table

LEDGER = "_prisma_migrations"
LEDGER_COLUMNS = (
    "id",
    "checksum",
    "finished_at",
    "migration_name",
    "rolled_back_at",
    "started_at",
    "applied_steps_count",
)
MOST_ENTITIES = 40
TEXT_TYPES = ("text", "varchar", "bpchar")
MOMENTS = ("timestamp", "timestamptz", "date")
_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class CatalogRows:
    """The rows of one environment's catalog-only probe."""

    server: Server
    foreign_keys: tuple[ForeignKey, ...]
    tables: tuple[Table, ...]
    columns: tuple[Column, ...]
    contract: tuple[ContractColumn, ...] = ()


def column_names(overrides: Mapping[str, str], constraint: str) -> list[str]:
    """List the column names worth asking the catalog about."""
    conventional = (name for names in NAMES.values() for name in names)
    # Prisma names a key table_column_fkey: the way to the column where the key itself is lost
    words = constraint.removesuffix("_fkey").split("_")
    tails = ("_".join(words[start:]) for start in range(len(words)))
    spelled = (spelling for tail in tails for spelling in spellings(tail))
    return sorted({*conventional, *overrides.values(), *LEDGER_COLUMNS, "logs", *spelled})


def spellings(column: str) -> tuple[str, ...]:
    """Spell a column both ways, projectId and project_id, as its copies elsewhere may be."""
    snake = _WORD_START.sub("_", column).lower()
    first, *rest = snake.split("_")
    camel = first + "".join(word.capitalize() for word in rest)
    return tuple(dict.fromkeys((column, snake, camel)))


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


@dataclass(frozen=True, slots=True)
class Discovery:
    """Shapes a catalog into the Schema that a look-up needs."""

    catalog: CatalogRows
    constraint: str
    schema: str | None
    overrides: Mapping[str, str]

    def shape(
        self, elsewhere: Sequence[Definition], rightful: tuple[str | None, str] | None = None
    ) -> Catalog:
        """Shape it; `elsewhere` are the definitions of other environments, in page order.

        `rightful` is the table that the others' constraint points at, where that is known to be
        another one than here.
        """
        name = self.schema or self.catalog.server.default_schema or "public"
        keys_named = candidates(self.catalog, self.constraint, self.schema)
        own = define(self.catalog, self.constraint, self.schema)
        definition = own or (None if keys_named else self._borrowed(elsewhere, name))
        if own:
            name = own.child_schema
        child = self._child(definition)
        keys = self._keys_of(child)
        parent = self._parent(definition, keys)
        ledger = self._table(name, LEDGER)
        return Catalog(
            server=self.catalog.server,
            name=name,
            constraint=self.constraint,
            definition=definition,
            borrowed=own is None,
            unclear=_unclear(keys_named),
            foreign_keys=self.catalog.foreign_keys,
            tables=self.catalog.tables,
            parent=parent,
            child=child,
            expected_parent=self._expected_parent(parent, definition, rightful),
            owner=self._owner(parent),
            entities=self._entities(parent, definition),
            unguarded_references=self._unguarded_references(parent, definition),
            unsearched=tuple(self._unsearched(parent, child, definition)),
            ledger=ledger,
            ledger_readable=self._all_readable(ledger, LEDGER_COLUMNS),
            ledger_logs_readable=self._all_readable(ledger, ("logs",)),
            references=tuple(self._references(parent, definition)),
            owners=self._owners_of(parent),
            owner_columns=tuple(self._owner_columns(parent)),
            same_named=tuple(self._same_named(parent, definition)),
            other_parents=dict(self._other_parents(parent, keys)),
            row_keys=dict(self._row_keys()),
            contract=contract_tables(self.catalog.contract),
            comparable={
                (each.table_oid, each.name): each
                for each in self.catalog.columns
                if each.readable and _comparable(each)
            },
        )

    def _borrowed(self, elsewhere: Sequence[Definition], schema: str) -> Definition | None:
        """Take the first definition whose tables are here, or else simply the first."""
        here = [borrow(each, schema) for each in elsewhere]
        fitting = (each for each in here if self._table(each.parent_schema, each.parent_table))
        return next(fitting, here[0] if here else None)

    def _table(self, schema: str, name: str) -> Table | None:
        return next(
            (each for each in self.catalog.tables if (each.schema, each.name) == (schema, name)),
            None,
        )

    def _columns(self, table: Table) -> Mapping[str, Column]:
        return {each.name: each for each in self.catalog.columns if each.table_oid == table.oid}

    def _all_readable(self, table: Table | None, names: Iterable[str]) -> bool:
        if table is None:
            return False
        columns = self._columns(table)
        return all(name in columns and columns[name].readable for name in names)

    def _child(self, definition: Definition | None) -> Relation | None:
        if definition is None:
            return None
        table = self._table(definition.child_schema, definition.child_table)
        return self._relation(table, definition.child_column) if table else None

    def _keys_of(self, child: Relation | None) -> tuple[ForeignKey, ...]:
        if child is None:
            return ()
        return tuple(
            key
            for key in self.catalog.foreign_keys
            if key.child_oid == child.table.oid and key.child_columns == (child.key,)
        )

    def _parent(
        self, definition: Definition | None, keys: tuple[ForeignKey, ...]
    ) -> Relation | None:
        """Find the table that the key itself names; by name only where there is no key."""
        if definition is None:
            return None
        named = next((key for key in keys if key.name == self.constraint), None)
        if key := named or next(iter(keys), None):
            table = self._table(key.parent_schema, key.parent_table)
            return self._relation(table, key.parent_columns[0]) if table else None
        table = self._table(definition.parent_schema, definition.parent_table)
        return self._relation(table, definition.parent_column) if table else None

    def _other_parents(
        self, parent: Relation | None, keys: tuple[ForeignKey, ...]
    ) -> Iterator[tuple[str, Relation | None]]:
        """Find what a new row of the child has to be in besides: all its keys must be satisfied."""
        for key in keys:
            (column,) = key.parent_columns
            same = parent and (key.parent_oid, column) == (parent.table.oid, parent.key)
            if key.enforced and key.child_triggers_on and not same:
                table = self._table(key.parent_schema, key.parent_table)
                yield key.name, self._relation(table, column) if table else None

    def _relation(
        self, table: Table, key: str, overrides: Mapping[str, str] | None = None
    ) -> Relation | None:
        columns = self._columns(table)
        if key not in columns:
            return None
        column = columns[key]
        roles = dict(_roles(columns, self.overrides if overrides is None else overrides))
        return Relation(
            table=table,
            key=key,
            key_type=(column.type_schema, column.type_name),
            roles=roles,
            columns={role: each for role, each in roles.items() if columns[each].readable},
            key_readable=column.readable,
            key_indexed=column.indexed and _comparable(column),
            key_unique=column.is_unique,
            key_not_null=column.not_null,
            searchable=frozenset(_searchable(columns, roles)),
            row_key=_row_key(columns.get(roles.get("id", ""))),
            key_counted=column.counted,
        )

    def _expected_parent(
        self,
        parent: Relation | None,
        definition: Definition | None,
        rightful: tuple[str | None, str] | None,
    ) -> Relation | None:
        """Find the table that should be the parent, where the key names another one."""
        if parent is None or definition is None or rightful is None:
            return None
        schema, name = rightful
        table = self._table(schema or definition.child_schema, name)
        if table is None or table.oid == parent.table.oid:
            return None
        return self._relation(table, definition.parent_column)

    def _owner(self, parent: Relation | None) -> Key | None:
        """Find the owners' table: by foreign key, else by the owner column's name."""
        owner = parent.columns.get("owner") if parent else None
        if parent is None or owner is None:
            return None
        for key in self.catalog.foreign_keys:
            if key.child_oid == parent.table.oid and key.child_columns == (owner,):
                table = self._table(key.parent_schema, key.parent_table)
                return self._owners(parent, table, key.parent_columns[0]) if table else None
        for each in self.catalog.tables:
            same_schema = each.schema == parent.table.schema
            if same_schema and each.name.lower() in _named_after(owner):
                return self._owners(parent, each, "id")
        return None

    def _owners(self, parent: Relation, table: Table, key: str) -> Key | None:
        """Take the key of the owners' table, if it can be compared with the owner column."""
        found = self._key(table, key)
        owner = self._columns(parent.table)[parent.columns["owner"]]
        same = found and found.type == (owner.type_schema, owner.type_name)
        return found if same else None

    def _key(self, table: Table, name: str) -> Key | None:
        columns = self._columns(table)
        column = columns.get(name)
        if column is None or not (column.readable and column.indexed and _comparable(column)):
            return None
        roles = dict(_roles(columns, {}))
        readable = {role: each for role, each in roles.items() if columns[each].readable}
        return Key(table, name, (column.type_schema, column.type_name), readable)

    def _alike(self, parent: Relation) -> Iterator[tuple[Table, Column]]:
        """Yield the columns beside the parent table that could hold its ids."""
        tables = {
            each.oid: each
            for each in self.catalog.tables
            if each.schema == parent.table.schema and each.oid != parent.table.oid
        }
        for column in self.catalog.columns:
            if column.table_oid in tables and _family(column.type_name) == _family(
                parent.key_type[1]
            ):
                yield tables[column.table_oid], column

    def _entities(self, parent: Relation | None, definition: Definition | None) -> tuple[Key, ...]:
        if parent is None or definition is None:
            return ()
        pointing = spellings(definition.child_column)
        keys = (
            self._entity(table, column, pointing)
            for table, column in (*self._alike(parent), *self._other_keys(parent))
            if column.is_unique and column.name not in pointing and table.name != LEDGER
        )
        return tuple(key for key in keys if key)[:MOST_ENTITIES]

    def _other_keys(self, parent: Relation) -> Iterator[tuple[Table, Column]]:
        """Yield the parent's own columns, apart from the key that the constraint points at."""
        for name, column in self._columns(parent.table).items():
            if name != parent.key and _family(column.type_name) == _family(parent.key_type[1]):
                yield parent.table, column

    def _entity(self, table: Table, column: Column, pointing: Sequence[str]) -> Key | None:
        key = self._key(table, column.name)
        if key is None or table.row_security:
            return None
        columns = self._columns(table)
        project = next((n for n in pointing if n in columns and columns[n].readable), None)
        return replace(key, columns={**key.columns, **({"project": project} if project else {})})

    def _pointing(
        self, parent: Relation | None, definition: Definition | None
    ) -> Iterator[tuple[Table, Column]]:
        """Yield the columns that point at the parent by name only: no foreign key guards them."""
        if parent is None or definition is None:
            return
        guarded = {
            (key.child_oid, column)
            for key in self.catalog.foreign_keys
            if key.parent_oid == parent.table.oid and guards(key)
            for column in key.child_columns
        } | self._leading_elsewhere(parent)
        child = (definition.child_schema, definition.child_table)
        for table, column in self._alike(parent):
            pointing = column.name in spellings(definition.child_column)
            unguarded = (table.oid, column.name) not in guarded
            if pointing and unguarded and (table.schema, table.name) != child:
                yield table, column

    def _unguarded_references(
        self, parent: Relation | None, definition: Definition | None
    ) -> tuple[Key, ...]:
        keys = (
            self._key(table, column.name)
            for table, column in self._pointing(parent, definition)
            if not table.row_security
        )
        return tuple(key for key in keys if key)

    def _references(
        self, parent: Relation | None, definition: Definition | None
    ) -> Iterator[Relation]:
        """Find every column apart from the child's that is called like it or points like it."""
        if parent is None or definition is None:
            return
        spelled, elsewhere = spellings(definition.child_column), self._leading_elsewhere(parent)
        tied = {
            (key.child_oid, key.child_columns)
            for key in self.catalog.foreign_keys
            if key.parent_oid == parent.table.oid
        }
        child = (definition.child_schema, definition.child_table, definition.child_column)
        for table in self._neighbours(parent):
            for name in self._columns(table):
                named = name in spelled and (table.oid, name) not in elsewhere
                pointing = named or (table.oid, (name,)) in tied
                if pointing and (table.schema, table.name, name) != child:
                    yield from filter(None, [self._relation(table, name, {})])

    def _leading_elsewhere(self, parent: Relation) -> frozenset[tuple[int, str]]:
        """Name the columns that a foreign key ties to another table, whatever they are called."""
        return frozenset(
            (key.child_oid, column)
            for key in self.catalog.foreign_keys
            if key.parent_oid != parent.table.oid
            for column in key.child_columns
        )

    def _neighbours(self, parent: Relation) -> Iterator[Table]:
        return (
            each
            for each in self.catalog.tables
            if each.schema == parent.table.schema and each.oid != parent.table.oid
        )

    def _owners_of(self, parent: Relation | None) -> Relation | None:
        """Find the owners' table, whether or not it may be read."""
        owner = parent.roles.get("owner") if parent else None
        if parent is None or owner is None:
            return None
        for key in self.catalog.foreign_keys:
            if key.child_oid == parent.table.oid and key.child_columns == (owner,):
                table = self._table(key.parent_schema, key.parent_table)
                return self._relation(table, key.parent_columns[0], {}) if table else None
        named = _named_after(owner)
        tables = (each for each in self._neighbours(parent) if each.name.lower() in named)
        table = next(tables, None)
        return self._relation(table, "id", {}) if table else None

    def _owner_columns(self, parent: Relation | None) -> Iterator[Relation]:
        """Yield the parent's and its neighbours' columns that say whose a row is."""
        if parent is None:
            return
        owners = self._owners_of(parent)
        elsewhere = self._leading_elsewhere(owners) if owners else frozenset()
        for table in (parent.table, *self._neighbours(parent)):
            columns = self._columns(table)
            overrides = self.overrides if table.oid == parent.table.oid else {}
            owner = dict(_roles(columns, overrides)).get("owner")
            if owner and (table.oid, owner) in elsewhere:  # it names somebody of another table
                continue
            relation = self._relation(table, owner, overrides) if owner else None
            yield from filter(None, [relation])

    def _row_keys(self) -> Iterator[tuple[int, RowKey]]:
        """Yield what tells the rows of each table apart; a column that is called id comes last."""
        for column in sorted(self.catalog.columns, key=lambda each: each.name == "id"):
            if column.not_null and (key := _row_key(column)):
                yield column.table_oid, key

    def _same_named(
        self, parent: Relation | None, definition: Definition | None
    ) -> Iterator[Table]:
        if parent is None or definition is None:
            return
        names = {*_named_after(definition.child_column), *_named_after(pointed_at(self.constraint))}
        for table in self.catalog.tables:
            if table.name.lower() in names and table.oid != parent.table.oid:
                yield table

    def _unsearched(
        self, parent: Relation | None, child: Relation | None, definition: Definition | None
    ) -> Iterator[str]:
        if child and child.table.row_security:
            yield _hidden(child.table, child.key)
        elif child and not (child.key_indexed and child.key_readable):
            yield _why_not(child.table, child.key, readable=child.key_readable)
        for table, column in self._pointing(parent, definition):
            if table.row_security:
                yield _hidden(table, column.name)
            elif not (column.readable and column.indexed):
                yield _why_not(table, column.name, readable=column.readable)


def _named_after(column: str) -> tuple[str, str]:
    """Name the tables, in lower case, that a column such as projectId points at."""
    stem = re.sub(r"_?id$", "", column, flags=re.IGNORECASE).lower()
    return stem, f"{stem}s"


def _unclear(keys: Sequence[ForeignKey]) -> str | None:
    """Say why these keys of one name cannot be gone by."""
    if len(keys) > 1:
        tables = ", ".join(sorted({f"{key.child_schema}.{key.child_table}" for key in keys}))
        return f"the constraint is on several tables ({tables}); name one schema with ?schema="
    if keys and len(keys[0].child_columns) > 1:
        return "the constraint spans several columns, which is not supported"
    return None


def _family(type_name: str) -> str:
    """Group the types whose ids can be compared with each other."""
    return "text" if type_name in TEXT_TYPES else type_name


def _comparable(column: Column) -> bool:
    """Whether the session's operators compare it as the database does: built-in types only."""
    known = (*TEXT_TYPES, "uuid", "int2", "int4", "int8")
    return column.type_schema == "pg_catalog" and column.type_name in known


def _row_key(column: Column | None) -> RowKey | None:
    """Take a column by which rows can be told apart and gone through, one after the other."""
    if column is None or not (column.is_unique and column.readable and _comparable(column)):
        return None
    return column.name, (column.type_schema, column.type_name)


def _hidden(table: Table, column: str) -> str:
    return f"{table.name}.{column} was not searched: row security hides rows"


def _why_not(table: Table, column: str, *, readable: bool) -> str:
    reason = "no index leads with it" if readable else "the role may not read it"
    return f"{table.name}.{column} was not searched: {reason}"


def _roles(
    columns: Mapping[str, Column], overrides: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    for role, names in NAMES.items():
        wanted = (overrides[role],) if role in overrides else names
        fitting = (name for name in wanted if name in columns and _fits(role, columns[name]))
        if found := next(fitting, None):
            yield role, found


def _fits(role: str, column: Column) -> bool:
    return not role.endswith("_at") or column.type_name in MOMENTS


def _searchable(columns: Mapping[str, Column], roles: Mapping[str, str]) -> Iterator[str]:
    """Yield the roles that an index can search: names by prefix, owners by value, times."""
    if (name := roles.get("name")) and columns[name].prefix_indexed:
        yield "name"
    if (owner := roles.get("owner")) and columns[owner].indexed:
        yield "owner"
    if (created := roles.get("created_at")) and columns[created].indexed:
        yield "created_at"
