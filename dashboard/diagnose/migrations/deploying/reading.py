"""Reads a script with PostgreSQL's own grammar; what is not understood is a step that says so."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from dashboard.diagnose.migrations.deploying.altering import altered
from dashboard.diagnose.migrations.deploying.columns import defined
from dashboard.diagnose.migrations.deploying.names import enum, named, relation, text
from dashboard.diagnose.migrations.deploying.steps import (
    Demand,
    ObjectKind,
    Rows,
    SchemaObject,
    Step,
)

MOST_KEPT = 2_000  # scripts: a folder that has not changed is read once
ROWS_CHANGE = "changes rows"
DROPPED = {
    "OBJECT_TABLE": (ObjectKind.RELATION, "42P01"),
    "OBJECT_VIEW": (ObjectKind.RELATION, "42P01"),
    "OBJECT_SEQUENCE": (ObjectKind.RELATION, "42P01"),
    "OBJECT_INDEX": (ObjectKind.RELATION, "42704"),
    "OBJECT_TYPE": (ObjectKind.TYPE, "42704"),
    "OBJECT_SCHEMA": (ObjectKind.SCHEMA, "3F000"),
}

Reader = Callable[[Any], Iterator[Step]]


@lru_cache(maxsize=MOST_KEPT)
def steps(script: str) -> tuple[Step, ...]:
    # a tenth of a second and ten megabytes, for whoever has a script to come
    import postgast

    try:
        statements = [each.stmt for each in postgast.parse(script).stmts]
    except postgast.PgQueryError:
        return (Step(opaque="cannot be parsed"),)
    return tuple(step for each in statements for step in _read(each, alone=len(statements) == 1))


def _read(statement: Any, *, alone: bool) -> Iterator[Step]:
    kind = statement.WhichOneof("node")
    node = getattr(statement, kind)
    if kind not in READERS:
        yield Step(opaque=f"contains a statement that we cannot predict ({_words(kind)})")
        return
    if not alone and kind in ALONE and ALONE[kind](node):
        yield Step(doubt=f"contains a statement that must run alone ({_words(kind)})")
    yield from READERS[kind](node)


def _words(kind: str) -> str:
    return kind.removesuffix("_stmt").replace("_", " ").upper()


def _create_table(node: Any) -> Iterator[Step]:
    table = relation(node.relation)
    if node.inh_relations or node.HasField("partbound") or node.HasField("of_typename"):
        yield Step(opaque="creates a table from another one")
        return
    parts = [
        each for element in node.table_elts for each in defined(table, element, in_new_table=True)
    ]
    yield Step(
        there=tuple(demand for part in parts for demand in part.there),
        free=(Demand(table, "42P07"), *(demand for part in parts for demand in part.free)),
        made=((table, None), *(made for part in parts for made in part.made)),
        unless_there=table if node.if_not_exists else None,
        doubt=next((part.doubt for part in parts if part.doubt), None),
    )


def _create_index(node: Any) -> Iterator[Step]:
    table = relation(node.relation)
    columns = [each.index_elem for each in node.index_params]
    index = SchemaObject(ObjectKind.RELATION, node.idxname, table.schema) if node.idxname else None
    plain = all(each.name and _is_built_in(each.opclass) for each in columns)
    plain = plain and not node.HasField("where_clause") and node.access_method == "btree"
    names = tuple(each.name for each in columns if each.name)
    yield Step(
        there=(
            Demand(table, "42P01"),
            *(Demand(table.inside(ObjectKind.COLUMN, name), "42703") for name in names),
        ),
        free=(Demand(index, "42P07"),) if index else (),
        made=((index, table),) if index else (),
        unless_there=index if node.if_not_exists else None,
        rows=Rows(table, names) if node.unique else None,
        doubt=None if plain else "creates an index on more than columns",
    )


def _is_built_in(operator_class: Sequence[Any]) -> bool:
    return all(text(each).endswith("_pattern_ops") for each in operator_class)


def _drop(node: Any) -> Iterator[Step]:
    kind = enum(node, "remove_type")
    if kind not in DROPPED or enum(node, "behavior") == "DROP_CASCADE":
        yield Step(opaque="drops something with its dependants")
        return
    object_kind, sqlstate = DROPPED[kind]
    for each in node.objects:
        dropped = named(object_kind, _path(each))
        yield Step(
            there=() if node.missing_ok else (Demand(dropped, sqlstate),),
            dropped=(dropped,),
            unless_gone=dropped if node.missing_ok else None,
        )


def _path(node: Any) -> Sequence[str]:
    match node.WhichOneof("node"):
        case "list":
            return [text(each) for each in node.list.items]
        case "type_name":
            return [text(each) for each in node.type_name.names]
        case _:
            return [text(node)]


def _create_enum(node: Any) -> Iterator[Step]:
    made = named(ObjectKind.TYPE, [text(each) for each in node.type_name])
    labels = [(made.inside(ObjectKind.LABEL, text(each)), made) for each in node.vals]
    yield Step(free=(Demand(made, "42710"),), made=((made, None), *labels))


def _alter_enum(node: Any) -> Iterator[Step]:
    changed = named(ObjectKind.TYPE, [text(each) for each in node.type_name])
    label = changed.inside(ObjectKind.LABEL, node.new_val)
    old = changed.inside(ObjectKind.LABEL, node.old_val) if node.old_val else None
    yield Step(
        there=(Demand(changed, "42704"), *((Demand(old, "22023"),) if old else ())),
        free=(Demand(label, "42710"),),
        made=((label, changed),),
        dropped=(old,) if old else (),
        unless_there=label if node.skip_if_new_val_exists else None,
    )


def _create_schema(node: Any) -> Iterator[Step]:
    made = SchemaObject(ObjectKind.SCHEMA, node.schemaname)
    if node.schema_elts or not node.schemaname:
        yield Step(opaque="creates a schema with its content")
        return
    yield Step(
        free=(Demand(made, "42P06"),),
        made=((made, None),),
        unless_there=made if node.if_not_exists else None,
    )


def _create_extension(node: Any) -> Iterator[Step]:
    made = SchemaObject(ObjectKind.EXTENSION, node.extname)
    free = (Demand(made, "42710"),)
    optional = made if node.if_not_exists else None
    yield Step(free=free, unless_there=optional)
    yield Step(made=((made, None),), unless_there=made, opaque="creates an extension")


def _rename(node: Any) -> Iterator[Step]:
    kind, table = enum(node, "rename_type"), relation(node.relation)
    inside = {"OBJECT_COLUMN": "42703", "OBJECT_TABCONSTRAINT": "42704"}
    if kind not in inside or node.missing_ok:
        yield Step(opaque="renames something")
        return
    column = kind == "OBJECT_COLUMN"
    part = ObjectKind.COLUMN if column else ObjectKind.CONSTRAINT
    old, new = table.inside(part, node.subname), table.inside(part, node.newname)
    yield Step(
        there=(Demand(table, "42P01"), Demand(old, inside[kind])),
        free=(Demand(new, "42701" if column else "42710"),),
    )
    # its indexes and constraints go by the old name, or follow the new one
    yield Step(opaque="renames something")


def _change_rows(node: Any) -> Iterator[Step]:
    yield Step(there=(Demand(relation(node.relation), "42P01"),), doubt=ROWS_CHANGE)


READERS: Mapping[str, Reader] = {
    "create_stmt": _create_table,
    "alter_table_stmt": altered,
    "index_stmt": _create_index,
    "drop_stmt": _drop,
    "create_enum_stmt": _create_enum,
    "alter_enum_stmt": _alter_enum,
    "create_schema_stmt": _create_schema,
    "create_extension_stmt": _create_extension,
    "rename_stmt": _rename,
    "insert_stmt": _change_rows,
    "update_stmt": _change_rows,
    "delete_stmt": _change_rows,
}
# Prisma sends a script as one text: several statements of it are one transaction
ALONE: Mapping[str, Callable[[Any], bool]] = {
    "index_stmt": lambda node: bool(node.concurrent),
    "drop_stmt": lambda node: bool(node.concurrent),
    "alter_enum_stmt": lambda _node: True,
}
