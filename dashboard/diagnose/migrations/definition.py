"""Which tables a foreign key is about, where no environment has it: as last written."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from dashboard.diagnose.facts import Definition

DEFAULT_SCHEMA = "public"
MOST_KEPT = 2_000  # scripts: a folder that has not changed is read once


def definition(scripts: Mapping[str, str], constraint: str) -> Definition | None:
    """Read it by PostgreSQL's own grammar; a script that nobody can read is passed over."""
    naming = (scripts[name] for name in sorted(scripts) if constraint in scripts[name])
    keys = [key for text in naming for key in _written(text, constraint)]
    return keys[-1] if keys else None


@lru_cache(maxsize=MOST_KEPT)
def _written(script: str, constraint: str) -> tuple[Definition, ...]:
    import postgast  # its half a second is for who has a script that names the constraint

    try:
        statements = [each.stmt for each in postgast.parse(script).stmts]
    except postgast.PgQueryError:
        return ()
    return tuple(
        key
        for statement in statements
        for table, each in _constraints(statement)
        if each.conname == constraint and (key := _key(table, each))
    )


def _constraints(statement: Any) -> Iterator[tuple[Any, Any]]:
    if statement.WhichOneof("node") == "alter_table_stmt":
        node = statement.alter_table_stmt
        parts = [getattr(each.alter_table_cmd, "def") for each in node.cmds]
    elif statement.WhichOneof("node") == "create_stmt":
        node = statement.create_stmt
        parts = list(node.table_elts)
    else:
        return
    for each in parts:
        if each.WhichOneof("node") == "constraint":
            yield node.relation, each.constraint


def _key(table: Any, constraint: Any) -> Definition | None:
    """Say which columns it ties together; None where it does not name all of them."""
    columns = tuple(each.string.sval for each in constraint.fk_attrs)
    targets = tuple(each.string.sval for each in constraint.pk_attrs)
    if not columns or len(columns) != len(targets):
        return None
    parent = constraint.pktable
    return Definition(
        table.schemaname or DEFAULT_SCHEMA,
        table.relname,
        columns,
        parent.schemaname or DEFAULT_SCHEMA,
        parent.relname,
        targets,
    )
