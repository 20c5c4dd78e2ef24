"""Columns and constraints, as `create table` and `alter table … add` define them."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from dashboard.diagnose.migrations.deploying.names import (
    enum,
    is_serial,
    relation,
    text,
    type_named,
)
from dashboard.diagnose.migrations.deploying.steps import (
    Demand,
    ObjectKind,
    Rows,
    SchemaObject,
    Step,
)

INDEXED = ("CONSTR_PRIMARY", "CONSTR_UNIQUE", "CONSTR_EXCLUSION")
FILLED = ("CONSTR_DEFAULT", "CONSTR_IDENTITY", "CONSTR_GENERATED")
CONSTRAINED = (*INDEXED, "CONSTR_FOREIGN", "CONSTR_CHECK")
FUNCTIONS = frozenset({"now", "gen_random_uuid", "clock_timestamp", "statement_timestamp"})
PLAIN = frozenset({"a_const", "sqlvalue_function", "a_array_expr"})


def defined(
    table: SchemaObject, node: Any, *, in_new_table: bool, optional: bool = False
) -> Iterator[Step]:
    match node.WhichOneof("node"):
        case "column_def":
            yield from _column(table, node.column_def, in_new_table, optional)
        case "constraint":
            yield constrained(table, node.constraint, in_new_table=in_new_table)
        case other:
            yield Step(doubt=f"creates a table with {other}")


def _column(table: SchemaObject, node: Any, new: bool, optional: bool) -> Iterator[Step]:
    column = table.inside(ObjectKind.COLUMN, node.colname)
    constraints = {enum(each.constraint, "contype"): each.constraint for each in node.constraints}
    filled = any(kind in constraints for kind in FILLED) or is_serial(node.type_name)
    kind = type_named(node.type_name)
    empty = "CONSTR_NOTNULL" in constraints and not filled and not new
    yield Step(
        there=(Demand(kind, "42704"),) if kind else (),
        free=() if new else (Demand(column, "42701"),),
        made=((column, table),),
        unless_there=column if optional else None,
        rows=Rows(table, (node.colname,), nulls=True) if empty else None,
        blank=not filled,
        doubt=_doubt(constraints),
    )
    for kind_of_constraint, constraint in constraints.items():
        if kind_of_constraint in CONSTRAINED:
            step = constrained(table, constraint, in_new_table=new, column=node.colname)
            yield replace(step, unless_there=column) if optional else step


def _doubt(constraints: dict[str, Any]) -> str | None:
    default = constraints.get("CONSTR_DEFAULT")
    if "CONSTR_GENERATED" in constraints or (default and not _is_plain(default.raw_expr)):
        return "computes a column"
    return None


def _is_plain(node: Any) -> bool:
    kind = node.WhichOneof("node")
    if kind == "type_cast":
        return _is_plain(node.type_cast.arg)
    if kind == "func_call":
        return text(node.func_call.funcname[-1]) in FUNCTIONS
    return kind in PLAIN


def constrained(
    table: SchemaObject, node: Any, *, in_new_table: bool, column: str | None = None
) -> Step:
    kind, own = enum(node, "contype"), SchemaObject(ObjectKind.RELATION, node.conname, table.schema)
    made = table.inside(ObjectKind.CONSTRAINT, node.conname)
    foreign = kind == "CONSTR_FOREIGN"
    columns = (
        (column,)
        if column
        else tuple(text(each) for each in (node.fk_attrs if foreign else node.keys))
    )
    index = ((own, made),) if kind in INDEXED and node.conname and not node.indexname else ()
    named = bool(node.conname)
    return Step(
        there=(
            *(_wanted(table, columns) if not in_new_table and not column else ()),
            *(_target(relation(node.pktable), node, table) if foreign else ()),
        ),
        free=(
            *(Demand(each, "42P07") for each, _ in index),
            *((Demand(made, "42710"),) if named and not in_new_table else ()),
        ),
        made=(*((made, table) for _ in [0] if named), *index),
        rows=None if in_new_table or node.skip_validation else Rows(table, columns),
        doubt=_of_constraint(kind, node),
    )


def _of_constraint(kind: str, node: Any) -> str | None:
    if node.indexname or kind == "CONSTR_EXCLUSION":
        return "creates a constraint from an index"
    return None


def _wanted(table: SchemaObject, columns: tuple[str, ...]) -> tuple[Demand, ...]:
    return tuple(Demand(table.inside(ObjectKind.COLUMN, each), "42703") for each in columns)


def _target(parent: SchemaObject, node: Any, table: SchemaObject) -> tuple[Demand, ...]:
    if (parent.name, parent.schema) == (table.name, table.schema):
        return ()
    columns = tuple(text(each) for each in node.pk_attrs)
    return (Demand(parent, "42P01"), *_wanted(parent, columns))
