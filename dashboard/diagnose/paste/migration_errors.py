"""Errors of a migration: what Prisma's commands say, and statements that stop at rows."""

import re
from collections.abc import Iterator

from dashboard.diagnose.paste.cleaning import sendable
from dashboard.diagnose.paste.record import Record
from dashboard.diagnose.paste.values import Problem
from dashboard.redaction import redact
from queries import patterns

MOST_DRIFT = 30
LONGEST_STATEMENT = 500
SAID = patterns.lazy(
    r"migrate found failed migrations in the target database|A migration failed to apply"
    r"|The database schema is not empty|failed to apply cleanly to the shadow database"
    r"|A migration failed when applied to the shadow database"
    r"|could not create the shadow database|is already recorded as applied in the database"
    r"|cannot be rolled back because it|Drift detected: Your database schema"
    r"|was modified after it was applied"
    r"|(?:[Mm]igrations?|migration\(s\)) have (?:not yet been applied|failed):"
    r"|migrations? from the database are not found locally"
    r"|applied to the database but missing from the local migrations directory"
    r"|current database is not managed by Prisma Migrate"
    r"|[Tt]imed out trying to acquire a postgres advisory lock"
    r"|There might be data loss when applying the changes|Use the --accept-data-loss flag"
    r"|We found changes that cannot be executed"
    # of Prisma 8
    r"|MIGRATION\.[A-Z_]{3,60}|CONTRACT\.(?!MARKER_READ_FAILED)[A-Z][A-Z_]{2,60}"
)
# the place in Prisma's own code, which nothing but `migrate` and `db push` runs
_ENGINE = patterns.lazy(r"(?:sql_schema_connector|schema_core|sql_migration_connector)::\w")
_CODES = {
    "The database schema is not empty": "P3005",
    "failed to apply cleanly to the shadow database": "P3006",
    "migrate found failed migrations": "P3009",
    "could not create the shadow database": "P3014",
    "A migration failed to apply": "P3018",
    "imed out trying to acquire a postgres advisory lock": "P1002",
}
_NAME = r"(?P<name>[^`\s]{1,255})"
_NAMES = tuple(
    patterns.lazy(pattern)
    for pattern in (
        rf"Migration name: {_NAME}",
        rf"The `{_NAME}` migration started at",
        r"(?:migrations?|migration\(s\)) have (?:failed|not yet been applied):?"
        r"\s{1,4}(?P<name>(?=[\w.-]*[0-9])[\w.-]{1,255})",
        r"missing from the local migrations directory: (?P<name>[^`,\s]{1,255})",
        rf"[Mm]igration `{_NAME}`",
    )
)
_OVER_ROWS = patterns.lazy(
    r"could not create unique index|contains null values|is violated by some row"
)
# where a statement begins and ends, in PostgreSQL's log and in what runners of migrations raise
_STATEMENTS = tuple(
    (patterns.lazy(begin), patterns.lazy(end))
    for begin, end in (
        (r"(?<![\w-])STATEMENT:\s{1,4}", r"\n[^\n]{0,200}?(?:ERROR|LOG|DETAIL|HINT|FATAL):  "),
        (r"\[SQL: ", r"\]"),  # SQLAlchemy
        (r"(?m:^): (?=[A-Z]{4,8} )", r"\Z"),  # Rails
        (r"(?m:^)(?=(?:alter|create) [^\n]{1,2000}? - insert or )", r" - insert or "),  # knex
    )
)
_MOST_STATEMENT = 20_000
_LITERALS = patterns.lazy(r"'(?:[^']|'')*'")
_DDL = patterns.lazy(
    r"(?i)(?:\s|--[^\n]{0,400}\n|/\*[^\0]{0,400}?\*/){0,40}"
    r"(?P<statement>(?:ALTER|CREATE|DROP|REINDEX|COMMENT)\s[^\0]*)"
)
_STATEMENT_FIELDS = ("statement", "sql", "query")
_DRIFT = patterns.lazy(r"(?m)^(?P<indent>\s{0,8})(?:\[[-+*]\]|-)\s(?P<item>\S[^\n]{0,300})$")
_CHANGED = patterns.lazy(r"Changed the `(?P<table>[^`]{1,130})` table")


def is_told(text: str) -> bool:
    """Whether a text is of a command that migrates, or of a statement over rows that are there."""
    return any(pattern.search(text) for pattern in (SAID, _OVER_ROWS, _ENGINE))


def code(text: str) -> str | None:
    """Give the code of Prisma's whose sentence the text has, where it was pasted without."""
    return next((code for sentence, code in _CODES.items() if sentence in text), None)


def name(text: str) -> str | None:
    """Name the migration, by the sentence that says most of it."""
    found = next(filter(None, (pattern.search(text) for pattern in _NAMES)), None)
    return found["name"] if found else None


def statement(record: Record, text: str, constraint: str | None) -> str | None:
    """Take the statement that changes tables; None where it is of rows, or not in the text."""
    said = (_between(text, begin, end) for begin, end in _STATEMENTS)
    named = (value for name in _STATEMENT_FIELDS for value in record.fields.get(name, ()))
    changes = (_change(each, constraint) for each in (*said, *named) if each)
    shown = next(filter(None, changes), None)
    return sendable(redact(" ".join(shown.split()), ()))[:LONGEST_STATEMENT] if shown else None


def _between(text: str, begin: re.Pattern[str], end: re.Pattern[str]) -> str | None:
    found = begin.search(text)
    if found is None:
        return None
    said = text[found.end() : found.end() + _MOST_STATEMENT]
    ended = end.search(said)
    return said[: ended.start()] if ended else said


def _change(said: str, constraint: str | None) -> str | None:
    """Of a script take the change that names the constraint, or else what it begins with.

    Literals are left out: they may be of a row, and say anything.
    """
    parts = [_DDL.match(part) for part in _LITERALS.sub("'…'", said).split(";")]
    changes = [part["statement"] for part in parts if part]
    named = (each for each in changes if constraint and constraint in each)
    return next(named, changes[0] if changes and parts[0] else None)


def rows_in_the_way(problem: Problem | None, text: str, *, worded: bool) -> Problem | None:
    """Tell by what the rows that are there stop a statement that changes tables.

    | the error                                         | its rows        |
    | ------------------------------------------------- | --------------- |
    | foreign key                                       | have no parent  |
    | unique, null or check, of all rows of the table   | the same        |
    | the same, of one row that the script itself wrote | none            |
    | the same, by its SQLSTATE alone                   | the same        |
    """
    if problem in (Problem.MISSING_PARENT, Problem.FOREIGN_KEY):
        return Problem.MISSING_PARENT
    if problem not in (Problem.UNIQUE, Problem.NULL, Problem.CHECK):
        return None
    return problem if _OVER_ROWS.search(text) or not worded else None


def drift(text: str) -> tuple[str, ...]:
    """List in what the database differs, each with the table that it is in."""
    _, told, below = text.partition("Drift detected")
    return tuple(dict.fromkeys(_items(below)))[:MOST_DRIFT] if told else ()


def _items(text: str) -> Iterator[str]:
    heading = ""
    for found in _DRIFT.finditer(text):
        item = found["item"].strip()
        if found["indent"].strip("\n"):
            yield sendable(f"{heading}: {item}" if heading else item)
        else:
            changed = _CHANGED.match(item)
            heading = changed["table"] if changed else item
