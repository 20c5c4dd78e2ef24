"""What `alter table` wants, makes and drops."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from dashboard.diagnose.migrations.deploying.columns import constrained, defined
from dashboard.diagnose.migrations.deploying.names import enum, relation, type_named
from dashboard.diagnose.migrations.deploying.steps import (
    Demand,
    ObjectKind,
    Rows,
    SchemaObject,
    Step,
)

HARMLESS = frozenset(
    {"AT_EnableRowSecurity", "AT_DisableRowSecurity", "AT_ForceRowSecurity", "AT_SetStatistics"}
)

Reader = Callable[[SchemaObject, Any], Iterator[Step]]


def altered(node: Any) -> Iterator[Step]:
    """Take what is dropped first, as PostgreSQL does."""
    table = relation(node.relation)
    if enum(node, "objtype") != "OBJECT_TABLE":
        yield Step(opaque="alters something that is not a table")
        return
    commands = [each.alter_table_cmd for each in node.cmds]
    commands.sort(key=lambda each: not enum(each, "subtype").startswith("AT_Drop"))
    if not node.missing_ok:
        yield Step(there=(Demand(table, "42P01"),))
    for each in commands:
        for step in _command(table, each):
            yield replace(step, unless_gone=table) if node.missing_ok else step


def _command(table: SchemaObject, node: Any) -> Iterator[Step]:
    kind = enum(node, "subtype")
    if kind in HARMLESS:
        return
    if kind not in READERS or enum(node, "behavior") == "DROP_CASCADE":
        yield Step(opaque=f"alters a table in a way we cannot predict ({kind[3:]})")
        return
    yield from READERS[kind](table, node)


def _add_column(table: SchemaObject, node: Any) -> Iterator[Step]:
    yield from defined(table, _definition(node), in_new_table=False, optional=node.missing_ok)


def _add_constraint(table: SchemaObject, node: Any) -> Iterator[Step]:
    yield constrained(table, _definition(node).constraint, in_new_table=False)


def _drop_column(table: SchemaObject, node: Any) -> Iterator[Step]:
    yield _drop(table.inside(ObjectKind.COLUMN, node.name), "42703", node)


def _drop_constraint(table: SchemaObject, node: Any) -> Iterator[Step]:
    yield _drop(table.inside(ObjectKind.CONSTRAINT, node.name), "42704", node)


def _drop(dropped: SchemaObject, sqlstate: str, node: Any) -> Step:
    return Step(
        there=() if node.missing_ok else (Demand(dropped, sqlstate),),
        dropped=(dropped,),
        unless_gone=dropped if node.missing_ok else None,
    )


def _set_not_null(table: SchemaObject, node: Any) -> Iterator[Step]:
    yield replace(_column(table, node), rows=Rows(table, (node.name,), nulls=True))


def _touch_column(table: SchemaObject, node: Any) -> Iterator[Step]:
    yield _column(table, node)


def _change_type(table: SchemaObject, node: Any) -> Iterator[Step]:
    kind = type_named(_definition(node).column_def.type_name)
    step = _column(table, node)
    there = (*step.there, Demand(kind, "42704")) if kind else step.there
    yield replace(step, there=there, doubt="changes the type of a column")


def _column(table: SchemaObject, node: Any) -> Step:
    return Step(there=(Demand(table.inside(ObjectKind.COLUMN, node.name), "42703"),))


def _definition(node: Any) -> Any:
    return getattr(node, "def")  # a keyword is no attribute


READERS: Mapping[str, Reader] = {
    "AT_AddColumn": _add_column,
    "AT_AddConstraint": _add_constraint,
    "AT_DropColumn": _drop_column,
    "AT_DropConstraint": _drop_constraint,
    "AT_SetNotNull": _set_not_null,
    "AT_DropNotNull": _touch_column,
    "AT_ColumnDefault": _touch_column,
    "AT_AlterColumnType": _change_type,
}
