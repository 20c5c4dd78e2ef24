"""SQL for people to copy: real names, quoted, with the id filled in. Never executed here."""

import re
from collections.abc import Iterable, Sequence

from dashboard.diagnose.facts import Relation
from dashboard.diagnose.key_types import fits
from queries import patterns
from queries.rows import Table
from queries.text import Identifier, KeyColumn, KeyColumns, Only

_PLAIN = patterns.lazy(r"[a-z_][a-z0-9_]*")
_RESERVED = frozenset(
    re.findall(
        r"\w+",
        """
    all analyse analyze and any array as asc asymmetric authorization binary both case cast check
    collate collation column concurrently constraint create cross current_catalog current_date
    current_role current_schema current_time current_timestamp current_user default deferrable desc
    distinct do else end except false fetch for foreign freeze from full grant group having ilike
    in initially inner intersect into is isnull join lateral leading left like limit localtime
    localtimestamp natural not notnull null offset on only or order outer overlaps placing primary
    references returning right select session_user similar some symmetric system_user table
    tablesample then to trailing true union unique user using variadic verbose when where window
    with
    """,
    )
)

# two sessions need not speak the same encoding
CSV = "'row.csv' with (format csv, header, encoding 'UTF8')"


def identifier(name: str) -> str:
    """Quote a name the way psql needs it; plain lower-case names stay bare."""
    if _PLAIN.fullmatch(name) and name not in _RESERVED:
        return name
    quoted = '"' + name.replace('"', '""') + '"'
    return quoted if name.isprintable() else f"U&{_escaped(quoted, '+{:06x}')}"


def literal(text: str) -> str:
    """Quote a value; what cannot be seen is escaped: a terminal loses it, or obeys."""
    quoted = "'" + text.replace("'", "''") + "'"
    return quoted if text.isprintable() else f"E{_escaped(quoted, 'U{:08x}')}"


def _escaped(quoted: str, code: str) -> str:
    return "".join(_spelled(each, code) for each in quoted)


def _spelled(character: str, code: str) -> str:
    if character == "\\":
        return "\\\\"
    return character if character.isprintable() else "\\" + code.format(ord(character))


def relation(table: Table) -> str:
    """Write a table's name with its schema: a search_path may put another one first."""
    return f"{identifier(table.schema)}.{identifier(table.name)}"


def _as_keys_see_it(table: Table) -> str:
    """Leave out the tables that inherit from it: a foreign key does not see their rows."""
    return f"only {relation(table)}" if table.inherited else relation(table)


def columns(key: KeyColumns) -> str:
    return ", ".join(map(identifier, key.names))


def written(name: Identifier) -> str | KeyColumns | None:
    """Quote what stands for a placeholder of a query."""
    if name is None:
        return None
    if isinstance(name, KeyColumns):
        return KeyColumns(KeyColumn(identifier(each.name), each.type) for each in name)
    if isinstance(name, str):
        return identifier(name)
    return ("only " if isinstance(name, Only) else "") + ".".join(map(identifier, name))


def select_project(parent: Relation, *values: str) -> str:
    """Write the runbook's check of option 2 with this environment's own names."""
    roles = ("name", "owner", "created_at", "deleted_at", "deleted")
    shown = [*parent.key.names, *_columns(parent, roles)]
    listed = ", ".join(identifier(name) for name in dict.fromkeys(shown))
    source = _as_keys_see_it(parent.table)
    return f"select {listed}\nfrom {source}\nwhere {is_row(parent.key, values)};"


def is_row(key: KeyColumns, values: Sequence[str]) -> str:
    """Write that the columns of a key have these values."""
    return " and ".join(_is_value(each, text) for each, text in zip(key, values, strict=True))


def _is_value(column: KeyColumn, text: str) -> str:
    # what the column cannot hold is no row of it, and comparing it as it is raises an error
    name = identifier(column.name)
    compared = name if fits(text, column.type) else f"cast({name} as text)"
    return f"{compared} = {literal(text)}"


def grant_select(relations: Iterable[tuple[Table, Sequence[str]]], role: str) -> str:
    """Write the column-level grants that a role lacks."""
    lines = []
    for table, columns in relations:
        listed = ", ".join(identifier(name) for name in columns)
        lines.append(f"grant select ({listed}) on {relation(table)} to {identifier(role)};")
    return "\n".join(lines)


def copy_out(parent: Relation, columns: Sequence[str], *values: str) -> str:
    """Write the export of one row; psql takes it as one line."""
    listed = ", ".join(map(identifier, columns))
    where = is_row(parent.key, values)
    source = _as_keys_see_it(parent.table)
    return f"\\copy (select {listed} from {source} where {where}) to {CSV}"


def copy_in(parent: Relation, columns: Sequence[str], *values: str) -> str:
    """Write the import: nothing is kept of it before somebody says so."""
    listed = ", ".join(map(identifier, columns))
    return (
        "begin;\n"
        f"\\copy {relation(parent.table)} ({listed}) from {CSV}\n"
        f"{select_project(parent, *values)}\n"
        "-- exactly one row, and the right one? then: commit;   otherwise: rollback;"
    )


def _columns(parent: Relation, roles: Iterable[str]) -> list[str]:
    return [parent.columns[role] for role in roles if role in parent.columns]
