"""What rows stop is foretold as it happens: no `passes` of what fails, no `fails` of what runs."""

from collections.abc import Iterator

import psycopg
import pytest

from dashboard.collect import rehearsing
from dashboard.diagnose.migrations.schema.expressions import Scope, read
from dashboard.diagnose.migrations.schema.rehearsed import CannotRehearse
from dashboard.diagnose.migrations.schema.verdict import Answer
from dashboard.postgres.cluster import Cluster
from dashboard.rehearsal import catalog
from dashboard.rehearsal.client import Rehearsals
from tests.rehearsal.differing import compare
from tests.rehearsal.rehearsing_rows import Connection, foretold, hold_to_one_select, real
from tests.repetitions import every_nth

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
    "create unique index u on team (lower(name))": (FAILS, 1, ("23505",)),
    "create unique index u on team (lower(code))": (PASSES, None, ()),
    "create unique index u on team (abs(size))": (UNKNOWN, None, ()),
    "create unique index u on team (name) where size is not null": (PASSES, None, ()),
    "create unique index u on team (name) where size is null or code = 'x'": (
        FAILS, 1, ("23505",),
    ),
    "create unique index u on team (name) where shade = 'red'": (PASSES, None, ()),
    "create unique index u on team (name) where shade = 'blue'::colour": (PASSES, None, ()),
    "create unique index u on job (done) nulls not distinct": (PASSES, None, ()),
    "create unique index u on job (label) nulls not distinct": (FAILS, 1, ("23505",)),
    "create index i on team (lower(name)) where size > 1": (PASSES, None, ()),
    "alter table job add unique (id, team), add foreign key (team, size) references job (id, team)"
    " match full": (FAILS, 1, ("23503",)),
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
    "alter table team alter name type int using 1": (PASSES, None, ()),
    "alter table team alter name type int using null": (PASSES, None, ()),
    "alter table job alter size type int using null": (FAILS, 1, ("23502",)),
    "alter table team alter name type int using name::int": (FAILS, 1, ("22P02",)),
    "alter table team alter size type text": (PASSES, None, ()),
    "alter table team alter size type smallint": (PASSES, None, ()),
    "alter table team alter size type varchar(1); alter table team alter size type int using "
    "size::int": (PASSES, None, ()),
    "alter table team add n bigint default 99999999999; alter table team alter n type int": (
        FAILS, 2, ("22003",),
    ),
    "alter table team alter name type varchar(1)": (PASSES, None, ()),
    "update team set name = 'long'; alter table team alter name type varchar(3)": (
        FAILS, 2, ("22001",),
    ),
    "update team set name = 'long'; alter table team alter name type varchar(3) using "
    "name::varchar(3)": (PASSES, None, ()),
    "create type tone as enum ('red', 'blue'); alter table team alter shade type tone using "
    "shade::text::tone": (PASSES, None, ()),
    "create type tone as enum ('red'); alter table team alter shade type tone using "
    "shade::text::tone": (FAILS, 2, ("22P02",)),
    "create type tone as enum ('a', 'b'); alter table team alter name type tone using "
    "name::tone; create unique index u on team (name)": (FAILS, 3, ("23505",)),
    "create type tone as enum ('a'); alter table team alter name type tone using name::tone": (
        FAILS, 2, ("22P02",),
    ),
    "alter table team alter name type timestamp using name::timestamp": (UNKNOWN, None, ()),
    "alter table team alter code type numeric(1) using id": (PASSES, None, ()),
    "update team set size = 1 where size is null; alter table team alter size set not null": (
        PASSES, None, (),
    ),
    "update team set size = 1 where size = 2; alter table team alter size set not null": (
        FAILS, 2, ("23502",),
    ),
    "update team set name = code; create unique index u on team (name)": (PASSES, None, ()),
    "update team set name = coalesce(code, name) where size is null; "
    "create unique index u on team (name)": (PASSES, None, ()),
    "update team set name = case when size = 1 then 'z' else name end; "
    "create unique index u on team (name)": (PASSES, None, ()),
    "update team set shade = 'red'; create unique index u on team (shade) where id > 1": (
        FAILS, 2, ("23505",),
    ),
    "update team set id = 1": (FAILS, 1, ("23505",)),
    "update job set id = 1": (FAILS, 1, ("23505",)),
    "update job set size = null where done": (FAILS, 1, ("23502",)),
    "update job set size = team where team is not null; alter table job add foreign key (size) "
    "references team": (FAILS, 2, ("23503",)),
    "truncate job; alter table job alter team set not null": (PASSES, None, ()),
    "alter table job add foreign key (size) references team; truncate team": (
        FAILS, 2, ("0A000",),
    ),
    "alter table job add foreign key (size) references team; truncate team cascade; "
    "alter table job add y int not null": (PASSES, None, ()),
    "update job set label = size": (UNKNOWN, None, ()),
    "update job set label = lower(label) || 'x'; create unique index u on job (label)": (
        FAILS, 2, ("23505",),
    ),
    "update job set size = size + 1": (UNKNOWN, None, ()),
    "update job as j set size = t.id from team as t where t.id = j.team; "
    "alter table job alter team set not null": (FAILS, 2, ("23502",)),
    "alter table job add uid uuid; update job set uid = gen_random_uuid(); "
    "alter table job alter uid set not null; create unique index u on job (uid)": (
        PASSES, None, (),
    ),
    "alter table job add uid uuid; update job set uid = gen_random_uuid() where done; "
    "alter table job alter uid set not null": (FAILS, 3, ("23502",)),
    "alter table job add at timestamp(3); update job set at = now() where at is null; "
    "alter table job alter at set not null": (PASSES, None, ()),
    "delete from job; alter table team alter size set not null": (FAILS, 2, ("23502",)),
    "delete from job where team is null; alter table job alter team set not null": (
        PASSES, None, (),
    ),
    "delete from team where size is null; alter table team alter size set not null": (
        PASSES, None, (),
    ),
    "alter table job add foreign key (size) references team; delete from team where id = 1": (
        UNKNOWN, None, (),
    ),
    "delete from job where team = 9; alter table job add foreign key (team) references team": (
        PASSES, None, (),
    ),
    "delete from job where abs(size) = 1; alter table job alter team set not null": (
        UNKNOWN, None, (),
    ),
    "alter table job drop constraint job_pkey, add key serial primary key": (PASSES, None, ()),
    "alter table job add x int unique": (PASSES, None, ()),
    "alter table job add x int default 1 unique": (FAILS, 1, ("23505",)),
    "create table p (id int primary key); insert into p values (1), (2), (3), (9); "
    "alter table job add foreign key (size) references p": (UNKNOWN, None, ()),
    "create table p (id int primary key, x text); insert into p values (1, null); "
    "alter table p alter x set not null": (UNKNOWN, None, ()),
    "create table p (id int primary key, x text); insert into p values (1, 'a'); "
    "alter table p alter x set not null": (PASSES, None, ()),
    "insert into team values (4, 'a')": (UNKNOWN, None, ()),
    "update team set code = 'a text that is too long for it'": (UNKNOWN, None, ()),
    "update job set size = 1, done = null where label = 'l'; "
    "alter table job alter done set not null": (FAILS, 2, ("23502",)),
    "alter type colour rename value 'red' to 'rot'; "
    "alter table team add constraint c check (shade <> 'red')": (UNKNOWN, None, ()),
    "alter type colour rename value 'red' to 'rot'; "
    "alter table team add constraint c check (shade <> 'rot')": (UNKNOWN, None, ()),
    "alter table job add x smallserial": (UNKNOWN, None, ()),
    "set search_path = pg_catalog; update public.job set size = 5; "
    "create unique index u on public.job (size)": (FAILS, 3, ("23505",)),
    "begin; alter table job alter size drop not null; rollback; "
    "alter table job alter team set not null": (UNKNOWN, None, ()),
    "alter table team owner to postgres": (UNKNOWN, None, ()),
    "create table w (a text collate \"de_DE.utf8\")": (UNKNOWN, None, ()),
    "alter table team add tone colour default 'red'; "
    "alter table team add constraint c check (tone <> 'red')": (FAILS, 2, ("23514",)),
    "alter table team add constraint c check (shade in ('red', 'blue'))": (PASSES, None, ()),
    "alter table team add constraint c check (shade < 'blue')": (UNKNOWN, None, ()),
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


@pytest.mark.parametrize("script", every_nth(CASES, 6))
def test_the_answer_is_what_happens(rehearsals: Rehearsals, live: Connection, script: str) -> None:
    (verdict,) = foretold(rehearsals, live, script)
    assert (verdict.answer, verdict.step, verdict.sqlstates) == CASES[script], verdict
    stopped = real(live, [script])
    if verdict.answer is FAILS:
        assert stopped
        assert stopped[1] in verdict.sqlstates
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
        "create index i on team (abs(size)); alter table team add x int not null",
    )
    assert (verdict.answer, verdict.latest) == (FAILS, True)


def test_every_question_is_one_select(rehearsals: Rehearsals, live: Connection) -> None:
    """Each that is asked in these tests is held to it, too; here are those for keys and losses."""
    script = "alter table job drop label; drop table none; alter table job alter team set not null"
    tried = rehearsals.rehearse("public", catalog.read(live, ["public"]), (("1", script),))
    assert not isinstance(tried, CannotRehearse)
    (asked,) = rehearsing.questions(tried, "public")
    texts = [each for risk in asked.risks for each in (risk.text, risk.keyed)]
    texts += [each.text for each in asked.losses]
    assert len(texts) == 4
    for text in texts:
        hold_to_one_select(text)


@pytest.mark.parametrize(
    ("expression", "same"),
    [
        ("(a > 'x')", True),
        ("(a = ANY (ARRAY['x'::text, 'y'::text]))", True),
        ("((a IS NOT NULL) AND (length(b) <= 3))", True),
        ("mine.f(a)", False),
        ("pg_sleep(1) is null", False),
        ("a operator(mine.=) b", False),
        ("(select true)", False),
        ("a = 'x'::shape", False),
        ("c is null", False),
        ("a || b", True),
        ("other.a is null", False),
        ("of_texts.a is null", True),
        ("a, b", False),
        ("a from of_texts", False),
        ("count(*) > 1", False),
        ("lower(distinct a) = 'x'", False),
        ("random() > 0", False),
        ("1); drop table a; --", False),
    ],
)
def test_what_means_the_same_in_a_question(live: Connection, expression: str, same: bool) -> None:
    live.execute("create table of_texts (a text, b text)")
    image = catalog.read(live, ["public"])
    live.execute("drop table of_texts")
    scope = Scope.of(image, image.objects["relation", "public", "of_texts"].oid)
    assert (read(expression, scope) is not None) is same


SEEDS = range(60)


@pytest.fixture(scope="module")
def anew(cluster: Cluster) -> Iterator[Connection]:
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as admin:
        admin.execute("create database composed")
    with psycopg.connect(cluster.url("composed"), autocommit=True) as connection:
        yield connection
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as admin:
        admin.execute("drop database composed")


@pytest.mark.parametrize("seed", SEEDS)
def test_no_contradiction(rehearsals: Rehearsals, anew: Connection, seed: int) -> None:
    assert compare(rehearsals, anew, [seed]).contradictions == []
