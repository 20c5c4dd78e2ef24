"""What rows stop is foretold as it happens: no `passes` of what fails, no `fails` of what runs."""

import random
from collections.abc import Iterator

import psycopg
import pytest
from pglast import parse_sql
from pglast.ast import SelectStmt

from dashboard.collect import rehearsing
from dashboard.diagnose.migrations.schema import plain
from dashboard.diagnose.migrations.schema.preflight import Answer
from dashboard.diagnose.migrations.schema.rehearsed import CannotRehearse
from dashboard.postgres.cluster import Cluster
from dashboard.rehearsal import catalog
from dashboard.rehearsal.client import Rehearsals
from tests.queries.test_contract import parts
from tests.rehearsal.rehearsing_rows import Connection, foretold, real

BASE = """
create type colour as enum ('red', 'blue');
create table team (id int primary key, name text, size int, code varchar(20), shade colour);
create table job (id int primary key, team int, done boolean, label text, size int not null);
insert into team values (1, 'a', 1, 'x', 'red'), (2, 'a', null, 'y', null);
insert into team values (3, 'b', 3, null, 'blue');
insert into job values (1, 1, true, 'l', 1), (2, 9, null, null, 1), (3, null, false, 'l', 2);
create table none (id int primary key, name text, team int);
"""
FAILS, PASSES, UNKNOWN = Answer.FAILS, Answer.PASSES, Answer.UNKNOWN
# a script → the answer, and where it fails at which statement with what
CASES: dict[str, tuple[Answer, int | None, tuple[str, ...]]] = {
    "alter table team alter size set not null": (FAILS, 1, ("23502",)),
    "alter table team alter id set not null": (PASSES, None, ()),
    "alter table none alter name set not null": (PASSES, None, ()),
    "alter table team add x int not null": (FAILS, 1, ("23502",)),
    "alter table none add x int not null": (PASSES, None, ()),
    "alter table team add x int not null default 0": (PASSES, None, ()),
    "alter table team add x serial": (PASSES, None, ()),
    "alter table team add x int; alter table team alter x set not null": (FAILS, 2, ("23502",)),
    "alter table team add x int default 1; create unique index u on team (x)": (
        FAILS, 2, ("23505",),
    ),
    "alter table team add x int; create unique index u on team (x)": (PASSES, None, ()),
    "create unique index u on team (name)": (FAILS, 1, ("23505",)),
    "create unique index u on team (name, id)": (PASSES, None, ()),
    "create unique index u on team (size)": (PASSES, None, ()),
    "create unique index u on team (shade)": (PASSES, None, ()),
    "create unique index u on team (lower(name))": (UNKNOWN, None, ()),
    "alter table job add constraint f foreign key (team) references team": (FAILS, 1, ("23503",)),
    "alter table job add constraint f foreign key (team) references team not valid": (
        PASSES, None, (),
    ),
    "alter table job add constraint f foreign key (size) references team": (PASSES, None, ()),
    "create table p (id int primary key); alter table job add foreign key (size) references p": (
        FAILS, 2, ("23503",),
    ),
    "alter table team add constraint c check (size > 2)": (FAILS, 1, ("23514",)),
    "alter table team add constraint c check (size > 0)": (PASSES, None, ()),
    "alter table team add constraint c check (code in ('x', 'y'))": (PASSES, None, ()),
    "alter table team add constraint c check (abs(size) > 0)": (UNKNOWN, None, ()),
    "alter table team rename size to big; alter table team alter big set not null": (
        FAILS, 2, ("23502",),
    ),
    "alter table team rename to crew; create unique index u on crew (name)": (
        FAILS, 2, ("23505",),
    ),
    "alter table team alter size type bigint": (PASSES, None, ()),
    "alter table team alter name type int using 1": (UNKNOWN, None, ()),
    "update team set size = 1 where size is null; alter table team alter size set not null": (
        UNKNOWN, None, (),
    ),
    "delete from job; alter table team alter size set not null": (UNKNOWN, None, ()),
    "do $$ begin end $$; alter table job add y int": (UNKNOWN, None, ()),
    "alter table team add name text": (FAILS, 1, ("42701",)),
    "alter table gone add x int": (FAILS, 1, ("42P01",)),
    "drop table team": (PASSES, None, ()),
    "grant select on team to somebody_else": (UNKNOWN, None, ()),
    "create extension postgis": (UNKNOWN, None, ()),
    "create index concurrently i on team (size); select 1": (UNKNOWN, None, ()),
    "create index concurrently i on team (size)": (PASSES, None, ()),
    "alter table team alter size set not null; alter table gone add x int": (
        FAILS, 1, ("23502",),
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def live(cluster: Cluster) -> Iterator[Connection]:
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as admin:
        admin.execute("create database preflight")
    with psycopg.connect(cluster.url("preflight"), autocommit=True) as connection:
        connection.execute(BASE.encode())
        yield connection
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as admin:
        admin.execute("drop database preflight")


@pytest.mark.parametrize("script", CASES)
def test_the_answer_is_what_happens(rehearsals: Rehearsals, live: Connection, script: str) -> None:
    (verdict,) = foretold(rehearsals, live, script)
    assert (verdict.answer, verdict.step, verdict.sqlstates) == CASES[script], verdict
    stopped = real(live, [script])
    if verdict.answer is FAILS:
        assert stopped in verdict.sqlstates
    if verdict.answer is PASSES:
        assert stopped is None or "concurrently" in script  # which is tried in a transaction


def test_one_goes_on_from_the_other(rehearsals: Rehearsals, live: Connection) -> None:
    first, second = foretold(
        rehearsals, live, "alter table team add x int", "alter table team alter x set not null"
    )
    assert (first.answer, second.answer) == (PASSES, FAILS)


def test_a_failure_behind_a_doubt_is_certain(rehearsals: Rehearsals, live: Connection) -> None:
    (verdict,) = foretold(
        rehearsals,
        live,
        "create index i on team (lower(name)); alter table team add x int not null",
    )
    assert (verdict.answer, verdict.latest) == (FAILS, True)


def test_every_question_is_one_select(rehearsals: Rehearsals, live: Connection) -> None:
    image = catalog.read(live, ["public"])
    scripts = tuple((f"{place}", each) for place, each in enumerate(CASES))
    asked = 0
    for each in scripts:
        tried = rehearsals.rehearse("public", image, (each,))
        assert not isinstance(tried, CannotRehearse)
        for risk in (risk for of in rehearsing._risks(tried) for risk in of if risk.text):
            (statement,) = parse_sql(risk.text)
            assert isinstance(statement.stmt, SelectStmt)
            assert parts(statement).others == []
            assert parts(statement).functions <= {
                "count",
                "coalesce",
                "octet_length",
                *plain.FUNCTIONS,
            }
            asked += 1
    assert asked > 20


@pytest.mark.parametrize(
    ("expression", "is_plain"),
    [
        ("(a > 0)", True),
        ("(a = ANY (ARRAY['x'::text, 'y'::text]))", True),
        ("((a IS NOT NULL) AND (length(b) <= 3))", True),
        ("mine.f(a)", False),
        ("pg_sleep(1) is null", False),
        ("a operator(mine.=) b", False),
        ("(select true)", False),
        ("a = 'x'::colour", False),
        ("random() > 0", False),
        ("1); drop table a; --", False),
    ],
)
def test_what_is_plain(expression: str, is_plain: bool) -> None:
    assert plain.is_plain(expression) is is_plain


STATEMENTS = (
    "alter table team alter {c} set not null",
    "create unique index on team ({c})",
    "create unique index on job (label, {j})",
    "alter table team add n{n} int",
    "alter table team add n{n} int default {n}",
    "alter table team add n{n} text not null default 'x'",
    "alter table team alter n{n} set not null",
    "create unique index on team (n{n})",
    "alter table job add foreign key ({j}) references team",
    "alter table team drop {c}",
    "alter table job add constraint k{n} foreign key ({j}) references team not valid",
    "alter table job validate constraint k{n}",
    "alter table team rename {c} to m{n}",
    "alter table team alter m{n} set not null",
    "alter table team add check ({c} is not null)",
    "alter table job add check (size > {n})",
    "update team set name = 'z' where name is null",
    "insert into team (id) values (10{n})",
    "delete from job where team is null",
    "create table t{n} (id int primary key)",
    "alter table job add foreign key (team) references t{n}",
    "alter table job add t{n} int references t{n}",
    "drop table job",
    "drop table team",
    "alter table team alter size type bigint",
    "alter table team alter code type varchar(1)",
    "create index on team (name)",
    "alter table job alter team set not null",
    "alter table team add primary key (name)",
    "alter table job drop constraint job_pkey",
    "alter table job add primary key ({j})",
    "alter type colour add value 'n{n}'",
    "alter table job add constraint u{n} unique ({j})",
    "truncate job",
)
SEEDS = range(60)


def dirty(choose: random.Random) -> str:
    """Fill the tables anew: with duplicates, nothing, and what points nowhere, or without."""
    rows = []
    for number in range(choose.randrange(4)):
        name = choose.choice(["'a'", "'b'", "null", f"'n{number}'"])
        size = choose.choice(["null", "1", str(number)])
        rows.append(f"insert into team values ({number}, {name}, {size}, {name}, 'red');")
    for number in range(choose.randrange(4)):
        team = choose.choice(["null", "0", "1", "9"])
        label = choose.choice(["'l'", "null", f"'{number}'"])
        rows.append(f"insert into job values ({number}, {team}, null, {label}, {number % 3});")
    return "truncate job, team;" + "".join(rows)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_contradiction(rehearsals: Rehearsals, live: Connection, seed: int) -> None:
    choose = random.Random(seed)
    live.execute(dirty(choose).encode())
    statements = [
        choose.choice(STATEMENTS).format(
            c=choose.choice(["name", "size", "code"]),
            j=choose.choice(["team", "label", "size"]),
            n=choose.randrange(2),
        )
        for _ in range(choose.randrange(1, 5))
    ]
    script = "; ".join(statements)
    (verdict,) = foretold(rehearsals, live, script)
    stopped = real(live, [script])
    if verdict.answer is PASSES:
        assert stopped is None, script
    if verdict.answer is FAILS:
        assert stopped is not None, script
        assert verdict.latest or stopped in verdict.sqlstates, (script, verdict, stopped)
