"""Every key of a schema put to the proof, beside what the real tables say of the same rows."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import psycopg

from dashboard.diagnose.migrations.schema.excerpt import (
    Do,
    Excerpt,
    NotReproducible,
    Reference,
    Refusal,
    Row,
    Write,
    Written,
)
from dashboard.diagnose.migrations.schema.image import SchemaImage
from dashboard.diagnose.migrations.schema.rehearsed import CannotRehearse
from dashboard.rehearsal import proving
from dashboard.rehearsal.client import Rehearsals, steps_of

Connection = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True)
class Proven:
    """One key: how the copy refused, and how the real table; what the copy said once mended."""

    name: str
    expected: Refusal
    copy: Refusal | None
    real: Refusal | None
    after: Refusal | None = None
    why_not: str = ""
    ms: float = 0.0

    @property
    def standing(self) -> str:
        """Say how the two agree.

        | the copy            | the real table        | standing                     |
        | ------------------- | --------------------- | ---------------------------- |
        | refuses as expected | alike                 | the same                     |
        | refuses as expected | by something else     | something else first         |
        | refuses as expected | lets it pass          | CONTRADICTED                 |
        | refuses otherwise   | in the same way       | something else first in both |
        | any other           | -                     | not reproduced               |
        """
        if self.copy and self.copy == self.real:
            return "the same" if self.copy == self.expected else "something else first in both"
        if self.copy != self.expected:
            return "not reproduced"
        return "something else first" if self.real else "CONTRADICTED"


def tally(proven: Sequence[Proven]) -> Counter[str]:
    return Counter(each.standing for each in proven)


def foreign_keys(live: Connection, image: SchemaImage, rehearsals: Rehearsals) -> Iterator[Proven]:
    """Insert a child whose parent has just gone, and then one whose parent is there."""
    for _, key in image.all("constraint"):
        if key.type != "f" or key.target not in image.tables:
            continue
        parent = image.tables[key.target][1:3]
        columns = tuple(image.columns[key.relation, each].name for each in key.numbers)
        targets = tuple(image.columns[key.target, each].name for each in key.target_numbers)
        child = Row((key.schema, key.table), refers=(Reference(columns, parent, targets),))
        writes = (
            Write(Do.INSERT, Row(parent)),
            Write(Do.DELETE, Row(parent)),
            Write(Do.INSERT, child, tried=True),
            Write(Do.INSERT, Row(parent)),
            Write(Do.INSERT, child, tried=True),
        )
        yield _proven(live, image, rehearsals, (key.name, "23503", writes, 2))


def unique_keys(live: Connection, image: SchemaImage, rehearsals: Rehearsals) -> Iterator[Proven]:
    """Insert two rows that are alike in the columns of the key, and then the second one alone."""
    for _, index in image.all("index"):
        kind = image.objects[image.tables[index.relation]].kind
        columns = (image.columns.get((index.relation, each)) for each in index.numbers)
        computed = any(each and (each.generated or each.identity == "a") for each in columns)
        if not (index.is_unique and index.valid and kind in ("r", "p")) or computed:
            continue  # nobody can write the same there twice
        table = image.tables[index.relation][1:3]
        row = Row(table)
        writes = (
            Write(Do.INSERT, row),
            Write(Do.INSERT, row, tried=True),
            Write(Do.DELETE, row),
            Write(Do.INSERT, row, tried=True),
        )
        yield _proven(live, image, rehearsals, (index.name, "23505", writes, 1))


def _proven(
    live: Connection,
    image: SchemaImage,
    rehearsals: Rehearsals,
    asked: tuple[str, str, tuple[Write, ...], int],
) -> Proven:
    name, sqlstate, writes, place = asked
    refused = Refusal(sqlstate, name)
    excerpt = Excerpt(image, tuple(each.row for each in writes), refused)
    started = perf_counter()
    try:
        told = rehearsals.prove(excerpt, writes)
        ms = (perf_counter() - started) * 1_000
    except NotReproducible as error:
        return Proven(name, refused, None, None, why_not=str(error))
    if isinstance(told, CannotRehearse):
        return Proven(name, refused, None, None, why_not=told.reason)
    if len(told.outcomes) <= place:
        return Proven(name, refused, None, None, why_not=f"a row cannot be made: {told}")
    steps = [_writable(image, each) for each in steps_of(excerpt, writes)]
    real = _real(live, steps, place, keys_alone=sqlstate == "23505")
    after = told.outcomes[-1]
    return Proven(name, refused, told.outcomes[place], real, after, _unmade(told, place), ms)


def _unmade(told: Written, place: int) -> str:
    return told.unmade[0] if told.unmade and told.outcomes[place] is None else ""


def _writable(image: SchemaImage, step: dict[str, Any]) -> dict[str, Any]:
    """Leave out what only the server writes."""
    own = {
        row.name
        for _, row in image.all("column")
        if (row.schema, row.table) == step["table"] and (row.generated or row.identity == "a")
    }
    values = {name: value for name, value in step["values"].items() if name not in own}
    return {**step, "values": values}


def _real(
    live: Connection, steps: Sequence[dict[str, Any]], place: int, *, keys_alone: bool
) -> Refusal | None:
    """Do the same in the real tables, and undo it; for a unique key the others are not checked."""
    with live.transaction(force_rollback=True):
        if keys_alone:
            live.execute("set local session_replication_role = replica")
        asked = steps[: place + 1] if keys_alone else steps[place : place + 1]
        *_, last = proving._outcomes(live, asked)
    return Refusal(**last) if last else None


TYPES = (
    *("text", "uuid", "bigint", "integer", "varchar(30)", "citext", '"Kind"', '"Code"'),
    *("timestamptz", "numeric(12,2)", "smallint", "char(8)"),
)
MORE = (
    *("text not null", "jsonb not null", '"Kind" not null', "text[] not null", "boolean not null"),
    *("timestamptz not null default now()", "text not null default 'x'", "date", "bytea not null"),
    *("integer generated always as identity", "text not null default made()", '"Code" not null'),
    *("text generated always as ('a' || 'b') stored", "interval not null", "inet not null"),
)
BEFORE = """
create extension if not exists citext;
create type "Kind" as enum ('a', 'b', 'c');
create domain "Code" as text not null check (length(value) < 40);
create function made() returns text language sql as 'select ''made''';
"""


def random_schema(seed: int, tables: int = 30) -> str:
    """Write tables that refer to those before them, and unique keys of many shapes."""
    chance = random.Random(seed)
    made: list[tuple[str, str]] = []
    parts = [BEFORE]
    for number in range(tables):
        table, kind = f'"T {number}"', chance.choice(TYPES)
        more = chance.sample(MORE, chance.randint(1, 5))
        columns = [f"id {kind} primary key", *(f"m{n} {each}" for n, each in enumerate(more))]
        columns += [_reference(chance, n, *chance.choice(made)) for n in range(2) if made]
        parts.append(f"create table {table} ({', '.join(columns)});")
        parts += _uniques(chance, table, number, len(more))
        made.append((table, kind))
    return "\n".join(parts)


def _reference(chance: random.Random, number: int, table: str, kind: str) -> str:
    action = chance.choice(("", "on delete cascade", "on delete set null", "on delete restrict"))
    late = chance.choice(("", "", "", "deferrable initially deferred"))
    needed = chance.choice(("", "not null"))
    return f'"ref {number}" {kind} {needed} references {table} (id) {action} {late}'


def _uniques(chance: random.Random, table: str, number: int, more: int) -> Iterator[str]:
    where = chance.choice(("", "", " where id is not null"))
    yield f"create unique index u{number}_a on {table} (id, m0){where};"
    if number and chance.random() < 0.6:
        yield f'create unique index u{number}_b on {table} ("ref 0");'
    if number and chance.random() < 0.3:
        yield f'create unique index u{number}_c on {table} ("ref 1", m{more - 1});'
