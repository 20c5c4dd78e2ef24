"""What is foretold of a script is what PostgreSQL then does with it."""

import psycopg
import pytest

from dashboard.diagnose.migrations.deploying.prediction import Prediction, predict, wanted
from dashboard.diagnose.migrations.deploying.reading import steps
from dashboard.diagnose.migrations.effects import Extent
from queries import registry
from queries.rows import CatalogObject
from tests.conftest import MakeDatabase

SETUP = """
create extension if not exists pg_trgm;
create schema other;
create type "Role" as enum ('A', 'B');
create type other."Only" as enum ('X');
create table parent (id text primary key, name text, "role" "Role", note text);
create table child (id text primary key, "parentId" text references parent (id), n int not null);
create unique index child_n_key on child (n);
create index child_name_idx on child ("parentId", n);
create table other.elsewhere (id text primary key);
create table bare (id text, twin text);
create view shown as select note from parent;
insert into parent values ('p', 'x', 'A', null), ('q', 'x', 'B', 'y');
insert into child values ('c', 'p', 1);
"""
APPLIES, UNSURE = "applies", "unsure"
SCRIPTS = {
    "alter table parent add column name text": "42701",
    "alter table parent add column if not exists name text": APPLIES,
    "alter table parent add column fresh text": APPLIES,
    "alter table parent add column fresh text not null default 'x'": APPLIES,
    "alter table parent add column fresh serial": APPLIES,
    "alter table parent add column fresh text not null": UNSURE,
    "alter table parent add column fresh timestamp(3) not null default current_timestamp": APPLIES,
    "alter table parent add column fresh text default md5('x')": UNSURE,
    'alter table parent add column fresh "Role"': APPLIES,
    'alter table parent add column fresh "Only"': "42704",
    'alter table parent add column fresh other."Only"': APPLIES,
    "alter table parent add column fresh no_such_type": "42704",
    "alter table nowhere add column fresh text": "42P01",
    "alter table if exists nowhere add column fresh text": APPLIES,
    "alter table elsewhere add column fresh text": "42P01",
    "alter table other.elsewhere add column id text": "42701",
    "alter table parent drop column note": UNSURE,
    "alter table child drop column n": APPLIES,
    "alter table child drop column gone": "42703",
    "alter table child drop column if exists gone": APPLIES,
    "alter table child drop column n, add column n int": APPLIES,
    'alter table child drop column n; create index child_n_key on child ("parentId")': UNSURE,
    "alter table child alter column gone set not null": "42703",
    'alter table child alter column "parentId" set not null': UNSURE,
    "alter table child alter column n drop not null": APPLIES,
    "alter table child alter column n set default 7": APPLIES,
    "alter table child alter column n type text": UNSURE,
    'alter table child drop constraint "child_parentId_fkey"': APPLIES,
    "alter table child drop constraint gone": "42704",
    "alter table child drop constraint if exists gone": APPLIES,
    "alter table parent drop constraint parent_pkey": UNSURE,
    "alter table child drop constraint child_pkey": APPLIES,
    "alter table child drop constraint child_pkey, add constraint"
    " child_pkey primary key (n)": UNSURE,
    'alter table child add constraint "child_parentId_fkey" foreign key ("parentId")'
    " references parent (id)": "42710",
    'alter table child add constraint second foreign key ("parentId")'
    " references parent (id)": UNSURE,
    'alter table child add constraint second foreign key ("parentId") references parent (id)'
    " not valid": APPLIES,
    "alter table child add constraint second foreign key (gone) references parent (id)": "42703",
    "alter table child add constraint second foreign key (id) references nowhere (id)": "42P01",
    'alter table parent add column "childId" text; alter table parent add constraint fresh'
    ' foreign key ("childId") references child (id)': APPLIES,
    "alter table parent add column code text; create unique index code_key"
    " on parent (code)": APPLIES,
    "alter table parent add constraint child_n_key unique (id)": "42P07",
    "alter table parent add constraint twins unique (name)": UNSURE,
    "create table parent (id text)": "42P07",
    "create table if not exists parent (id text)": APPLIES,
    "create table shown (id text)": "42P07",
    'create table fresh (id text constraint fresh_pkey primary key, "role" "Role");'
    'create unique index fresh_key on fresh ("role");'
    "alter table fresh add constraint fresh_fkey foreign key (id) references parent (id)": APPLIES,
    "create table fresh (id text references nowhere (id))": "42P01",
    "create table fresh (id no_such_type)": "42704",
    "create table fresh (id text, constraint child_pkey primary key (id))": "42P07",
    "create table fresh as select 1 as x": UNSURE,
    "create table fresh (like parent)": UNSURE,
    "create index child_n_key on parent (name)": "42P07",
    "create index if not exists child_n_key on parent (name)": APPLIES,
    "create index fresh on parent (gone)": "42703",
    "create index fresh on parent (name)": APPLIES,
    "create index fresh on parent (name text_pattern_ops)": APPLIES,
    "create index fresh on parent (lower(name))": UNSURE,
    "create index fresh on parent using gin (name gin_trgm_ops)": UNSURE,
    "create index concurrently fresh on parent (name); select 1": UNSURE,
    "create unique index fresh on parent (name)": UNSURE,
    'create type "Role" as enum ()': "42710",
    'create type "Fresh" as enum (\'A\'); alter table parent add column fresh "Fresh"': APPLIES,
    "alter type \"Role\" add value 'C'": APPLIES,
    "alter type \"Role\" add value 'A'": "42710",
    "alter type \"Role\" add value if not exists 'A'": APPLIES,
    "alter type \"Gone\" add value 'A'": "42704",
    "alter type \"Role\" rename value 'A' to 'Z'": APPLIES,
    "alter type \"Role\" add value 'C'; alter table parent alter column"
    " \"role\" set default 'C'": UNSURE,
    "create schema other": "42P06",
    "create schema if not exists other": APPLIES,
    "create schema fresh; create table fresh.t (id text)": APPLIES,
    "create extension pg_trgm": "42710",
    "create extension if not exists pg_trgm": APPLIES,
    "create extension if not exists citext": UNSURE,
    "drop table gone": "42P01",
    "drop table if exists gone, child": APPLIES,
    "drop table child": APPLIES,
    "drop table child; create table child (id text); create index"
    " child_n_key on child (id)": APPLIES,
    "drop table parent": UNSURE,
    "drop table parent cascade": UNSURE,
    "drop index gone": "42704",
    "drop index child_n_key; create index child_n_key on child (n)": APPLIES,
    "drop index child_pkey": UNSURE,
    'drop type "Role"': UNSURE,
    'drop type "Gone"': "42704",
    "alter table child rename column n to id": "42701",
    "alter table child rename column gone to x": "42703",
    "alter table child rename column n to m": UNSURE,
    "alter table child rename to kid": UNSURE,
    "update parent set name = id": UNSURE,
    "update nowhere set name = id": "42P01",
    "insert into bare values ('1'); alter table bare add column id text": "42701",
    "select set_config('search_path', 'other', true); create table parent (id text)": UNSURE,
    "set search_path = other; create table parent (id text)": UNSURE,
    "do $$ begin drop table child; end $$; create table child (id text)": UNSURE,
    "create function f() returns int language sql as 'select 1'": UNSURE,
    "create view v as select 1 as x": UNSURE,
    "this is no sql": UNSURE,
    "-- nothing\n": APPLIES,
}


def foretold(connection: psycopg.Connection, script: str) -> Prediction:
    scripts = {"it": steps(script)}
    statement = registry.CATALOG_OBJECTS.bind(names=sorted(set(wanted(scripts))))
    found = connection.execute(statement.text.encode(), statement.values).fetchall()
    return predict(scripts, [CatalogObject(*row) for row in found], "public")["it"]


def run(connection: psycopg.Connection, script: str) -> str:
    """Run it as Prisma does, as one text, and leave nothing behind; the answer is the SQLSTATE."""
    try:
        connection.execute(script.encode())
    except psycopg.Error as error:
        return str(error.sqlstate)
    finally:
        connection.rollback()
    return APPLIES


def test_what_is_foretold_happens(make_database: MakeDatabase, subtests: pytest.Subtests) -> None:
    database = make_database()
    database.execute(SETUP)
    with psycopg.connect(database.url) as connection:
        for script, expected in SCRIPTS.items():
            with subtests.test(script):
                predicted, happened = foretold(connection, script), run(connection, script)
                if predicted.stop:
                    assert predicted.stop.sqlstate == happened == expected, predicted
                elif predicted.doubts:
                    assert expected == UNSURE, predicted
                else:
                    assert happened == expected == APPLIES, predicted


def test_how_much_of_it_is_there(make_database: MakeDatabase, subtests: pytest.Subtests) -> None:
    database = make_database()
    database.execute(SETUP)
    extents = {
        "alter table parent add column name text": Extent.WHOLE,
        "alter table parent add column name text, add column fresh text": Extent.PART,
        "alter table parent add column fresh text": Extent.NONE,
        "alter table parent drop column gone": Extent.WHOLE,
        "alter table parent drop column name": Extent.NONE,
        "create table parent (id text constraint parent_pkey primary key, fresh text)": Extent.PART,
        "alter table parent add column name text; update parent set name = id": None,
    }
    with psycopg.connect(database.url) as connection:
        for script, extent in extents.items():
            with subtests.test(script):
                assert foretold(connection, script).extent is extent


def test_one_script_stands_on_what_those_before_it_made() -> None:
    first, second = "create table fresh (id text)", "alter table fresh add column id text"
    third = "create table more (id text)"
    types = [CatalogObject("type", "pg_catalog", "text", "", None, False, False)]
    scripts = {"1": steps(first), "2": steps(second), "3": steps(third)}
    one, two, three = predict(scripts, types, "public").values()
    assert (one.stop, one.doubts) == (None, ())
    assert two.stop is not None
    assert two.stop.sentence == "column id of fresh already exists (SQLSTATE 42701)"
    assert three.doubts, "it is not reached"
    unread = {"1": steps("do $$ begin end $$"), "2": steps(second)}
    assert all(each.doubts and not each.stop for each in predict(unread, types, "public").values())
