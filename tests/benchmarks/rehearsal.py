"""820 generated migrations: replayed, read, copied; those still to come asked of full tables."""

import contextlib
from collections.abc import Iterator

import psutil
import psycopg

from dashboard.collect import rehearsing
from dashboard.demo.databases import create_database
from dashboard.diagnose.migrations.schema.image import SchemaImage
from dashboard.diagnose.migrations.schema.rehearsed import CannotRehearse
from dashboard.diagnose.migrations.schema.verdict import judged
from dashboard.rehearsal import catalog
from dashboard.rehearsal.client import Rehearsals, Scripts, Tried
from tests.benchmarks.report import Bound, Fact, Section, Target
from tests.benchmarks.stage import Stage
from tests.benchmarks.timing import Way, interleaved
from tests.rehearsal.rehearsing_rows import Connection, counted

NUMBER, QUICK_NUMBER = 820, 120
TO_COME = 10
ROWS = 20_000
ROUNDS, QUICK_ROUNDS = 5, 2
ITEM = """create table item_{n} (id text primary key, name text, owner text, size int);
create index item_{n}_owner_idx on item_{n} (owner);"""
LATER = (
    "alter table item_{of} add column note_{n} text;",
    "create unique index item_{of}_key_{n} on item_{of} (name, size, id);",
    "alter table item_{of} add constraint item_{of}_fkey_{n} foreign key (owner) "
    "references item_0 (id) on delete set null;",
    "alter table item_{of} alter column size set default {n};",
)
PENDING = (
    "update item_{of} set size = 1 where size is null; "
    "alter table item_{of} alter column size set not null;",
    "create unique index item_{of}_unique_{n} on item_{of} (owner, name);",
    "alter table item_{of} add constraint item_{of}_size_{n} check (size > 0);",
    "alter table item_{of} alter column name type varchar(10);",
)
FILL = """insert into item_{of} select cast(n as text), 'name ' || n, null, nullif(n % 100, 0)
from generate_series(1, {rows}) as n"""
MOST_MEMORY_MB = 250.0


def measure(stage: Stage) -> Iterator[Section]:
    number = stage.options.rounds(NUMBER, QUICK_NUMBER)
    applied, pending = scripts(number)
    cluster = stage.cluster()
    create_database(cluster, "many")
    with (
        contextlib.closing(Rehearsals(stage.folder / "rehearsing")) as rehearsals,
        psycopg.connect(cluster.url("many"), autocommit=True) as live,
    ):
        _fill(live, applied, pending)
        yield _measured(stage, rehearsals, live, applied, pending)


def scripts(number: int) -> tuple[Scripts, Scripts]:
    """Write those that are applied, of which every fifth makes a table, and those to come."""
    applied = []
    for n in range(number):
        text = ITEM if n % 5 == 0 else LATER[n % 5 - 1]
        applied.append((f"{n:04}_applied", text.format(n=n, of=n - n % 5)))
    of = [n - n % 5 for n in range(TO_COME * 5)][::5]
    pending = [
        (f"9{n:03}_pending", PENDING[n % len(PENDING)].format(n=n, of=table))
        for n, table in enumerate(of)
    ]
    return tuple(applied), tuple(pending)


def _fill(live: Connection, applied: Scripts, pending: Scripts) -> None:
    live.execute("drop schema public cascade; create schema public")
    for _, text in applied:
        live.execute(text.encode())
    for place in range(len(pending)):
        live.execute(FILL.format(of=place * 5, rows=ROWS).encode())
    live.execute("analyze")


def _measured(
    stage: Stage, rehearsals: Rehearsals, live: Connection, applied: Scripts, pending: Scripts
) -> Section:
    image = catalog.read(live, ["public"])
    tried = _tried(rehearsals, image, pending)
    # a name of its own each time: what was replayed once is kept
    turns = iter(range(1_000))
    ways = (
        Way("replaying all that are applied", lambda: _replay(rehearsals, applied, next(turns))),
        Way("reading the catalog", lambda: catalog.read(live, ["public"])),
        Way("copying the schema", lambda: _mirrored(rehearsals, image)),
        Way(f"rehearsing {TO_COME} to come", lambda: _tried(rehearsals, image, pending)),
        Way(f"asking what {TO_COME} to come need of {ROWS:,} rows", lambda: _asked(live, tried)),
    )
    timings = interleaved(ways, stage.options.rounds(ROUNDS, QUICK_ROUNDS), warm_rounds=1)
    memory = _memory_mb(rehearsals)
    asked = [risk for each in rehearsing.questions(tried, "public") for risk in each.risks]
    answers = " ".join(_asked(live, tried))
    return Section(
        f"{len(applied):,} migrations applied, {TO_COME} to come",
        timings,
        facts=(
            Fact("objects of the schema", len(image.objects)),
            Fact("questions", sum(1 for risk in asked if risk.text)),
            Fact("answers", answers),
        ),
        targets=(Target("memory of the server", memory, Bound.AT_MOST, MOST_MEMORY_MB, "MB"),),
    )


def _replay(rehearsals: Rehearsals, applied: Scripts, turn: int) -> None:
    last = (("zz_last", f"select {turn}"),)
    told = rehearsals.replay("public", (*applied, *last))
    if isinstance(told, CannotRehearse):
        raise TypeError(told.reason)


def _mirrored(rehearsals: Rehearsals, image: SchemaImage) -> None:
    rehearsals._ask("mirror", schema="public", image=image.to_json())


def _tried(rehearsals: Rehearsals, image: SchemaImage, pending: Scripts) -> tuple[Tried, ...]:
    told = rehearsals.rehearse("public", image, pending)
    if isinstance(told, CannotRehearse):
        raise TypeError(told.reason)
    return told


def _asked(live: Connection, tried: tuple[Tried, ...]) -> list[str]:
    return [
        judged([counted(live, risk) for risk in each.risks], each.statements).answer.value
        for each in rehearsing.questions(tried, "public")
    ]


def _memory_mb(rehearsals: Rehearsals) -> float:
    """Add up what the worker and its server have of their own."""
    if rehearsals._process is None:
        return 0.0
    worker = psutil.Process(rehearsals._process.pid)
    everyone = [worker, *worker.children(recursive=True)]
    return round(sum(each.memory_full_info().pss for each in everyone) / 1e6, 1)
