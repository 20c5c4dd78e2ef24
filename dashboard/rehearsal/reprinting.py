"""Has the sandbox print what another version of the server printed.

What it prints alike is alike: no list of what changed between versions is needed.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import psycopg

from dashboard.diagnose import sql
from dashboard.diagnose.migrations.schema.image import Key, SchemaImage
from dashboard.rehearsal.server import Connection
from queries import rows

Text = tuple[Key, str]  # an object, and which of its facets
NAME = "_reprinted"


def reprint(
    connection: Connection, texts: Iterable[Text], found: SchemaImage, path: Iterable[str]
) -> Mapping[Text, str | None]:
    """Print each anew; None where the sandbox does not take it."""
    listed = ", ".join(map(sql.identifier, path))
    return {each: _reprinted(connection, each, found.objects[each[0]], listed) for each in texts}


def _reprinted(connection: Connection, text: Text, row: Any, path: str) -> str | None:
    key, facet = text
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(f"set local search_path = {path}".encode())
            connection.execute("set local check_function_bodies = off")
            return PRINTERS[key[0]](connection, row, facet)
    except psycopg.Error:
        if connection.closed:
            raise
        return None


def _column(connection: Connection, row: rows.CatalogColumn, _facet: str) -> str | None:
    table, name = _table(row), sql.identifier(row.name)
    if row.generated:
        value = f"generated always as ({row.default_value}) stored"
        connection.execute(f"alter table {table} drop column {name} cascade".encode())
        connection.execute(f"alter table {table} add column {name} {row.type} {value}".encode())
    else:
        value = f"set default {row.default_value}"
        connection.execute(f"alter table {table} alter column {name} {value}".encode())
    return _one(
        connection,
        "select pg_get_expr(d.adbin, d.adrelid) from pg_attrdef as d"
        " inner join pg_attribute as a on d.adrelid = a.attrelid and d.adnum = a.attnum"
        " where d.adrelid = cast(%s as regclass) and a.attname = %s",
        table,
        row.name,
    )


def _constraint(connection: Connection, row: rows.CatalogConstraint, _facet: str) -> str | None:
    unchecked = " not valid" if row.type in ("c", "f") else ""
    added = f"add constraint {NAME} {row.definition}{unchecked}"
    connection.execute(f"alter table {_table(row)} {added}".encode())
    printed = _one(
        connection,
        "select pg_get_constraintdef(oid) from pg_constraint where conname = %s",
        NAME,
    )
    return printed.removesuffix(" NOT VALID")


def _index(connection: Connection, row: rows.CatalogIndex, _facet: str) -> str | None:
    unique = "unique " if row.is_unique else ""
    made = f"create {unique}index {NAME} on {_table(row)} using {row.definition}"
    connection.execute(made.encode())
    return _one(
        connection,
        "select replace(substring(pg_get_indexdef(oid) from ' USING (.*)$'),"
        " ' NULLS NOT DISTINCT', '') from pg_class where relname = %s",
        NAME,
    )


def _view(connection: Connection, row: rows.CatalogRelation, _facet: str) -> str | None:
    kind = "materialized view" if row.kind == "m" else "view"
    connection.execute(f"create {kind} {NAME} as {row.definition}".encode())
    return _one(connection, "select pg_get_viewdef(cast(%s as regclass))", NAME)


def _trigger(connection: Connection, row: rows.CatalogTrigger, _facet: str) -> str | None:
    table = _table(row)
    connection.execute(f"drop trigger {sql.identifier(row.name)} on {table}".encode())
    connection.execute(row.definition.encode())
    return _one(
        connection,
        "select pg_get_triggerdef(oid) from pg_trigger"
        " where tgname = %s and tgrelid = cast(%s as regclass)",
        row.name,
        table,
    )


def _policy(connection: Connection, row: rows.CatalogPolicy, facet: str) -> str | None:
    using = facet == "using_expression"
    clause = "using" if using else "for insert with check"
    made = f"create policy {NAME} on {_table(row)} {clause} ({getattr(row, facet)})"
    connection.execute(made.encode())
    column = "polqual" if using else "polwithcheck"
    printed = f"select pg_get_expr({column}, polrelid) from pg_policy where polname = %s"  # noqa: S608
    return _one(connection, printed, NAME)


PRINTERS: Mapping[str, Callable[[Connection, Any, str], str | None]] = {
    "column": _column,
    "constraint": _constraint,
    "index": _index,
    "relation": _view,
    "trigger": _trigger,
    "policy": _policy,
}


def _table(row: Any) -> str:
    return f"{sql.identifier(row.schema)}.{sql.identifier(row.table)}"


def _one(connection: Connection, text: str, *values: str) -> str:
    row = connection.execute(text.encode(), values).fetchone()
    if row is None:
        raise LookupError("what was just made is there")
    return str(row[0])
