"""Which kinds a relationship has at all: no row is a candidate for being what the schema is for."""

from pathlib import Path

import pytest

from dashboard.demo.databases import READER
from dashboard.diagnose.orphans import BY_CODE, Ages, Orphans, remedy
from tests.collect.orphans.counting import NEW_OWNER, fixes, in_staging
from tests.collect.orphans.test_orphan_kinds import BACKENDS, WHOLE, run
from tests.conftest import Database, MakeDatabase

LOOSEN = """
alter table deployments alter "projectId" drop not null; drop index "deployments_projectId_key";
"""
SEVERAL = """
insert into deployments (id, "appId", "projectId", "userId", "updatedAt", "createdAt") values
    ('d3', 'a3', 'p1', 'u1', now(), '2026-01-01'), ('d4', 'a4', null, 'u1', now(), '2026-01-01');
"""
STRICT = """
-- DropForeignKey
ALTER TABLE "deployments" DROP CONSTRAINT "deployments_projectId_fkey";
-- AlterTable
ALTER TABLE "deployments" ALTER COLUMN "projectId" SET NOT NULL;
-- CreateIndex
CREATE UNIQUE INDEX "deployments_projectId_key" ON "deployments"("projectId");
-- AddForeignKey
ALTER TABLE "deployments" ADD CONSTRAINT "deployments_projectId_fkey" FOREIGN KEY ("projectId")
  REFERENCES "Project"("id") ON DELETE CASCADE ON UPDATE CASCADE;
"""
LOOSE = """
CREATE TABLE "Project" ("id" TEXT NOT NULL, CONSTRAINT "Project_pkey" PRIMARY KEY ("id"));
CREATE TABLE "deployments" ("id" TEXT NOT NULL, "projectId" TEXT,
  CONSTRAINT "deployments_pkey" PRIMARY KEY ("id"));
ALTER TABLE "deployments" ADD CONSTRAINT "deployments_projectId_fkey" FOREIGN KEY ("projectId")
  REFERENCES "Project"("id") ON DELETE SET NULL ON UPDATE CASCADE;
"""
CODES = ("duplicate-owner", "unowned-deployment")


@pytest.fixture
def many(make_database: MakeDatabase) -> Database:
    """An environment where several deployments of a project, and none of any, are valid."""
    database = make_database()
    database.execute(WHOLE + LOOSEN + SEVERAL)
    return database


def kinds_of(orphans: Orphans) -> set[str]:
    return {kind.code for kind, counted in orphans.kinds.items() if counted.applies}


def test_of_a_key_that_allows_many_no_row_is_called_one_too_many(
    many: Database, tmp_path: Path
) -> None:
    orphans = in_staging(tmp_path, staging=many.reader_url)
    assert kinds_of(orphans).isdisjoint(CODES)
    statements = [command.text for _, fix in fixes(orphans) for command in fix.commands]
    assert not [each for each in statements if "delete from deployments" in each]


@pytest.mark.parametrize(
    ("tighten", "codes"),
    [
        ('create unique index on deployments ("projectId")', {"duplicate-owner"}),
        ('alter table deployments alter "projectId" set not null', {"unowned-deployment"}),
        ('create unique index on deployments ("projectId", "appId")', set()),
        ('create unique index on deployments ("projectId") where published', set()),
        ('create index on deployments ("projectId")', set()),
    ],
)
def test_one_environment_that_forbids_them_makes_them_candidates(
    tighten: str, codes: set[str], many: Database, make_database: MakeDatabase, tmp_path: Path
) -> None:
    other = make_database()
    other.execute(f"{LOOSEN} {tighten}")
    orphans = in_staging(tmp_path, staging=many.reader_url, other=other.reader_url)
    assert kinds_of(orphans) & {*CODES} == codes
    for code in codes:
        assert orphans.of(BY_CODE[code]).count.number == 1


def test_an_environment_that_is_silent_makes_none(many: Database, tmp_path: Path) -> None:
    dead = "postgresql://nobody@127.0.0.1:1/app"
    assert kinds_of(in_staging(tmp_path, staging=many.reader_url, dead=dead)).isdisjoint(CODES)


def test_scripts_that_nobody_has_run_make_none(many: Database, tmp_path: Path) -> None:
    """What is not known to be forbidden is not listed, and nothing deletes it."""
    for number, script in enumerate((LOOSE, STRICT)):
        folder = tmp_path / "migrations" / f"2026010100000{number}_x"
        folder.mkdir(parents=True)
        (folder / "migration.sql").write_text(script)
    more = f'[diagnosis]\nmigrations = "{tmp_path / "migrations"}"\n'
    assert kinds_of(in_staging(tmp_path, more, staging=many.reader_url)).isdisjoint(CODES)


OTHERS = """
create table boards (id text primary key); insert into boards values ('b1');
create table tasks (id text primary key, "projectId" text not null references boards (id));
insert into tasks values ('t1', 'b1');
create table admins (id text primary key); insert into admins values ('a1');
create table attachments (id text primary key, "userId" text references admins (id));
insert into attachments values ('x1', 'a1');
"""


def test_a_column_that_leads_to_another_table_holds_no_trace(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    """A key of its own says whose it is, whatever the column is called."""
    database = make_database()
    database.execute(f"{WHOLE} {OTHERS}")
    database.execute(f"grant select on boards, tasks, admins, attachments to {READER}")
    orphans = in_staging(tmp_path, staging=database.reader_url)
    columns = [each.column for kind in orphans.kinds.values() for each in kind.columns]
    assert not {each.counted.table.name for each in columns} & {"tasks", "attachments"}


def test_only_who_lost_an_owner_is_given_one(make_database: MakeDatabase, tmp_path: Path) -> None:
    database = make_database()
    database.execute(WHOLE)
    database.execute("""alter table "Project" alter "userId" drop not null;
        insert into "Project" (id, name, "userId", "updatedAt")
        values ('p3', 'of a team', null, now()), ('p4', 'lost', 'nobody', now())""")
    (counted,) = (
        in_staging(tmp_path, staging=database.reader_url).of(BY_CODE["ownerless-project"]).columns
    )
    mending = remedy(counted.column, counted.cascades, Ages()).commands[1].text
    database.execute(mending.replace(NEW_OWNER, "u1"))
    owners = dict(database.execute('select id, "userId" from "Project"'))
    assert (owners["p3"], owners["p4"]) == (None, "u1")


ITEMS = """
create type "Status" as enum ({labels});
create table items (id text primary key, "projectId" text not null
    references "Project" (id) on delete cascade, status {type} not null,
    "updatedAt" timestamp(3) not null default '2026-01-01');
update "Project" set "deletedAt" = now() where id = 'p1';
insert into items (id, "projectId", status) values ('i1', 'p1', '{value}'), ('i2', 'p2', '{value}');
"""
SERVICES = ("service-leftover", "stuck")


@pytest.mark.parametrize(
    ("labels", "stored", "value", "expected"),
    [
        ("'ACTIVE', 'ARCHIVED'", '"Status"', "ACTIVE", set()),
        ("'PENDING', 'PAID', 'FAILED'", '"Status"', "PENDING", set()),
        ("'PENDING', 'PAID', 'FAILED'", "text", "PENDING", set()),
        ("'DEPLOYING', 'ACTIVE', 'ERROR'", '"Status"', "ACTIVE", {"service-leftover"}),
        ("'DEPLOYING', 'ACTIVE', 'ERROR'", '"Status"', "DEPLOYING", {*SERVICES}),
        ("'x'", "text", "building", {*SERVICES}),
    ],
)
def test_a_status_alone_makes_no_service(
    labels: str,
    stored: str,
    value: str,
    expected: set[str],
    make_database: MakeDatabase,
    tmp_path: Path,
) -> None:
    """Items of a data set and invoices have a status, too: they neither run nor cost money."""
    database = make_database()
    database.execute(WHOLE + ITEMS.format(labels=labels, type=stored, value=value))
    database.execute(f"grant select on items to {READER}")
    orphans = in_staging(tmp_path, staging=database.reader_url)
    found = {
        kind.code
        for kind, counted in orphans.kinds.items()
        for each in counted.columns
        if each.column.counted.table.name == "items" and not each.count.none
    }
    assert found & {*SERVICES} == expected


def test_a_status_that_is_not_read_in_time_leaves_it_unknown(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    database = make_database()
    database.execute(WHOLE + ITEMS.format(labels="'DEPLOYING'", type="text", value="DEPLOYING"))
    database.execute(f"grant select on items to {READER}")
    with database.connection.transaction():
        database.execute("lock table items in access exclusive mode")
        orphans = in_staging(tmp_path, staging=database.reader_url)
    for code in SERVICES:
        (counted,) = [
            each
            for each in orphans.of(BY_CODE[code]).columns
            if each.column.counted.table.name == "items"
        ]
        assert counted.column.closed
        assert "status values of items" in counted.column.closed
        assert not counted.count.none


@pytest.mark.parametrize("code", ["undeployed-project", "never-accessed"])
def test_what_may_still_be_wanted_is_shown_and_not_deleted(
    code: str, make_database: MakeDatabase, tmp_path: Path
) -> None:
    database = make_database()
    database.execute(WHOLE)
    database.execute("""update deployments set "createdAt" = '2026-01-01', "lastAccessed" = null;
        insert into "Project" (id, name, "userId", "createdAt", "updatedAt")
        values ('p3', 'old', 'u1', '2026-01-01', now())""")
    (counted,) = in_staging(tmp_path, staging=database.reader_url).of(BY_CODE[code]).columns
    assert counted.count.number
    fix = remedy(counted.column, counted.cascades, Ages())
    assert [each.text.split()[0] for each in fix.commands] == ["set"]
    assert "delete from" not in fix.commands[0].text
    assert "So no DELETE for all of them is given" in fix.steps[1]
    assert fix.risk == "none (read-only)"


def test_what_failed_on_a_key_is_looked_at_and_left_alone(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    """The count and the statement to look must mean the same rows."""
    database = make_database()
    database.execute(WHOLE)
    database.execute(
        """alter table convex_deployments add "errorMessage" text;
        grant select on convex_deployments to READER;
        drop index "convex_deployments_projectId_key";
        insert into convex_deployments (id, "projectId", "convexDeploymentName", status,
            "errorMessage", "updatedAt")
        values ('c1', 'p1', 'calm', 'DEPLOYING', null, '2026-01-01'),
            ('c2', 'p1', 'kind', 'ERROR', 'Foreign key constraint violated', now()),
            ('c3', 'p1', 'cosy', 'ERROR', 'out of memory', now())""".replace("READER", READER)
    )
    (counted,) = in_staging(tmp_path, staging=database.reader_url).of(BY_CODE["stuck"]).columns
    look, clean = remedy(counted.column, counted.cascades, Ages()).commands
    assert counted.count.number == len(run(database, look.text)) == 2
    run(database, clean.text)
    stuck = database.execute("select id from convex_deployments where status = 'DEPLOYING'")
    failed = database.execute("select count(*) from convex_deployments where status = 'ERROR'")
    assert (stuck, failed) == ([], [(3,)])


@pytest.mark.parametrize(
    ("stored", "values", "failed"),
    [("text", "'building'", "ERROR"), ("text", "'building', 'Failed'", "Failed"),
        ("stage", "'building'", "failed"), ("phase", "'building'", None)],
)  # fmt: skip
def test_a_failure_is_written_as_the_status_can_say_it(
    make_database: MakeDatabase, tmp_path: Path, stored: str, values: str, failed: str | None
) -> None:
    database = make_database()
    database.execute(WHOLE)
    database.execute(f"""create type stage as enum ('building', 'failed', 'live');
        create type phase as enum ('building', 'live');
        create table jobs (id serial primary key, "projectId" text, status {stored},
            "updatedAt" timestamp default '2026-01-01');
        insert into jobs ("projectId", status)
        select 'p1', cast(x as {stored}) from unnest(array[{values}]) as x;
        grant select on jobs to {READER}""")
    counted = next(
        each
        for each in in_staging(tmp_path, staging=database.reader_url).of(BY_CODE["stuck"]).columns
        if each.column.counted.table.name == "jobs"
    )
    fix = remedy(counted.column, counted.cascades, Ages())
    look, *clean = fix.commands
    assert len(run(database, look.text)) == 1
    for each in clean:
        run(database, each.text)
    found = database.execute("select cast(status as text) from jobs where id = 1")
    assert found == [(failed or "building",)]
    assert ("We know no status value that means a failure" in str(fix.steps)) is (failed is None)


def test_the_column_that_tells_the_last_use_can_be_named(many: Database, tmp_path: Path) -> None:
    many.execute("""alter table deployments rename "lastAccessed" to seen;
        update deployments set seen = null""")
    urls = {"staging": many.reader_url}
    assert "never-accessed" not in kinds_of(in_staging(tmp_path, **urls))
    named = in_staging(tmp_path, '[diagnosis.columns]\naccessed_at = "seen"\n', **urls)
    assert named.of(BY_CODE["never-accessed"]).count.number == 2


def test_a_project_that_only_an_inheriting_table_has_is_counted_and_kept(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    """To the key it is not there; to whoever deletes, it may be."""
    database = make_database()
    database.execute(WHOLE)
    database.execute("""alter table deployments drop constraint "deployments_projectId_fkey";
        create table heirs () inherits ("Project");
        insert into heirs (id, name, "userId", "updatedAt") values ('h1', 'x', 'u1', now());
        update deployments set "projectId" = 'h1' where id = 'd1'""")
    other = make_database()
    orphans = in_staging(tmp_path, staging=database.reader_url, other=other.reader_url)
    (counted,) = orphans.of(BY_CODE["ghost-child"]).columns
    fix = remedy(counted.column, counted.cascades, Ages())
    assert counted.count.number == len(run(database, fix.commands[0].text)) == 1
    assert len(fix.commands) == 1
    assert "Other tables inherit from Project" in fix.steps[1]


def test_without_an_owner_of_the_project_no_deployment_is_given_one(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    database = make_database()
    database.execute(f"""{WHOLE} update deployments set "userId" = 'nobody' where id = 'd1'""")
    database.execute(f'revoke select ("userId") on "Project" from {READER}')
    orphans = in_staging(tmp_path, staging=database.reader_url)
    counted = orphans.of(BY_CODE["ownerless-deployment"]).columns[0]
    fix = remedy(counted.column, counted.cascades, Ages())
    assert counted.count.number == len(run(database, fix.commands[0].text)) == 1
    assert [each.title for each in fix.commands[1:]] == ["Or keep them without the reference"]
    assert "The owners of the projects are unknown" in fix.steps[1]


LOST = """alter table deployments drop constraint "deployments_projectId_fkey";
update deployments set "projectId" = 'gone' where id = 'd1'"""


@pytest.mark.parametrize("single", [True, False])
@pytest.mark.parametrize("compulsory", [True, False])
def test_rows_are_kept_where_the_key_allows_it(
    compulsory: bool, single: bool, make_database: MakeDatabase, tmp_path: Path
) -> None:
    """What is NOT NULL or unique elsewhere, too, is not made otherwise here."""
    database, other = make_database(strict=False), make_database(strict=False)
    database.execute(f"{WHOLE} {LOST}")
    if compulsory:
        other.execute('alter table deployments alter "projectId" set not null')
    if single:
        other.execute('create unique index on deployments ("projectId")')
    urls = {"staging": database.reader_url, "local": other.reader_url}
    (counted,) = in_staging(tmp_path, **urls).of(BY_CODE["ghost-child"]).columns
    fix = remedy(counted.column, counted.cascades, Ages())
    kept = {each.title: each.text for each in fix.commands[2:]}
    assert ("Or keep them without the reference" in kept) is not compulsory
    assert ("Or point them at an existing row" in kept) is not single
    assert ("RIGHT-ID" in str(fix.steps)) is not single
    for text, expected in zip(kept.values(), [None, "p2"][compulsory:], strict=False):
        with database.connection.transaction(force_rollback=True):
            run(database, text)
            everything = 'select id, "projectId" from deployments'
            assert dict(database.execute(everything))["d1"] == "gone" or "RIGHT-ID" not in text
            run(database, text.replace("RIGHT-ID", "p2"))
            assert dict(database.execute(everything)) == {"d1": expected, "d2": "p2"}


@pytest.mark.parametrize("drop", ['drop column "deletedAt",', ""])
def test_a_truth_marks_a_project_as_deleted(
    drop: str, make_database: MakeDatabase, tmp_path: Path
) -> None:
    database = make_database()
    database.execute(
        f'{WHOLE}alter table "Project" {drop} add "isDeleted" boolean;'
        f'{BACKENDS}grant select on "Project" to {READER}'
    )
    before = in_staging(tmp_path, staging=database.reader_url)
    database.execute('update "Project" set "isDeleted" = true')
    after = in_staging(tmp_path, staging=database.reader_url)
    numbers = {
        code: [each.kinds[BY_CODE[code]].count.number for each in (before, after)]
        for code in ("soft-deleted-parent", "service-leftover")
    }
    assert numbers == {"soft-deleted-parent": [0, 2], "service-leftover": [0, 1]}


def test_a_project_marked_as_deleted_by_a_truth_is_no_draft(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    database = make_database()
    database.execute(
        f'{WHOLE}delete from deployments; alter table "Project" add "isDeleted" boolean;'
        f'grant select on "Project" to {READER};'
        f'update "Project" set "isDeleted" = true where id = \'p1\''
    )
    orphans = in_staging(tmp_path, staging=database.reader_url)
    assert orphans.kinds[BY_CODE["undeployed-project"]].count.number == 1
