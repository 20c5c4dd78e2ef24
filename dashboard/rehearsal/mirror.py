"""Makes an empty copy of an environment's schema, from what its catalog says alone.

What the folder cannot replay, and what was changed by hand, is there as it is there. The order is
found by trying: what needs something that is not there yet is tried again.
"""

import psycopg

from dashboard.diagnose import sql
from dashboard.diagnose.migrations.schema.image import SchemaImage
from dashboard.diagnose.migrations.schema.statements import statements
from dashboard.rehearsal.catalog import search_path
from dashboard.rehearsal.server import NOTHINGS_VERSION, Connection, Sandbox

OFFERED = "select name from pg_catalog.pg_available_extensions"
MADE_OF_NOTHING = "select extname from pg_catalog.pg_extension where extversion = %s order by 1"


def mirror(sandbox: Sandbox, database: str, image: SchemaImage, schema: str) -> tuple[str, ...]:
    """Make a database of it; returns what could not be made, and why."""
    sandbox.create(database, schema)
    with sandbox.connect(database) as connection:
        _provide(sandbox, connection, image)
        for each in image.schemas:
            connection.execute(f"create schema if not exists {sql.identifier(each)}".encode())
        _enter(connection, image, schema)
        connection.execute("set check_function_bodies = off")
        return _made(connection, list(statements(image)))


def _enter(connection: Connection, image: SchemaImage, schema: str) -> None:
    """Have names mean what they meant where they were printed."""
    extensions = [row for _, row in image.all("extension")]
    path = search_path(image.schemas or (schema,), extensions)
    connection.execute(f"set search_path = {', '.join(map(sql.identifier, path))}".encode())


def _provide(sandbox: Sandbox, connection: Connection, image: SchemaImage) -> None:
    offered = {name for (name,) in connection.execute(OFFERED)}
    for key, _ in image.all("extension"):
        if key[1] not in offered:
            sandbox.provide_extension(key[1])


def stand_ins(connection: Connection) -> list[str]:
    """Name the extensions that are there with nothing in them."""
    return [name for (name,) in connection.execute(MADE_OF_NOTHING, [NOTHINGS_VERSION])]


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
