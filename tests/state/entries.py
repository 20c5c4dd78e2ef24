"""Entries to keep, and a look into the file past the program."""

import contextlib
import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from dashboard.state import Entry, History, Measure, Noted, RecordedEnvironment, SqliteStore, Store
from dashboard.state.writing import write

NOW = datetime.now(UTC).replace(microsecond=0)
STAGING = RecordedEnvironment("staging", "db.internal:5432/app")
LOCAL = RecordedEnvironment("local", "localhost:5432/app")
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def entry(
    at: datetime = NOW,
    *findings: Noted,
    place: RecordedEnvironment = STAGING,
    status: str = "ok",
    ms: float | None = 5.0,
    unavailable: str | None = None,
    measures: tuple[Measure, ...] = (),
) -> Entry:
    return Entry(
        at=at,
        environment=place.environment,
        address=place.address,
        status=status,
        ms=ms,
        unavailable=unavailable,
        findings=findings,
        measures=measures,
    )


def filled(place: Path | Store, entries: Iterable[Entry]) -> History:
    """Keep many entries in no time: without asking after each whether something is to go."""
    store = SqliteStore(place) if isinstance(place, Path) else place
    many = [*entries]
    with store.writing(each.at for each in many) as session:
        write(session, *many)
    return History(store)


def rows(path: Path, statement: str) -> list[Any]:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        found = connection.execute(statement).fetchall()
    return [row[0] if len(row) == 1 else row for row in found]


def kept(path: Path) -> list[datetime]:
    """Return the times of all entries, whoever's they are."""
    return [
        datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at)
        for at in rows(path, "select at from entry order by at, id")
    ]
