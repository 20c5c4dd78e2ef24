"""What a deletion takes along: the number that is printed is what PostgreSQL does."""

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from dashboard.demo.databases import READER
from dashboard.diagnosis.finding import Fix
from dashboard.diagnosis.orphans import BY_CODE, Ages, Asked, Orphans, findings, remedy
from tests.conftest import Database, MakeDatabase
from tests.orphans.hunting import in_staging

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
SCHEMAS = {
    "one step": LOGS.format(logs="cascade", lines="restrict").replace("'l' || n % 5 + 1", "null"),
    "two steps": LOGS.format(logs="cascade", lines="cascade"),
    "two steps, then null": LOGS.format(logs="cascade", lines="set null"),
    "null, and no further": LOGS.format(logs="set null", lines="cascade"),
    "its own rows": FOLDERS,
    "in a circle": ROUND,
    "two keys of one table": TWICE,
    "a partitioned table of another schema": ELSEWHERE,
}
COUNTED = 'select count(*), count("{}") from {}'
Hunt = Callable[..., Orphans]


@pytest.fixture
def database(make_database: MakeDatabase) -> Database:
    made = make_database(strict=False)
    made.execute('create unique index "deployments_projectId_key" on deployments ("projectId")')
    made.execute(DEFECTS)
    return made


@pytest.fixture
def hunt(database: Database, make_database: MakeDatabase, tmp_path: Path) -> Hunt:
    beside = make_database()  # strict: where duplicates and empty keys are not wanted
    grant = f"""do $$ declare s text; begin for s in select nspname from pg_namespace
        where nspname in ('public', 'audit') loop
        execute format('grant usage on schema %I to {READER}', s);
        execute format('grant select on all tables in schema %I to {READER}', s);
        end loop; end $$"""

    def hunted(then: str = "select 1") -> Orphans:
        database.execute(f"{grant}; {then}")
        return in_staging(tmp_path, staging=database.reader_url, local=beside.reader_url)

    return hunted


def asked_of(orphans: Orphans, code: str) -> Asked:
    (asked,) = [each for each in orphans.of(BY_CODE[code]).asked if not each.count.none]
    return asked


def fix_of(orphans: Orphans, code: str) -> Fix:
    asked = asked_of(orphans, code)
    return remedy(asked.question, asked.cascades, Ages())


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
    schema: str, code: str, database: Database, hunt: Hunt
) -> None:
    """The deletion is run as printed: every table loses exactly as many rows as was said."""
    database.execute(SCHEMAS[schema])
    orphans = hunt()
    cascades = asked_of(orphans, code).cascades
    assert cascades.unknown is None
    said = {(each.table, each.fate.value): number for each, number in (cascades.rows or {}).items()}
    fix = fix_of(orphans, code)
    deletion = fix.commands[1].text
    assert deletion.startswith(f"-- {cascades.sentence}\n")
    assert cascades.sentence in " ".join(fix.steps)

    before = rows(database)
    reported = database.connection.execute(deletion.encode()).rowcount
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


def test_a_deletion_that_would_be_refused_is_not_printed(database: Database, hunt: Hunt) -> None:
    database.execute(LOGS.format(logs="restrict", lines="cascade"))
    fix = fix_of(hunt(), "ghost-child")
    assert [each.text.partition(" ")[0] for each in fix.commands] == ["select"]
    assert "Deleting them fails while 3 rows of logs refer to them" in " ".join(fix.steps)
    with pytest.raises(psycopg.errors.IntegrityError):
        database.execute("delete from deployments where id = 'g1'")
    database.execute("delete from logs")
    assert len(fix_of(hunt(), "ghost-child").commands) == 2


UNKNOWN = {
    "a key of two columns": (
        """create unique index on deployments (id, "appId");
        create table wide (id int primary key, d text, a text, constraint wide_fkey
            foreign key (d, a) references deployments (id, "appId") on delete cascade)""",
        "select 1",
        "wide_fkey ties several columns",
    ),
    "a table without a key": (
        "create table bare (d text references deployments (id) on delete cascade)",
        "select 1",
        "tells the rows of bare apart",
    ),
    "a table that may not be read": (
        """create table shut (id int primary key, d text
            references deployments (id) on delete cascade)""",
        f"revoke select on shut from {READER}",
        "tells the rows of shut apart",
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
def test_what_cannot_be_counted_is_not_deleted(case: str, database: Database, hunt: Hunt) -> None:
    make, then, reason = UNKNOWN[case]
    database.execute(make)
    fix = fix_of(hunt(then), "ghost-child")
    assert [each.text.partition(" ")[0] for each in fix.commands] == ["select"]
    assert "no statement that deletes them is given" in " ".join(fix.steps)
    assert reason in " ".join(fix.steps)
    assert fix.risk == "none: it only reads"


def test_without_any_key_that_acts_it_says_so(database: Database, hunt: Hunt) -> None:
    fix = fix_of(hunt(), "ghost-child")
    assert fix.commands[1].text.startswith("-- No foreign key acts on this deletion")


def test_every_deletion_of_every_finding_says_what_it_takes(database: Database, hunt: Hunt) -> None:
    database.execute(LOGS.format(logs="cascade", lines="cascade"))
    for finding in findings(hunt(), Ages()):
        for command in finding.fix.commands if finding.fix else ():
            for statement in command.text.split(";"):
                assert "delete from" not in statement or "-- " in statement, finding.code
