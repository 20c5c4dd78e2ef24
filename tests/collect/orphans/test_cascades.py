"""What a deletion takes along: the number that is printed is what PostgreSQL does."""

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from dashboard.demo.databases import READER
from dashboard.diagnose.finding import Fix
from dashboard.diagnose.orphans import BY_CODE, Ages, ColumnCount, Orphans, remedy
from tests.collect.orphans.counting import fixes, in_staging
from tests.conftest import Database, MakeDatabase

# two ghosts, and two deployments of one project: the key and its index are lost
DEFECTS = """
alter table deployments drop constraint "deployments_projectId_fkey";
drop index "deployments_projectId_key";
insert into users (id, email, "updatedAt") values ('u1', 'u@x', now());
insert into "Project" (id, name, "userId", "updatedAt") values ('p1', 'one', 'u1', now());
insert into deployments (id, "appId", "projectId", "createdAt", "updatedAt") values
    ('g1', 'a1', 'gone', '2026-01-01', now()), ('g2', 'a2', 'lost', '2026-01-01', now()),
    ('d1', 'a3', 'p1', '2026-01-03', now()), ('d2', 'a4', 'p1', '2026-01-02', now());
"""
LOGS = """
create table logs (id text primary key, "deploymentId" text
    references deployments (id) on delete {logs});
create table lines (number int primary key, "logId" text references logs (id) on delete {lines});
insert into logs values ('l1', 'g1'), ('l2', 'g1'), ('l3', 'g2'), ('l4', 'd2'), ('l5', 'd1');
insert into lines select n, 'l' || n % 5 + 1 from generate_series(1, 25) as n;
"""
FOLDERS = """
alter table deployments add column "basedOn" text references deployments (id) on delete cascade;
insert into deployments (id, "appId", "projectId", "basedOn", "updatedAt") values
    ('s1', 'a5', null, 'g1', now()), ('s2', 'a6', null, 's1', now()),
    ('s3', 'a7', null, 'd1', now());
"""
ROUND = """
create table peers (id text primary key, "deploymentId" text
    references deployments (id) on delete cascade);
insert into peers values ('x1', 'g1'), ('x2', 'd1');
alter table deployments add column "peerId" text references peers (id) on delete cascade;
update deployments set "peerId" = 'x1' where id in ('g1', 'g2');
insert into deployments (id, "appId", "peerId", "updatedAt") values ('s1', 'a5', 'x1', now());
"""
TWICE = """
create table pairs (id text primary key, a text references deployments (id) on delete cascade,
    b text references deployments (id) on delete cascade);
insert into pairs values ('1', 'g1', 'g2'), ('2', 'g2', 'd1'), ('3', 'd1', 'd2');
"""
ELSEWHERE = """
create schema audit;
create table audit.logs (id int primary key, "deploymentId" text
    references deployments (id) on delete cascade) partition by range (id);
create table audit.logs_1 partition of audit.logs for values from (0) to (5);
create table audit.logs_2 partition of audit.logs for values from (5) to (100);
insert into audit.logs select n, 'g1' from generate_series(1, 9) as n;
"""
WIDE = """
create unique index on deployments (id, "appId");
create table logs (id int primary key, d text, a text,
    foreign key (d, a) references deployments (id, "appId") on delete cascade);
insert into logs select row_number() over (), id, "appId" from deployments;
"""
SCHEMAS = {
    "one step": LOGS.format(logs="cascade", lines="restrict").replace("'l' || n % 5 + 1", "null"),
    "two steps": LOGS.format(logs="cascade", lines="cascade"),
    "two steps, then null": LOGS.format(logs="cascade", lines="set null"),
    "null, and no further": LOGS.format(logs="set null", lines="cascade"),
    "its own rows": FOLDERS,
    "in a circle": ROUND,
    "a key of two columns": WIDE,
    "two keys of one table": TWICE,
    "a partitioned table of another schema": ELSEWHERE,
}
COUNTED = 'select count(*), count("{}") from {}'
Counting = Callable[..., Orphans]


@pytest.fixture
def database(make_database: MakeDatabase) -> Database:
    made = make_database(strict=False)
    made.execute('create unique index "deployments_projectId_key" on deployments ("projectId")')
    made.execute(DEFECTS)
    return made


@pytest.fixture
def count(database: Database, make_database: MakeDatabase, tmp_path: Path) -> Counting:
    beside = make_database()  # strict: where duplicates and empty keys are not wanted
    grant = f"""do $$ declare s text; begin for s in select nspname from pg_namespace
        where nspname in ('public', 'audit') loop
        execute format('grant usage on schema %I to {READER}', s);
        execute format('grant select on all tables in schema %I to {READER}', s);
        end loop; end $$"""

    def counted(then: str = "select 1") -> Orphans:
        database.execute(f"{grant}; {then}")
        return in_staging(tmp_path, staging=database.reader_url, local=beside.reader_url)

    return counted


def column_of(orphans: Orphans, code: str) -> ColumnCount:
    (column,) = [each for each in orphans.of(BY_CODE[code]).columns if not each.count.none]
    return column


def fix_of(orphans: Orphans, code: str) -> Fix:
    counted = column_of(orphans, code)
    return remedy(counted.column, counted.cascades, Ages())


def rows(database: Database) -> dict[str, tuple[int, int]]:
    """Count every table's rows, and those of its references that are not null."""
    found = database.execute("""
        select c.conrelid::regclass::text, a.attname
        from pg_constraint as c join pg_attribute as a
            on a.attrelid = c.conrelid and a.attnum = any(c.conkey)
        where c.contype = 'f' and c.conparentid = 0 and c.conrelid::regclass::text
            in ('logs', 'lines', 'peers', 'pairs', 'audit.logs', 'deployments')""")
    counted = {}
    for table, column in found:
        ((everything, referring),) = database.execute(COUNTED.format(column, table))
        counted[f"{table}.{column}"] = (everything, referring)
    return counted


@pytest.mark.parametrize("code", ["ghost-child", "duplicate-owner"])
@pytest.mark.parametrize("schema", SCHEMAS)
def test_the_printed_number_is_what_postgresql_does(
    schema: str, code: str, database: Database, count: Counting
) -> None:
    """The deletion is run as printed: every table loses exactly as many rows as was said."""
    database.execute(SCHEMAS[schema])
    orphans = count()
    cascades = column_of(orphans, code).cascades
    assert cascades.unknown is None
    said = {(each.table, each.fate.value): number for each, number in (cascades.rows or {}).items()}
    fix = fix_of(orphans, code)
    deletion = fix.commands[1].text
    assert deletion.startswith(f"-- {cascades.sentence}\n")
    assert cascades.sentence in " ".join(fix.steps)

    before = rows(database)
    *_, statement = filter(str.strip, deletion.split(";"))
    reported = database.connection.execute(statement.encode()).rowcount
    after = rows(database)
    for place, (everything, referring) in before.items():
        table = place.rpartition(".")[0]
        gone = everything - after[place][0] - (reported if table == "deployments" else 0)
        assert gone == said.get((table, "deleted"), 0), place
        emptied = referring - after[place][1] - (everything - after[place][0])
        if (table, "changed") in said:
            assert emptied == said[table, "changed"], place
    for number in said.values():
        assert f"{number:,} row" in cascades.sentence


@pytest.mark.parametrize("number", [2, 3])
def test_a_deletion_that_takes_more_than_its_rows_asks_for_consent(
    number: int, database: Database, count: Counting
) -> None:
    database.execute(LOGS.format(logs="cascade", lines="set null"))
    database.execute("delete from logs")
    database.execute(f"insert into logs select n, 'g1' from generate_series(1, {number}) as n")
    fix = fix_of(count(), "ghost-child")
    for told in (" ".join(fix.steps), fix.commands[1].text.partition("\n")[0]):
        assert f"{number} rows of logs" in told
        assert ("only if all their owners agree" in told) is (number > 2)


def test_a_deletion_that_would_be_refused_is_not_printed(
    database: Database, count: Counting
) -> None:
    database.execute(LOGS.format(logs="restrict", lines="cascade"))
    fix = fix_of(count(), "ghost-child")
    assert [each.text.split()[0] for each in fix.commands] == ["select"]
    assert "Deleting them fails as long as 3 rows of logs refer to them" in " ".join(fix.steps)
    with pytest.raises(psycopg.errors.IntegrityError):
        database.execute("delete from deployments where id = 'g1'")
    database.execute("delete from logs")
    assert len(fix_of(count(), "ghost-child").commands) == 2


UNKNOWN = {
    "a table without a key": (
        "create table bare (d text references deployments (id) on delete cascade)",
        "select 1",
        "no readable column identifies the rows of bare",
    ),
    "a table that may not be read": (
        """create table shut (id int primary key, d text
            references deployments (id) on delete cascade)""",
        f"revoke select on shut from {READER}",
        "the columns of shut_d_fkey cannot be read or compared",
    ),
    "a trigger of somebody's": (
        """create function more() returns trigger language plpgsql as 'begin return old; end';
        create trigger more after delete on deployments execute function more()""",
        "select 1",
        "triggers or rules of deployments have further effects",
    ),
    "a trigger further down": (
        """create table logs (id int primary key, d text
            references deployments (id) on delete cascade);
        create function more() returns trigger language plpgsql as 'begin return old; end';
        create trigger more before delete on logs for each row execute function more()""",
        "select 1",
        "triggers or rules of logs have further effects",
    ),
    "a rule": (
        "create rule more as on delete to deployments do also delete from users",
        "select 1",
        "triggers or rules of deployments have further effects",
    ),
    "triggers that are switched off": (
        """create table logs (id int primary key, d text constraint logs_fkey
            references deployments (id) on delete cascade);
        alter table deployments disable trigger all""",
        "select 1",
        "triggers of logs_fkey are switched off",
    ),
    "a table that inherits": (
        """create table old (primary key (id)) inherits (deployments);
        create table logs (id int primary key, d text references old (id) on delete cascade)""",
        "select 1",
        "other tables inherit from deployments",
    ),
    "a key of a single partition": (
        """create table logs (id int primary key, d text
            references deployments (id) on delete cascade) partition by range (id);
        create table logs_1 partition of logs for values from (0) to (9);
        create table lines (id int primary key, l int references logs_1 (id) on delete cascade)""",
        "select 1",
        "a foreign key belongs to a single partition",
    ),
    "two ways to the same row": (
        """create table a (id int primary key, d text references deployments (id)
            on delete cascade, up int constraint up_fkey references a (id))""",
        "select 1",
        "up_fkey may keep rows that would be deleted with them",
    ),
    "tables of the same name": (
        """create schema audit; create table audit.logs (id int primary key, d text constraint
            hidden_fkey references deployments (id) on delete cascade);
        create table logs (id int primary key, d text
            references deployments (id) on delete cascade)""",
        f"revoke usage on schema audit from {READER}",
        "the columns of hidden_fkey cannot be read or compared",
    ),
    "rows that are hidden": (
        """create table hidden (id int primary key, d text
            references deployments (id) on delete cascade);
        alter table hidden enable row level security""",
        "select 1",
        "hidden",
    ),
}


@pytest.mark.parametrize("case", UNKNOWN)
def test_what_cannot_be_counted_is_not_deleted(
    case: str, database: Database, count: Counting
) -> None:
    make, then, reason = UNKNOWN[case]
    database.execute(make)
    fix = fix_of(count(then), "ghost-child")
    assert [each.text.split()[0] for each in fix.commands] == ["select"]
    assert "no DELETE is given" in " ".join(fix.steps)
    assert reason in " ".join(fix.steps)
    assert fix.risk == "none (read-only)"


def test_a_null_that_is_not_allowed_keeps_the_rows(database: Database, count: Counting) -> None:
    database.execute(
        """create table logs (id int primary key, d text not null
            references deployments (id) on delete set null);
        insert into logs values (1, 'g1')"""
    )
    fix = fix_of(count(), "ghost-child")
    assert "Deleting them fails as long as 1 row of logs refer to them" in " ".join(fix.steps)
    with pytest.raises(psycopg.errors.NotNullViolation):
        database.execute("delete from deployments where id = 'g1'")


def test_a_name_does_not_become_a_statement(database: Database, count: Counting) -> None:
    """The comment that tells what goes along stays one, whatever a table is called."""
    database.execute(
        'create table "logs\rx\ndelete from users; --" (id int primary key, d text references'
        " deployments (id) on delete cascade)"
    )
    database.execute("insert into \"logs\rx\ndelete from users; --\" values (1, 'g1')")
    deletion = fix_of(count(), "ghost-child").commands[1].text
    database.execute(deletion)
    assert database.execute("select count(*) from users") == [(1,)]
    assert database.execute("select count(*) from deployments where id = 'g1'") == [(0,)]


def test_another_table_first_on_the_path_is_left_alone(database: Database, count: Counting) -> None:
    deletion = fix_of(count(), "ghost-child").commands[1].text
    database.execute("create schema app; create table app.deployments as table deployments")
    database.execute(f"set search_path = app, public; {deletion}; reset search_path")
    assert database.execute("select count(*) from app.deployments") == [(4,)]
    assert database.execute("select count(*) from public.deployments") == [(2,)]


def test_row_security_refuses_rather_than_hides(database: Database, count: Counting) -> None:
    """To its owner a project is missing that a policy hides: the rows of it are no ghosts."""
    deletion = fix_of(count(), "ghost-child").commands[1].text
    database.execute(
        """create role keeper; alter table "Project" owner to keeper;
        alter table deployments owner to keeper; alter table "Project" enable row level security;
        alter table "Project" force row level security"""
    )
    try:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            database.execute(f"set role keeper; {deletion}")
        database.execute("reset role; reset row_security")
        assert database.execute("select count(*) from deployments") == [(4,)]
    finally:
        database.execute("reset role; reassign owned by keeper to postgres; drop role keeper")


@pytest.mark.parametrize("column", ["createdAt", "id"])
def test_without_the_newest_no_duplicate_is_deleted(
    column: str, database: Database, count: Counting
) -> None:
    others = [
        f'"{name}"'
        for (name,) in database.execute(
            "select attname from pg_attribute where attrelid = 'deployments'::regclass"
            " and attnum > 0 and attname <> %s",
            column,
        )
    ]
    narrow = (
        f"revoke select on deployments from {READER};"
        f"grant select ({', '.join(others)}) on deployments to {READER}"
    )
    fix = fix_of(count(narrow), "duplicate-owner")
    assert len(fix.commands) == 1
    assert "the creation time is not readable, so the newest row is unknown" in " ".join(fix.steps)


def test_where_the_key_points_elsewhere_nothing_is_deleted(
    database: Database, count: Counting
) -> None:
    """What is no project is a row of the table that the key names: none of them is a ghost."""
    database.execute(
        """create table workspaces (id text primary key);
        insert into workspaces select distinct "projectId" from deployments;
        alter table deployments add constraint "deployments_projectId_fkey"
            foreign key ("projectId") references workspaces (id)"""
    )
    for code, fix in fixes(count()):
        for command in fix.commands:
            assert "delete from" not in command.text, code


def test_without_any_key_that_acts_it_says_so(database: Database, count: Counting) -> None:
    fix = fix_of(count(), "ghost-child")
    assert fix.commands[1].text.startswith("-- No foreign key acts on this deletion")


def test_every_deletion_of_every_kind_says_what_it_takes(
    database: Database, count: Counting
) -> None:
    database.execute(LOGS.format(logs="cascade", lines="cascade"))
    for code, fix in fixes(count()):
        for command in fix.commands:
            assert command.text.count("delete from") == command.text.count("-- "), code
