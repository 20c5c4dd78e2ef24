"""Writes a few rows in a copy of their tables, and tells of each that is tried what came of it.

Values are given as parameters, names as identifiers: neither is ever read as SQL.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import psycopg
from psycopg import sql

from dashboard.rehearsal.server import Connection, Sandbox

JSON = Mapping[str, Any]


def outcomes(sandbox: Sandbox, database: str, steps: Iterable[JSON]) -> list[JSON | None]:
    """Take the steps in their order, up to the first that should have passed and did not.

    What is tried is undone. None is what passed; of what failed, the message would quote values.
    """
    with sandbox.connect(database) as connection:
        return list(_outcomes(connection, steps))


def _outcomes(connection: Connection, steps: Iterable[JSON]) -> Iterator[JSON | None]:
    for each in steps:
        failure = _failure(connection, each)
        yield failure
        if failure and not each["tried"]:
            return


def _failure(connection: Connection, step: JSON) -> JSON | None:
    text = WRITES[step["do"]](sql.Identifier(*step["table"]), step["values"])
    cursor = psycopg.RawCursor(connection)  # a name may have a percent sign
    try:
        with connection.transaction(force_rollback=step["tried"]):
            cursor.execute(text, [*step["values"].values()])
            cursor.execute("set constraints all immediate")
    except psycopg.Error as error:
        if connection.closed:
            raise
        told = error.diag
        named = told.constraint_name or told.column_name
        return {"sqlstate": error.sqlstate or "", "named": named or ""}
    return None


def _insert(table: sql.Identifier, values: JSON) -> sql.Composed:
    return sql.SQL("insert into {} ({}) values ({})").format(
        table,
        sql.SQL(", ").join(map(sql.Identifier, values)),
        sql.SQL(", ").join(_places(values)),
    )


def _delete(table: sql.Identifier, values: JSON) -> sql.Composed:
    names = map(sql.Identifier, values)
    pairs = zip(names, _places(values), strict=True)
    parts = [sql.SQL("{} = {}").format(name, place) for name, place in pairs]
    where = sql.SQL(" and ").join([sql.SQL("true"), *parts])
    return sql.SQL("delete from {} where {}").format(table, where)


def _places(values: JSON) -> list[sql.SQL]:
    return [sql.SQL(f"${number}") for number in range(1, len(values) + 1)]


WRITES = {"insert": _insert, "delete": _delete}
