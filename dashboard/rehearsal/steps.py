"""Rehearses scripts one by one, and each statement by statement: what it makes, locks, rewrites.

The whole script is run first, as Prisma runs it. Only then it is run in pieces, on a copy, and
after each of them the catalog is read and the locks that are held.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any

import psycopg

from dashboard.diagnose.migrations.schema.image import SchemaImage
from dashboard.rehearsal import catalog, replay
from dashboard.rehearsal.replay import Migration, Outcome
from dashboard.rehearsal.server import Connection, Sandbox
from queries.records import dataclass

COPY = "pieces"
UNPARSED = "unparsed"
# of tables that are not the server's own; a reader's lock is in nobody's way
LOCKS = """
select cast(l.relation as bigint), l.mode
from pg_catalog.pg_locks as l
where l.locktype = 'relation' and l.pid = pg_backend_pid() and l.relation >= 16384
    and l.database = (select oid from pg_catalog.pg_database where datname = current_database())
    and l.mode <> 'AccessShareLock'
order by l.relation, l.mode
"""


@dataclass(frozen=True, slots=True)
class Step:
    """One statement: its `kind` as the grammar calls it, and what it changes of the schema.

    `commits`: what came before it stays, whatever comes after. `alone`: it runs in no transaction,
    so that no lock of its is held any more when it is over.
    """

    text: str
    kind: str
    change: Mapping[str, Any]
    locks: tuple[tuple[int, str], ...] = ()
    commits: bool = False
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """One script: what came of it as a whole, what it changes, and its steps.

    `kinds` are those of all its statements, of which a step is made up to the first that fails,
    which is `following`.
    """

    outcome: Outcome
    change: Mapping[str, Any]
    steps: tuple[Step, ...] = ()
    kinds: tuple[str, ...] = ()
    following: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    text: str
    kind: str
    ends: bool  # a transaction of the script's own
    alone: bool


def traced(
    sandbox: Sandbox, database: str, scripts: Sequence[Migration], schema: str, base: SchemaImage
) -> Iterator[Rehearsed]:
    """Apply each, and tell what it changes; up to the first that fails."""
    before = base
    with sandbox.connect(database) as connection:
        aside = {*catalog.schemas_of(connection)} - {schema, *base.schemas}
    for each in scripts:
        outcome = replay.run(sandbox, database, [each], schema).outcomes[0]
        after = _image(sandbox, database, aside)
        yield Rehearsed(outcome, before.change_to(after))
        if outcome.failure:
            return
        before = after


def rehearsed(
    sandbox: Sandbox, database: str, scripts: Sequence[Migration], schema: str, base: SchemaImage
) -> Iterator[Rehearsed]:
    """Apply each as a whole, and in pieces to a copy that goes on beside it.

    It ends with the first that fails, or that only runs as a whole: the copy is behind then.
    """
    sandbox.drop(COPY)
    sandbox.create(COPY, schema, copy_of=database)
    before, nothing = base, base.change_to(base)
    for each in scripts:
        outcome = replay.run(sandbox, database, [each], schema).outcomes[0]
        parts = statements(each.script)
        pieces = tuple(_in_pieces(sandbox, parts, schema, before))
        following = next((part.text for part in parts[len(pieces) :]), "")
        kinds = tuple(part.kind for part in parts)
        yield Rehearsed(outcome, nothing, pieces, kinds, following)
        if outcome.failure or len(pieces) < len(parts):
            break
        for piece in pieces:
            before = before.changed(piece.change)
    sandbox.drop(COPY)


def statements(script: str) -> list[Statement]:
    """Split with PostgreSQL's own grammar, which counts bytes; one where it does not parse."""
    import postgast  # its half a second is not for who only proves something

    raw = script.encode()
    try:
        parsed = postgast.parse(script).stmts
    except postgast.PgQueryError:
        return [Statement(script, UNPARSED, ends=False, alone=False)]
    found = []
    for each in parsed:
        end = each.stmt_location + each.stmt_len if each.stmt_len else len(raw)
        kind = each.stmt.WhichOneof("node")
        text = raw[each.stmt_location : end].decode().strip()
        begins = text.lower().startswith(("begin", "start"))
        concurrent = bool(getattr(getattr(each.stmt, kind), "concurrent", False))
        ends = kind == "transaction_stmt" and not begins
        found.append(Statement(text, kind, ends, concurrent or kind == "vacuum_stmt"))
    return found


def _in_pieces(
    sandbox: Sandbox, parts: Sequence[Statement], schema: str, before: SchemaImage
) -> Iterator[Step]:
    alone = len(parts) == 1 and parts[0].alone
    with sandbox.connect(COPY) as connection:
        replay.enter(connection, schema)
        if not alone:
            connection.execute("begin")
        yield from _steps(connection, parts, before, sorted({schema, *before.schemas}))


def _steps(
    connection: Connection,
    parts: Sequence[Statement],
    before: SchemaImage,
    schemas: Sequence[str],
) -> Iterator[Step]:
    held: set[tuple[int, str]] = set()
    nothing = before.change_to(before)
    for part in parts:
        if part.kind == "transaction_stmt":
            if part.ends:
                connection.execute("commit")
                connection.execute("begin")
                held = set()
            yield Step(part.text, part.kind, nothing, commits=part.ends)
            continue
        if not _runs(connection, part.text):
            return
        locks = {(relation, mode) for relation, mode in connection.execute(LOCKS)}
        after = catalog.read(connection, schemas)
        change = before.change_to(after)
        yield Step(part.text, part.kind, change, tuple(sorted(locks - held)), alone=part.alone)
        before, held = after, locks


def _runs(connection: Connection, text: str) -> bool:
    try:
        connection.execute(text.encode())
    except psycopg.Error:
        if connection.closed:
            raise
        return False
    return True


def _image(sandbox: Sandbox, database: str, aside: Set[str]) -> SchemaImage:
    """Read all schemas but those that a platform has."""
    with sandbox.connect(database) as connection:
        there = {*catalog.schemas_of(connection)} - aside
        return catalog.read(connection, sorted(there))
