"""Reads a database of the sandbox as the environments are read: by the same queries."""

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg import sql

from dashboard.diagnose.migrations.schema.image import SchemaImage
from dashboard.rehearsal.server import Connection
from queries import registry, rows
from queries.query import Query, Statement

# the extensions are asked for first: what is theirs prints without its schema, wherever it is
QUERIES: dict[str, Query[Any]] = {
    "enum": registry.CATALOG_ENUMS,
    "domain": registry.CATALOG_DOMAINS,
    "relation": registry.CATALOG_RELATIONS,
    "column": registry.CATALOG_COLUMNS,
    "sequence": registry.CATALOG_SEQUENCES,
    "constraint": registry.CATALOG_CONSTRAINTS,
    "index": registry.CATALOG_INDEXES,
    "function": registry.CATALOG_FUNCTIONS,
    "trigger": registry.CATALOG_TRIGGERS,
    "policy": registry.CATALOG_POLICIES,
    "rule": registry.CATALOG_RULES,
    "statistics": registry.CATALOG_STATISTICS,
}


def statements(
    schemas: Sequence[str], held: Sequence[rows.CatalogHeld] = ()
) -> Mapping[str, Statement[Any]]:
    """Ask for all kinds, but of what is `held`: to print it would wait for who holds it."""
    bound = {
        "schemas": list(schemas),
        "held": [each.oid for each in held if each.kind == "relation"],
        "held_functions": [each.oid for each in held if each.kind == "function"],
    }
    return {kind: query.bind(**bound) for kind, query in QUERIES.items()}


def search_path(
    schemas: Sequence[str], extensions: Sequence[rows.CatalogExtension]
) -> tuple[str, ...]:
    """Name the schemas whose objects print without a schema."""
    theirs = sorted({each.schema for each in extensions} - {"pg_catalog", *schemas})
    return (*schemas, *theirs)


def read(connection: Connection, schemas: Sequence[str]) -> SchemaImage:
    """Read it all as of one moment; a transaction that is open is left as it was."""
    with connection.transaction(force_rollback=True):
        extensions = _rows(connection, registry.CATALOG_EXTENSIONS.bind())
        path = map(sql.Identifier, search_path(schemas, extensions))
        connection.execute(sql.SQL("set local search_path = {}").format(sql.SQL(", ").join(path)))
        found = {kind: _rows(connection, each) for kind, each in statements(schemas).items()}
    major = connection.info.server_version // 10000
    return SchemaImage.of(major, {"extension": extensions, **found})


def schemas_of(connection: Connection) -> list[str]:
    return [each.name for each in _rows(connection, registry.SCHEMAS.bind())]


def _rows(connection: Connection, statement: Statement[Any]) -> tuple[Any, ...]:
    cursor = connection.execute(statement.text.encode(), statement.values)
    columns = [each.name for each in cursor.description or ()]
    return statement.rows(columns, cursor.fetchall())
