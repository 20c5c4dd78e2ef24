"""The statements that make what an image shows, roughly in the order they can be run in.

Owners, grants and comments are left out, and whom a policy is for.
"""

from collections.abc import Iterator, Mapping

from dashboard.diagnose import sql
from dashboard.diagnose.migrations.schema.image import Key, SchemaImage, table_of
from queries import rows

COMMANDS = {"r": "select", "a": "insert", "w": "update", "d": "delete", "*": "all"}
ENABLED = {"D": "disable", "A": "enable always", "R": "enable replica"}
CONSTRAINTS_IN_ORDER = ("p", "u", "x", "c", "f")


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


def part(image: SchemaImage, key: Key) -> SchemaImage:
    """Take what one object needs to be made, and what goes with it if it is a table."""
    row = image.objects[key]
    table = (row.schema, row.name) if key[0] == "relation" else None
    return SchemaImage(
        image.major,
        {
            each: held
            for each, held in image.objects.items()
            if each == key
            or (table and table_of(each, held) == table)
            or (each[0] == "sequence" and _goes_with(image, held, key))
        },
    )


def _goes_with(image: SchemaImage, sequence: rows.CatalogSequence, key: Key) -> bool:
    owner = image.owner(sequence)
    if owner is None:
        return False
    table = ("relation", owner.schema, owner.table)
    return key in (table, ("column", owner.schema, owner.table, owner.name))


def added_column(image: SchemaImage, key: Key) -> Iterator[str]:
    """Write what adds a column, with the sequence that it has of its own."""
    own = part(image, key)
    yield from _sequences(own)
    text = column(image.objects[key], _identities(own))
    yield f"alter table {name(key)} add column {text}"
    yield from _owned_sequences(own)


def name(key: Key) -> str:
    return f"{sql.identifier(key[1])}.{sql.identifier(key[2])}"


def _enums(image: SchemaImage) -> Iterator[str]:
    for key, row in image.all("enum"):
        yield f"create type {name(key)} as enum ({', '.join(map(sql.literal, row.labels))})"


def _domains(image: SchemaImage) -> Iterator[str]:
    for key, row in image.all("domain"):
        default = f" default {row.default_value}" if row.default_value is not None else ""
        needed = " not null" if row.not_null else ""
        yield f"create domain {name(key)} as {row.base}{default}{needed} {' '.join(row.checks)}"


def _sequences(image: SchemaImage) -> Iterator[str]:
    for key, row in image.all("sequence"):
        if row.of_identity:
            continue
        cycle = " cycle" if row.cycle else ""
        yield (
            f"create sequence {name(key)} as {row.type} increment {row.increment}"
            f" minvalue {row.lowest} maxvalue {row.highest} start {row.start}"
            f" cache {row.cache}{cycle}"
        )


def _owned_sequences(image: SchemaImage) -> Iterator[str]:
    for key, row in image.all("sequence"):
        owner = image.owner(row)
        if owner and not row.of_identity:
            table = name(("relation", owner.schema, owner.table))
            yield f"alter sequence {name(key)} owned by {table}.{sql.identifier(owner.name)}"


def _relations(image: SchemaImage) -> Iterator[str]:
    identities = _identities(image)
    columns: dict[int, list[rows.CatalogColumn]] = {}
    for each in image.columns.values():
        columns.setdefault(each.relation, []).append(each)
    for key, row in image.all("relation"):
        own = columns.get(row.oid, [])
        if row.kind == "c":
            parts = (f"{sql.identifier(each.name)} {each.type}" for each in own)
            yield f"create type {name(key)} as ({', '.join(parts)})"
        elif row.kind in ("r", "p"):
            yield _table(key, row, [column(part, identities) for part in own])
            yield from _settings(key, row)


def _settings(key: Key, row: rows.CatalogRelation) -> Iterator[str]:
    for each in row.options:
        yield f"alter table {name(key)} set ({each})"
    if row.row_security:
        yield f"alter table {name(key)} enable row level security"
    if row.forced_row_security:
        yield f"alter table {name(key)} force row level security"


def _table(key: Key, row: rows.CatalogRelation, columns: list[str]) -> str:
    if row.bound:
        return f"create table {name(key)} partition of {row.parents[0]} {row.bound}"
    end = f" partition by {row.partition_key}" if row.partition_key else ""
    if row.parents:
        end = f" inherits ({', '.join(row.parents)})"
    unlogged = "unlogged " if row.persistence == "u" else ""
    return f"create {unlogged}table {name(key)} ({', '.join(columns)}){end}"


def _identities(image: SchemaImage) -> Mapping[tuple[int, int], str]:
    """Write the options of the sequences that are part of a column."""
    return {
        (row.owner, row.owner_number): (
            f" (sequence name {name(key)} increment {row.increment} minvalue {row.lowest}"
            f" maxvalue {row.highest} start {row.start} cache {row.cache}"
            f"{' cycle' if row.cycle else ''})"
        )
        for key, row in image.all("sequence")
        if row.of_identity
    }


def column(row: rows.CatalogColumn, identities: Mapping[tuple[int, int], str]) -> str:
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
                yield constraint(key, row)


def constraint(key: Key, row: rows.CatalogConstraint) -> str:
    state = "" if row.enforced else " not enforced"
    state = state if row.validated or not row.enforced else " not valid"
    added = f"add constraint {sql.identifier(key[3])} {row.definition}{state}"
    return f"alter table {name(key)} {added}"


def _indexes(image: SchemaImage) -> Iterator[str]:
    for key, row in image.all("index"):
        if not row.of_constraint:
            yield index(key, row)


def index(key: Key, row: rows.CatalogIndex, *, concurrently: bool = False) -> str:
    unique = "unique " if row.is_unique else ""
    beside = "concurrently " if concurrently else ""
    table = name(("relation", row.schema, row.table))
    called = sql.identifier(key[2])
    return f"create {unique}index {beside}{called} on {table} using {row.definition}"


def _views(image: SchemaImage) -> Iterator[str]:
    for key, row in image.all("relation"):
        if row.kind in ("v", "m"):
            kind = "materialized view" if row.kind == "m" else "view"
            yield f"create {kind} {name(key)} as {row.definition}"


def _triggers(image: SchemaImage) -> Iterator[str]:
    for key, row in image.all("trigger"):
        yield row.definition
        if how := ENABLED.get(row.enabled):
            yield f"alter table {name(key)} {how} trigger {sql.identifier(key[3])}"


def _policies(image: SchemaImage) -> Iterator[str]:
    for key, row in image.all("policy"):
        kind = "permissive" if row.permissive else "restrictive"
        using = f" using ({row.using_expression})" if row.using_expression else ""
        check = f" with check ({row.check_expression})" if row.check_expression else ""
        yield (
            f"create policy {sql.identifier(key[3])} on {name(key)} as {kind}"
            f" for {COMMANDS[row.command]}{using}{check}"
        )


def _printed(image: SchemaImage) -> Iterator[str]:
    for kind in ("rule", "statistics"):
        for _, row in image.all(kind):
            yield row.definition
