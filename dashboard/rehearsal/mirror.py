"""Makes an empty copy of an environment's schema, from what its catalog says alone.

What the folder cannot replay, and what was changed by hand, is there as it is there. The order is
found by trying: what needs something that is not there yet is tried again. Owners, grants and
comments are left out, and whom a policy is for.
"""

from collections.abc import Iterator, Mapping

import psycopg

from dashboard.diagnose import sql
from dashboard.diagnose.migrations.schema.image import Key, SchemaImage
from dashboard.rehearsal.replay import enter
from dashboard.rehearsal.server import Connection, Sandbox
from queries import rows

COMMANDS = {"r": "select", "a": "insert", "w": "update", "d": "delete", "*": "all"}
ENABLED = {"D": "disable", "A": "enable always", "R": "enable replica"}
CONSTRAINTS_IN_ORDER = ("p", "u", "x", "c", "f")
OFFERED = "select name from pg_catalog.pg_available_extensions"


def mirror(sandbox: Sandbox, database: str, image: SchemaImage, schema: str) -> tuple[str, ...]:
    """Make a database of it; returns what could not be made, and why."""
    sandbox.create(database, schema)
    with sandbox.connect(database) as connection:
        _provide(sandbox, connection, image)
        for each in image.schemas:
            connection.execute(f"create schema if not exists {sql.identifier(each)}".encode())
        enter(connection, schema)
        connection.execute("set check_function_bodies = off")
        return _made(connection, list(statements(image)))


def _provide(sandbox: Sandbox, connection: Connection, image: SchemaImage) -> None:
    offered = {name for (name,) in connection.execute(OFFERED)}
    for key, _ in image.all("extension"):
        if key[1] not in offered:
            sandbox.provide_extension(key[1])


def _made(connection: Connection, waiting: list[str]) -> tuple[str, ...]:
    while waiting:
        failed = [(text, why) for text in waiting if (why := _why_not(connection, text))]
        if len(failed) == len(waiting):
            return tuple(f"{text.splitlines()[0]}: {why}" for text, why in failed)
        waiting = [text for text, _ in failed]
    return ()


def _why_not(connection: Connection, text: str) -> str | None:
    try:
        connection.execute(text.encode())
    except psycopg.Error as error:
        if connection.closed:
            raise
        return f"{error.sqlstate} {error.diag.message_primary}"
    return None


def statements(image: SchemaImage) -> Iterator[str]:
    """Write what makes it, roughly in the order that it can be made in."""
    for key, row in image.all("extension"):
        yield f"create schema if not exists {sql.identifier(row.schema)}"
        where = f"schema {sql.identifier(row.schema)}"
        yield f"create extension if not exists {sql.identifier(key[1])} {where}"
    for write in (
        _enums,
        _domains,
        _sequences,
        _relations,
        _owned_sequences,
        _functions,
        _constraints,
        _indexes,
        _views,
        _triggers,
        _policies,
        _printed,
    ):
        yield from write(image)


def _name(key: Key) -> str:
    return f"{sql.identifier(key[1])}.{sql.identifier(key[2])}"


def _enums(image: SchemaImage) -> Iterator[str]:
    for key, row in image.all("enum"):
        yield f"create type {_name(key)} as enum ({', '.join(map(sql.literal, row.labels))})"


def _domains(image: SchemaImage) -> Iterator[str]:
    for key, row in image.all("domain"):
        default = f" default {row.default_value}" if row.default_value is not None else ""
        needed = " not null" if row.not_null else ""
        yield f"create domain {_name(key)} as {row.base}{default}{needed} {' '.join(row.checks)}"


def _sequences(image: SchemaImage) -> Iterator[str]:
    for key, row in image.all("sequence"):
        if row.of_identity:
            continue
        cycle = " cycle" if row.cycle else ""
        yield (
            f"create sequence {_name(key)} as {row.type} increment {row.increment}"
            f" minvalue {row.lowest} maxvalue {row.highest} start {row.start}"
            f" cache {row.cache}{cycle}"
        )


def _owned_sequences(image: SchemaImage) -> Iterator[str]:
    for key, row in image.all("sequence"):
        column = image.owner(row)
        if column and not row.of_identity:
            table = _name(("relation", column.schema, column.table))
            yield f"alter sequence {_name(key)} owned by {table}.{sql.identifier(column.name)}"


def _relations(image: SchemaImage) -> Iterator[str]:
    identities = _identities(image)
    columns: dict[int, list[rows.CatalogColumn]] = {}
    for column in image.columns.values():
        columns.setdefault(column.relation, []).append(column)
    for key, row in image.all("relation"):
        own = columns.get(row.oid, [])
        if row.kind == "c":
            parts = (f"{sql.identifier(each.name)} {each.type}" for each in own)
            yield f"create type {_name(key)} as ({', '.join(parts)})"
        elif row.kind in ("r", "p"):
            yield _table(key, row, [_column(each, identities) for each in own])
            yield from _settings(key, row)


def _settings(key: Key, row: rows.CatalogRelation) -> Iterator[str]:
    for each in row.options:
        yield f"alter table {_name(key)} set ({each})"
    if row.row_security:
        yield f"alter table {_name(key)} enable row level security"
    if row.forced_row_security:
        yield f"alter table {_name(key)} force row level security"


def _table(key: Key, row: rows.CatalogRelation, columns: list[str]) -> str:
    if row.bound:
        return f"create table {_name(key)} partition of {row.parents[0]} {row.bound}"
    end = f" partition by {row.partition_key}" if row.partition_key else ""
    if row.parents:
        end = f" inherits ({', '.join(row.parents)})"
    unlogged = "unlogged " if row.persistence == "u" else ""
    return f"create {unlogged}table {_name(key)} ({', '.join(columns)}){end}"


def _identities(image: SchemaImage) -> Mapping[tuple[int, int], str]:
    """Write the options of the sequences that are part of a column."""
    return {
        (row.owner, row.owner_number): (
            f" (sequence name {_name(key)} increment {row.increment} minvalue {row.lowest}"
            f" maxvalue {row.highest} start {row.start} cache {row.cache}"
            f"{' cycle' if row.cycle else ''})"
        )
        for key, row in image.all("sequence")
        if row.of_identity
    }


def _column(row: rows.CatalogColumn, identities: Mapping[tuple[int, int], str]) -> str:
    text = f"{sql.identifier(row.name)} {row.type}"
    if row.collation_name:
        text += f" collate {sql.identifier(row.collation_name)}"
    text += _value(row, identities)
    return text + (" not null" if row.not_null else "")


def _value(row: rows.CatalogColumn, identities: Mapping[tuple[int, int], str]) -> str:
    if row.identity:
        how = "always" if row.identity == "a" else "by default"
        return f" generated {how} as identity{identities.get((row.relation, row.number), '')}"
    if row.generated:
        stored = "stored" if row.generated == "s" else "virtual"
        return f" generated always as ({row.default_value}) {stored}"
    return f" default {row.default_value}" if row.default_value is not None else ""


def _functions(image: SchemaImage) -> Iterator[str]:
    return (row.whole for _, row in image.all("function") if row.whole)


def _constraints(image: SchemaImage) -> Iterator[str]:
    for kind in CONSTRAINTS_IN_ORDER:
        for key, row in image.all("constraint"):
            if row.type == kind:
                state = "" if row.enforced else " not enforced"
                state = state if row.validated or not row.enforced else " not valid"
                name = sql.identifier(key[3])
                yield f"alter table {_name(key)} add constraint {name} {row.definition}{state}"


def _indexes(image: SchemaImage) -> Iterator[str]:
    for key, row in image.all("index"):
        if not row.of_constraint:
            unique = "unique " if row.is_unique else ""
            table = _name(("relation", row.schema, row.table))
            name = sql.identifier(key[2])
            yield f"create {unique}index {name} on {table} using {row.definition}"


def _views(image: SchemaImage) -> Iterator[str]:
    for key, row in image.all("relation"):
        if row.kind in ("v", "m"):
            kind = "materialized view" if row.kind == "m" else "view"
            yield f"create {kind} {_name(key)} as {row.definition}"


def _triggers(image: SchemaImage) -> Iterator[str]:
    for key, row in image.all("trigger"):
        yield row.definition
        if how := ENABLED.get(row.enabled):
            yield f"alter table {_name(key)} {how} trigger {sql.identifier(key[3])}"


def _policies(image: SchemaImage) -> Iterator[str]:
    for key, row in image.all("policy"):
        kind = "permissive" if row.permissive else "restrictive"
        using = f" using ({row.using_expression})" if row.using_expression else ""
        check = f" with check ({row.check_expression})" if row.check_expression else ""
        yield (
            f"create policy {sql.identifier(key[3])} on {_name(key)} as {kind}"
            f" for {COMMANDS[row.command]}{using}{check}"
        )


def _printed(image: SchemaImage) -> Iterator[str]:
    for kind in ("rule", "statistics"):
        for _, row in image.all(kind):
            yield row.definition
