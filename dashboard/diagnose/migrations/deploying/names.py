"""The names in a parse tree of PostgreSQL's grammar."""

from collections.abc import Sequence
from typing import Any

from dashboard.diagnose.migrations.deploying.steps import ObjectKind, SchemaObject

# PostgreSQL spells its own types in a schema of their own, apart from these
SERIALS = frozenset({"serial", "serial2", "serial4", "serial8", "bigserial", "smallserial"})


def relation(node: Any) -> SchemaObject:
    return SchemaObject(ObjectKind.RELATION, node.relname, node.schemaname)


def text(node: Any) -> str:
    return str(node.string.sval)


def named(kind: ObjectKind, path: Sequence[str]) -> SchemaObject:
    """Take the last part for the name, and the one before it for the schema."""
    schema = path[-2] if len(path) > 1 else ""
    return SchemaObject(kind, path[-1], schema)


def type_named(node: Any) -> SchemaObject | None:
    """Name a column's type, where it has to be in the catalog under that name."""
    path = [text(each) for each in node.names]
    if path[0] == "pg_catalog" or is_serial(node):
        return None
    return named(ObjectKind.TYPE, path)


def is_serial(node: Any) -> bool:
    return text(node.names[-1]) in SERIALS


def enum(node: Any, field: str) -> str:
    """Read a field by the name that PostgreSQL's source gives its value."""
    values = node.DESCRIPTOR.fields_by_name[field].enum_type.values_by_number
    return str(values[getattr(node, field)].name)
