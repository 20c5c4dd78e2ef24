"""What the scripts of a folder make of the constraint: as PostgreSQL does it, or not said."""

import re
from dataclasses import replace

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pglast import split

from dashboard.demo import MIGRATIONS
from dashboard.demo.databases import STRICT_MIGRATION
from dashboard.diagnose.facts import Definition
from dashboard.diagnose.migrations.strict.migration import LOOSE, TIGHT
from dashboard.diagnose.migrations.strict.scripts import StrictScript, definition, find
from dashboard.diagnose.migrations.strict.scripts.tokens import UnreadableError, statements, tokens
from dashboard.diagnose.relationship import ConstraintSpec, Unique
from queries.rows import ColumnDefinition
from tests.conftest import Database, MakeDatabase

NAME = "deployments_projectId_fkey"
FOLDER = {path.parent.name: path.read_text() for path in MIGRATIONS.glob("*/migration.sql")}
STRICT = FOLDER[STRICT_MIGRATION]
INIT = """
CREATE TABLE "Project" ("id" TEXT NOT NULL, CONSTRAINT "Project_pkey" PRIMARY KEY ("id"));
CREATE TABLE "deployments" (
    "id" TEXT NOT NULL,
    "projectId" TEXT,
    CONSTRAINT "deployments_pkey" PRIMARY KEY ("id")
);
ALTER TABLE "deployments" ADD CONSTRAINT "deployments_projectId_fkey" FOREIGN KEY ("projectId")
    REFERENCES "Project"("id") ON DELETE SET NULL ON UPDATE CASCADE;
"""
DROP = 'ALTER TABLE "deployments" DROP CONSTRAINT "deployments_projectId_fkey";'
ALTER = 'ALTER TABLE "deployments" ALTER COLUMN "projectId" SET NOT NULL;'
INDEX = 'CREATE UNIQUE INDEX "deployments_projectId_key" ON "deployments"("projectId");'
ADD = (
    'ALTER TABLE "deployments" ADD CONSTRAINT "deployments_projectId_fkey" FOREIGN KEY'
    ' ("projectId") REFERENCES "Project"("id") ON DELETE CASCADE ON UPDATE CASCADE;'
)
# what is read with certainty: the statements, and what they make of it
READABLE = {
    "prisma's own": (DROP + ALTER + INDEX + ADD, TIGHT),
    "bare names, in small letters": (
        DROP.replace('"deployments"', "Deployments").lower().replace("projectid", "projectId")
        + ALTER
        + INDEX
        + ADD,
        TIGHT,
    ),
    "only if there": (
        DROP.replace("CONSTRAINT", "CONSTRAINT IF EXISTS")
        + ALTER.replace("TABLE", "TABLE IF EXISTS ONLY")
        + INDEX.replace("INDEX", "INDEX IF NOT EXISTS")
        + ADD,
        TIGHT,
    ),
    "with its schema": (
        (DROP + ALTER + INDEX + ADD).replace('TABLE "dep', 'TABLE "public"."dep'),
        TIGHT,
    ),
    "a constraint in place of an index": (
        DROP + ALTER + 'ALTER TABLE deployments ADD UNIQUE ("projectId");' + ADD,
        TIGHT,
    ),
    "restrict": (
        DROP + ALTER + INDEX + ADD.replace("DELETE CASCADE", "DELETE RESTRICT"),
        ConstraintSpec("r", not_null=True, unique=Unique.VALID),
    ),
    "nothing on delete": (
        DROP + ALTER + INDEX + ADD.replace("ON DELETE CASCADE", ""),
        ConstraintSpec("a", not_null=True, unique=Unique.VALID),
    ),
    "comments and a transaction": (
        f"BEGIN; /* a /* nested; */ one ' */ {DROP} -- it's; \"gone\"\n{ALTER}{INDEX}{ADD} COMMIT;",
        TIGHT,
    ),
    "others beside it": (
        f"{DROP} CREATE TABLE \"notes\" (\"id\" TEXT NOT NULL, \"text\" TEXT DEFAULT ';');"
        f"{ALTER} CREATE INDEX \"d\" ON \"deployments\"(\"id\");{INDEX}"
        "create function f() returns text language sql as $a$ select 'deployments'; $a$;"
        f"COMMENT ON TABLE deployments IS 'it''s; strict'; {ADD}"
        "create unique index parts on deployments (\"projectId\") where id > 'a';",
        TIGHT,
    ),
}  # fmt: skip
# what may be anything: the same, and what makes it so
UNREADABLE = {
    "a block that names the table": ("do $$ begin alter table deployments drop column id; end $$;"),
    "a block that builds its statement": "do $$ begin execute 'al' || 'ter …'; end $$;",
    "a name of the session": "set search_path = other;",
    "another name": "alter table deployments rename to things;",
    "another column's name": 'alter table deployments rename column "id" to "key";',
    "another type": 'alter table deployments alter column "projectId" type varchar(30);',
    "dropped by what it hangs on": 'drop table "Project" cascade;',
    "dropped by its target": 'alter table "Project" drop constraint "Project_pkey" cascade;',
    "a second key": ADD.replace(NAME, "other"),
    "a text without an end": "select 'x;",
    "a comment without an end": "/* x",
    "psql's own": "\\i other.sql",
    "an index of another name": 'alter index "deployments_projectId_key" rename to "k";',
    "undone later": 'alter table deployments alter column "projectId" drop not null;',
    "without its guard later": 'drop index "deployments_projectId_key";',
}


def found(script: str, *later: str) -> StrictScript | None:
    return find({"1_init": INIT, "2_strict": script, **{f"3_{each}": each for each in later}}, NAME)


def test_the_demo_s_own() -> None:
    strict = find(FOLDER, NAME)
    assert strict == StrictScript(
        STRICT_MIGRATION,
        (ColumnDefinition("published", "BOOLEAN NOT NULL DEFAULT true"),),
        LOOSE,
        TIGHT,
        demands_key=True,
        demands_free=frozenset({"published", "deployments_projectId_key"}),
    )


@pytest.fixture
def empty(make_database: MakeDatabase) -> Database:
    database = make_database()
    database.execute("drop schema public cascade; create schema public")
    return database


@pytest.mark.parametrize("name", READABLE)
def test_it_makes_what_postgresql_makes_of_it(name: str, empty: Database) -> None:
    script, expected = READABLE[name]
    strict = found(script)
    assert strict is not None
    assert (strict.before, strict.after) == (LOOSE, expected)
    empty.execute(INIT)
    empty.execute(script)
    assert spec(empty) == expected
    assert fails(empty, script) == bool(strict.demands_free)


def fails(database: Database, script: str) -> bool:
    try:
        database.execute(script)
    except psycopg.errors.DuplicateTable:
        return True
    return False


def spec(database: Database) -> ConstraintSpec:
    ((action, not_null, unique),) = database.execute(
        """
        select cast(c.confdeltype as text), a.attnotnull, exists(
            select from pg_index where indrelid = a.attrelid and indisunique and indisvalid
            and indpred is null and indkey::text = a.attnum::text and a.attname = 'projectId')
        from pg_constraint as c
        inner join pg_attribute as a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
        where c.conname = 'deployments_projectId_fkey'
        """
    )
    return ConstraintSpec(
        action, not_null=not_null, unique=Unique.VALID if unique else Unique.MISSING
    )


@pytest.mark.parametrize("name", UNREADABLE)
def test_where_it_is_not_certain_nothing_is_said(name: str) -> None:
    for strict in (
        found(DROP + ALTER + INDEX + ADD + UNREADABLE[name]),
        found(DROP + ALTER + INDEX + ADD, UNREADABLE[name]),
    ):
        assert strict is None or strict.after is None


def test_another_order_has_other_half_way_states() -> None:
    strict = found(ALTER + INDEX + DROP + ADD)
    assert strict is not None
    assert (strict.migration, strict.after) == ("2_strict", None)


def test_strict_from_the_start_or_never_is_no_strict_migration() -> None:
    first = INIT.replace('"projectId" TEXT', '"projectId" TEXT NOT NULL UNIQUE')
    assert find({"1": INIT}, NAME) is None
    assert find({}, NAME) is None
    assert find({"1": first}, NAME) is None
    assert found(DROP + ALTER + ADD) is None, "one to many"


def test_which_tables_it_is_about() -> None:
    written = Definition("public", "deployments", ("projectId",), "public", "Project", ("id",))
    assert definition(FOLDER, NAME) == written
    moved = ADD.replace('"Project"', "legacy.projects")
    assert definition({"1": INIT, "2": moved}, NAME) == replace(
        written, parent_schema="legacy", parent_table="projects"
    )
    for odd in (ADD.replace('("id")', ""), ADD.replace('("projectId")', "(a, b)")):
        assert definition({"1": odd}, NAME) is None
    assert definition({}, NAME) is None


def test_the_configured_one_counts() -> None:
    assert find({}, NAME, "2_strict") == StrictScript("2_strict")
    strict = find(FOLDER, NAME, STRICT_MIGRATION)
    assert strict is not None
    assert strict.after == TIGHT
    other = find(FOLDER, NAME, sorted(FOLDER)[0])
    assert other is not None
    assert (other.migration, other.after) == (sorted(FOLDER)[0], None)


def test_what_cannot_be_read_is_found_by_its_words() -> None:
    strict = find({**FOLDER, "20991231000000_odd": "do $$ execute $$;"}, NAME)
    assert strict is not None
    assert (strict.migration, strict.after) == (STRICT_MIGRATION, None)
    assert [each.name for each in strict.columns] == ["published"]
    assert strict.rewriting == {"20991231000000_odd"}


@pytest.mark.parametrize("statement", ["delete from a", "UPDATE a SET b = 1", "with x as (y) z"])
def test_scripts_that_change_rows_are_named(statement: str) -> None:
    strict = found(f"{statement};{DROP}{ALTER}{INDEX}{ADD}")
    assert strict is not None
    assert (strict.after, strict.rewriting) == (TIGHT, {"2_strict"})


def test_what_a_second_run_would_stop_at() -> None:
    again = (
        'ALTER TABLE deployments ADD COLUMN IF NOT EXISTS "a" INT, ADD COLUMN "b" DECIMAL(10, 2);'
        + DROP.replace("CONSTRAINT", "CONSTRAINT IF EXISTS")
    )
    strict = found(again + ALTER + INDEX.replace("INDEX", "INDEX IF NOT EXISTS") + ADD)
    assert strict is not None
    assert (strict.demands_key, strict.demands_free) == (False, {"b"})
    definitions = [each.definition for each in strict.columns]
    assert definitions == ["INT", "DECIMAL(10, 2)"]


BLANKS = st.sampled_from([" ", "\n", "\t", ' -- it\'s; "one"\n', "/* ' ; /* \" */ */ ", " \r\n"])


@given(st.data())
def test_blanks_and_comments_make_no_difference(data: st.DataObject) -> None:
    script = DROP + ALTER + INDEX + ADD
    words = re.split(r"(?<=[\s(),;])\s*", script)
    blanks = data.draw(st.lists(BLANKS, min_size=len(words), max_size=len(words)))
    written = "".join(f"{word}{blank}" for word, blank in zip(words, blanks, strict=True))
    assert found(written) == found(script)


PIECES = st.sampled_from(
    ["select 1", "select 'a;b'", "select E'a\\';b'", 'select 1 as "a;b"', "select $$;$$", ";",
     "select $x$ ; $$ ; $x$", "--;\n", "/* ; /* ; */ ; */", "select (1)", ";\n"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=12))
def test_statements_end_where_postgresql_ends_them(pieces: list[str]) -> None:
    script = " ;".join(pieces)
    mine = ["".join(token.source for token in each) for each in statements(script)]
    theirs = [re.sub(r"\s", "", each) for each in split(script, with_parser=False)]
    assert len(mine) == len(theirs)


@given(st.text(alphabet="a;'\"$/*-()\\ \n", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        sources = [token.source for token in tokens(text)]
    except UnreadableError:
        return
    assert sum(map(len, sources)) <= len(text)
