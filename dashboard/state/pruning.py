"""Keeps the file small: every entry for two days, then one an hour, and none after 90 days."""

import functools
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

from dashboard.state.file import number
from dashboard.state.times import span_ms, to_ms
from dashboard.state.window import THINNED_S, WHOLE

KEPT = timedelta(days=90)
AHEAD = timedelta(days=1)  # what is dated later was written while the clock was wrong
BATCH = 500
BATCHES = 10  # at once: a long absence is caught up with step by step
CROWDED = 0.9  # of the limit

_UNUSED = (
    "delete from condition where id not in (select condition from entry)",
    "delete from place where id not in (select place from entry)",
)


def prune(connection: sqlite3.Connection, now: datetime) -> bool:
    """Delete what need not be kept; say whether nothing is left to do."""
    for _ in range(BATCHES):
        spent = _spent(connection, now)
        if not spent:
            break
        _delete(connection, spent)
    else:
        return False
    for statement in _UNUSED:
        connection.execute(statement)
    return True


def make_room(connection: sqlite3.Connection) -> None:
    """Delete some of the oldest entries where the file is nearly as large as it may get."""
    limit = number(connection, "max_page_count")
    used = number(connection, "page_count") - number(connection, "freelist_count")
    if used > limit * CROWDED:
        _delete(connection, _oldest(connection))


def _spent(connection: sqlite3.Connection, now: datetime) -> list[tuple[int]]:
    limits = {
        "oldest": to_ms(now - KEPT),
        "whole": to_ms(now - WHOLE),
        "future": to_ms(now + AHEAD),
        "hour": span_ms(timedelta(seconds=THINNED_S)),
        "batch": BATCH,
    }
    return connection.execute(_spent_text(), limits).fetchall()


@functools.cache
def _spent_text() -> str:
    return Path(__file__).with_name("spent.sql").read_text(encoding="utf-8")


def _oldest(connection: sqlite3.Connection) -> list[tuple[int]]:
    statement = (
        "select id from entry order by id limit (select min(?, count(*) / 10 + 1) from entry)"
    )
    return connection.execute(statement, (BATCH,)).fetchall()


def _delete(connection: sqlite3.Connection, entries: list[tuple[int]]) -> None:
    """Delete them in a transaction of their own; what they measured goes with them."""
    connection.execute("begin immediate")
    connection.executemany("delete from entry where id = ?", entries)
    connection.execute("commit")
