"""Entries into the file, all of them or nothing."""

import json
import sqlite3
from collections import Counter

from dashboard.state.entry import Entry
from dashboard.state.times import to_ms


def write(connection: sqlite3.Connection, *entries: Entry) -> None:
    connection.execute("begin immediate")
    for entry in entries:
        _write(connection, entry)
    connection.execute("commit")


def _write(connection: sqlite3.Connection, entry: Entry) -> None:
    written = connection.execute(
        "insert into entry (place, at, ms, condition) values (?, ?, ?, ?)",
        (_place(connection, entry), to_ms(entry.at), _ms(entry), _condition(connection, entry)),
    )
    connection.executemany(
        "insert into measure (entry, name, value, precision) values (?, ?, ?, ?)",
        ((written.lastrowid, each.name, each.value, each.precision) for each in entry.measures),
    )


def _place(connection: sqlite3.Connection, entry: Entry) -> int:
    named = (entry.environment, entry.address)
    connection.execute("insert or ignore into place (environment, address) values (?, ?)", named)
    return _only(connection, "select id from place where environment = ? and address = ?", named)


def _ms(entry: Entry) -> float | None:
    return None if entry.unavailable else entry.ms


def _condition(connection: sqlite3.Connection, entry: Entry) -> int:
    """Find the condition that the environment was in, or keep it for the first time."""
    noted = Counter((each.code, each.severity, each.muted) for each in entry.findings)
    counted = sorted(noted.items())
    spelled = json.dumps([entry.status, entry.unavailable, counted])
    made = connection.execute(
        "insert or ignore into condition (spelled, status, unavailable) values (?, ?, ?)",
        (spelled, entry.status, entry.unavailable),
    )
    number = _only(connection, "select id from condition where spelled = ?", (spelled,))
    if made.rowcount:
        connection.executemany(
            "insert into finding (condition, code, severity, muted, times) values (?, ?, ?, ?, ?)",
            ((number, *finding, times) for finding, times in counted),
        )
    return number


def _only(connection: sqlite3.Connection, statement: str, values: tuple[str, ...]) -> int:
    (value,) = connection.execute(statement, values).fetchone()
    return int(value)
