"""Applies migrations as Prisma does: each script is one simple query, on one session.

What a hosting platform would have had is made, and said.
"""

from collections.abc import Iterable, Sequence
from dataclasses import field

import psycopg
from psycopg import pq, sql

from dashboard.rehearsal import platforms
from dashboard.rehearsal.server import Connection, Sandbox
from queries import patterns
from queries.records import dataclass

_ROLE = patterns.lazy(r'role "(.+)" does not exist')
_SCHEMA = patterns.lazy(r'schema "(.+)" does not exist')
_EXTENSION = patterns.lazy(r'extension "([\w-]+)" is not available')  # it becomes a file's name
MOST_PROVIDED = 20  # for one script


@dataclass(frozen=True, slots=True)
class Migration:
    name: str
    script: str


@dataclass(frozen=True, slots=True)
class Failure:
    """What a script, or a statement, ends with."""

    sqlstate: str
    message: str

    @classmethod
    def of(cls, error: psycopg.Error) -> "Failure":
        return cls(error.sqlstate or "", error.diag.message_primary or str(error))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one script; `assumed` was made for it, and is not known to be there."""

    name: str
    failure: Failure | None = None
    assumed: tuple[str, ...] = ()


@dataclass(slots=True)
class Replay:
    """The outcomes in their order, up to the first that failed, and what was made for them."""

    outcomes: list[Outcome] = field(default_factory=list)
    schemas: set[str] = field(default_factory=set)

    @property
    def failed(self) -> Outcome | None:
        return next((each for each in self.outcomes if each.failure), None)


def replay(sandbox: Sandbox, database: str, migrations: Sequence[Migration], schema: str) -> Replay:
    """Apply all to a new database; once more from the start where a known platform is missed."""
    sandbox.create(database, schema)
    done = run(sandbox, database, migrations, schema)
    if "extensions" not in done.schemas:
        return done
    sandbox.drop(database)
    sandbox.create(database, schema, platform=platforms.SUPABASE)
    done = run(sandbox, database, migrations, schema)
    done.schemas |= platforms.SCHEMAS[platforms.SUPABASE]
    first = done.outcomes[0]
    assumed = (*first.assumed, "the schemas, roles and extensions of Supabase")
    done.outcomes[0] = Outcome(first.name, first.failure, assumed)
    return done


def run(sandbox: Sandbox, database: str, migrations: Iterable[Migration], schema: str) -> Replay:
    """Apply to a database as it is, until one fails."""
    done = Replay()
    with sandbox.connect(database) as connection:
        for each in migrations:
            done.outcomes.append(_applied(sandbox, connection, each, schema, done.schemas))
            if done.failed:
                break
    return done


def _applied(
    sandbox: Sandbox, connection: Connection, each: Migration, schema: str, made: set[str]
) -> Outcome:
    assumed: list[str] = []
    failure = execute(connection, each.script, schema)
    while failure and len(assumed) < MOST_PROVIDED:
        provided = _provide(sandbox, connection, failure, made)
        if provided is None or provided in assumed:
            break
        assumed.append(provided)
        failure = execute(connection, each.script, schema)
    return Outcome(each.name, failure, tuple(assumed))


def execute(connection: Connection, script: str, schema: str) -> Failure | None:
    """Run a script as one simple query, and leave the session as it was."""
    enter(connection, schema)
    failure = None
    try:
        if script.strip():
            connection.execute(script.encode())  # without parameters: a simple query
    except psycopg.Error as error:
        if connection.closed:
            raise
        failure = Failure.of(error)
    if connection.info.transaction_status != pq.TransactionStatus.IDLE:
        connection.rollback() if failure else connection.commit()
    connection.execute("reset session authorization; reset role; reset all")
    return failure


def enter(connection: Connection, schema: str) -> None:
    path = sql.SQL("set search_path = {}").format(sql.Identifier(schema))
    connection.execute(path)
    connection.execute("set client_min_messages = error")


def _provide(
    sandbox: Sandbox, connection: Connection, failure: Failure, made: set[str]
) -> str | None:
    """Make what the platform has before the first migration, and say what it was."""
    if failure.sqlstate == "42704" and (found := _ROLE.fullmatch(failure.message)):
        sandbox.provide_role(found[1])
        return f'role "{found[1]}"'
    if failure.sqlstate == "3F000" and (found := _SCHEMA.fullmatch(failure.message)):
        connection.execute(sql.SQL("create schema {}").format(sql.Identifier(found[1])))
        made.add(found[1])
        return f'schema "{found[1]}"'
    if failure.sqlstate == "0A000" and (found := _EXTENSION.fullmatch(failure.message)):
        return f'extension "{found[1]}", empty' if sandbox.provide_extension(found[1]) else None
    return None
