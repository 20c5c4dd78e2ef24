"""What failed in the weeks before the demo: in the server's log, and in a table.

| environment | what                                                     | where         |
| ----------- | -------------------------------------------------------- | ------------- |
| staging     | every working day an ID that is no project there         | log, table    |
| staging     | one afternoon, everything: IDs of production were in use | log           |
| production  | now and then a second deployment of the same project     | log, table    |
| local       | now and then no project at all                           | log           |
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, time, timedelta

from psycopg import sql

from dashboard.demo.databases import DOCUMENTED_READER, READER, connect
from dashboard.demo.history import DAY, Dice, cuid
from dashboard.demo.scenarios import (
    COPIED,
    LOCAL,
    NEVER_HERE,
    ONLY_LOCAL,
    PRODUCTION,
    REFUSED,
    STAGING,
)
from dashboard.postgres.cluster import Cluster
from dashboard.settings import project_folder
from queries.records import dataclass

DAYS = 35  # more than the month that the page of failures shows
TABLE = project_folder() / "docs" / "failure-sources" / "table.sql"
FOREIGN_KEY, UNIQUE = "deployments_projectId_fkey", "deployments_projectId_key"
LOGGED = {
    "23503": (
        f'insert or update on table "deployments" violates foreign key constraint "{FOREIGN_KEY}"',
        'Key (projectId)=({}) is not present in table "Project".',
    ),
    "23505": (
        f'duplicate key value violates unique constraint "{UNIQUE}"',
        'Key ("projectId")=({}) already exists.',
    ),
    "23502": (
        'null value in column "projectId" of relation "deployments" violates not-null constraint',
        "Failing row contains (...).",
    ),
}
NAMED = {"P2003": FOREIGN_KEY, "P2002": UNIQUE}  # as Prisma calls them
INSERT = """
insert into deployment_failures (failed_at, project_id, code, constraint_name)
values (%s, %s, %s, %s)
"""
IN_USE = 'select id from "Project" where "deletedAt" is null order by "createdAt" limit %s'
AFFECTED = 17
WEDNESDAY = 2


@dataclass(frozen=True, slots=True)
class Failed:
    environment: str
    at: datetime
    project_id: str | None
    code: str  # PostgreSQL's in its log, Prisma's in the application's table


@dataclass(frozen=True, slots=True)
class Habit:
    """Of these IDs one fails on a working day, at most so often."""

    environment: str
    code: str
    ids: tuple[str | None, ...]
    most: int


def fail_before(cluster: Cluster, now: datetime) -> tuple[Failed, ...]:
    """Write what failed before now, where each of it is read."""
    with connect(cluster, PRODUCTION) as connection:
        in_use = [str(key) for (key,) in connection.execute(IN_USE, [AFFECTED])]
    failed = tuple(sorted(failures(now, in_use), key=lambda each: each.at))
    _write_log(cluster, [each for each in failed if each.code in LOGGED])
    for environment in (STAGING, PRODUCTION):
        told = (each for each in failed if each.environment == environment and each.code in NAMED)
        _write_table(cluster, environment, told)
    return failed


def failures(now: datetime, in_use: Sequence[str]) -> Iterator[Failed]:
    """Yield them in no order; `in_use` are projects of production."""
    dice = Dice("failures")
    stale = [cuid(now - (90 + number) * DAY, dice) for number in range(5)]
    for habit in (
        Habit(STAGING, "23503", (NEVER_HERE, NEVER_HERE, *stale), 5),
        Habit(STAGING, "P2003", (ONLY_LOCAL.id, ONLY_LOCAL.id, stale[0]), 2),
        Habit(STAGING, "23505", (REFUSED.id,), 1),
        Habit(PRODUCTION, "23505", (COPIED.id,), 1),
        Habit(PRODUCTION, "P2002", (COPIED.id,), 1),
        Habit(LOCAL, "23502", (None,), 1),
    ):
        yield from _everyday(now, dice, habit)
    yield from _afternoon(now, dice, in_use)


def _everyday(now: datetime, dice: Dice, habit: Habit) -> Iterator[Failed]:
    """Let an ID a day fail, some times within working hours: never as many as an outage has."""
    for age in range(1, DAYS):
        day = _midnight(now) - age * DAY
        failing, key = dice.number() % (habit.most + 1), dice.one_of(habit.ids)
        for _ in range(0 if day.weekday() > 4 else failing):
            at = day + timedelta(hours=8 + 10 * dice.share())
            yield Failed(habit.environment, at, key, habit.code)


def _afternoon(now: datetime, dice: Dice, ids: Sequence[str]) -> Iterator[Failed]:
    """Let all of staging fail, from twenty to two until five."""
    start = bad_afternoon(now)
    for number in range(3 * len(ids)):
        at = start + timedelta(minutes=200 * dice.share())
        yield Failed(STAGING, at, ids[number % len(ids)], "23503")


def bad_afternoon(now: datetime) -> datetime:
    """Find a Wednesday that is over for a week: Health counts the last seven days."""
    midnight = _midnight(now)
    ages = range(9, 16)
    age = next(each for each in ages if (midnight - each * DAY).weekday() == WEDNESDAY)
    return midnight - age * DAY + timedelta(hours=13, minutes=40)


def _midnight(now: datetime) -> datetime:
    return datetime.combine(now, time(), tzinfo=now.tzinfo)


def _write_log(cluster: Cluster, failed: Iterable[Failed]) -> None:
    """Write them as PostgreSQL does, into a file of its own beside the server's."""
    folder = cluster.beside("data") / "log"
    if not any(folder.glob("*.json")):
        return  # this version keeps no log that SQL reads
    path = folder / "pg-earlier.json"
    lines = (json.dumps(_line(*each), separators=(",", ":")) for each in enumerate(failed))
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    path.chmod(0o644)  # within a folder that only the server's account can enter


def _line(number: int, failed: Failed) -> dict[str, object]:
    message, detail = LOGGED[failed.code]
    return {
        "timestamp": f"{failed.at:%Y-%m-%d %H:%M:%S}.{failed.at.microsecond // 1000:03} UTC",
        "dbname": failed.environment,
        "session_id": f"earlier.{number:x}",
        "line_num": 1,
        "error_severity": "ERROR",
        "state_code": failed.code,
        "message": message,
        "detail": detail.format(failed.project_id),
        "backend_type": "client backend",
    }


def _write_table(cluster: Cluster, environment: str, failed: Iterable[Failed]) -> None:
    """Make the table that the documentation proposes, and fill it."""
    script = TABLE.read_text(encoding="utf-8").replace(DOCUMENTED_READER, READER)
    rows = [(each.at, each.project_id, each.code, NAMED[each.code]) for each in failed]
    with connect(cluster, environment) as connection, connection.cursor() as cursor:
        cursor.execute(script.encode())
        cursor.executemany(INSERT, rows)
        cursor.execute(sql.SQL("analyze deployment_failures"))
