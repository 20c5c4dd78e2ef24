"""Counting in real databases: what is locked, doubted, not valid or elsewhere."""

from pathlib import Path

from dashboard.demo.databases import READER
from dashboard.diagnose.orphans import BY_CODE, Orphans, Precision
from tests.asking import configured
from tests.collect.orphans.counting import counted_in, in_staging
from tests.conftest import MakeDatabase
from tests.diagnose.health.test_repairs import KEY_AS_IT_SHOULD_BE

NOWHERE = "postgresql://reader@127.0.0.1:1/nowhere"


def test_a_table_that_is_locked_is_unknown(make_database: MakeDatabase, tmp_path: Path) -> None:
    staging = make_database()
    with staging.connection.transaction():
        staging.execute("lock table users in access exclusive mode")
        orphans = in_staging(tmp_path, staging=staging.reader_url)
    count = orphans.of(BY_CODE["ownerless-project"]).count
    assert count.precision is Precision.UNKNOWN
    assert "locked" in (count.reason or "")
    assert orphans.of(BY_CODE["stuck"]).count.none


def test_a_key_that_something_casts_doubt_on_is_counted(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    """A trigger may swallow what the key does: what looks whole is no proof then."""
    staging = make_database()
    ghosts = BY_CODE["ghost-child"]
    proven = in_staging(tmp_path, staging=staging.reader_url).of(ghosts).count
    assert proven.precision is Precision.PROOF
    staging.execute("""
        create function swallow() returns trigger language plpgsql as 'begin return null; end';
        create trigger keep before delete on deployments
            for each row execute function swallow();
        insert into users (id, email, "updatedAt") values ('u1', 'a@x', now());
        insert into "Project" (id, name, "userId", "updatedAt") values ('p1', 'x', 'u1', now());
        insert into deployments (id, "appId", "projectId", "updatedAt")
            values ('d1', 'a1', 'p1', now());
        delete from "Project"
    """)
    counted = in_staging(tmp_path, staging=staging.reader_url).of(ghosts).count
    assert (counted.precision, counted.number) == (Precision.EXACT, 1)


def test_not_null_that_old_rows_need_not_obey_is_no_proof(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    staging = make_database(strict=False)
    staging.execute("""
        insert into deployments (id, "appId", "updatedAt") values ('d1', 'a1', now());
        alter table deployments add constraint filled not null "projectId" not valid
    """)
    unowned = BY_CODE["unowned-deployment"]
    count = in_staging(tmp_path, staging=staging.reader_url).of(unowned).count
    assert (count.precision, count.number) == (Precision.EXACT, 1)
    staging.execute("""
        delete from deployments;
        alter table deployments validate constraint filled
    """)
    count = in_staging(tmp_path, staging=staging.reader_url).of(unowned).count
    assert count.precision is Precision.PROOF


def test_lost_projects_are_counted_where_they_live(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    staging, local = make_database(), make_database()
    elsewhere = BY_CODE["cross-environment-orphan"]
    staging.execute("""
        insert into uploads (id, key, "projectId")
            values ('f1', 'k1', 'p1'), ('f2', 'k2', 'p1'), ('f3', 'k3', 'nowhere')
    """)
    local.execute("""
        insert into users (id, email, "updatedAt") values ('u1', 'a@x', now());
        insert into "Project" (id, name, "userId", "updatedAt") values ('p1', 'x', 'u1', now())
    """)
    urls = {"staging": staging.reader_url, "local": local.reader_url}
    orphans = in_staging(tmp_path, **urls)
    assert orphans.of(elsewhere).count.number == 1
    assert orphans.of(elsewhere).count.precision is Precision.EXACT
    assert orphans.matches == {"p1": ("local",)}
    # one that cannot be asked may have the other one
    partly = in_staging(tmp_path, **urls, preview=NOWHERE)
    assert partly.of(elsewhere).count.precision is Precision.AT_LEAST
    alone = counted_in(configured(tmp_path, {"staging": staging.reader_url, "preview": NOWHERE}))
    assert isinstance(alone["staging"], Orphans)
    assert alone["staging"].of(elsewhere).count.precision is Precision.UNKNOWN


def test_a_key_that_points_at_another_table_proves_nothing(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    staging, others = make_database(), {name: make_database() for name in ("local", "production")}
    urls = {"staging": staging.reader_url} | {n: each.reader_url for n, each in others.items()}
    staging.execute(f"""
        create table archived (id text primary key);
        insert into archived values ('ghost');
        grant select on archived to {READER};
        alter table deployments drop constraint "deployments_projectId_fkey";
        insert into deployments (id, "appId", "projectId", "updatedAt")
            values ('d1', 'a1', 'ghost', now());
        alter table deployments add constraint "deployments_projectId_fkey"
            foreign key ("projectId") references archived (id) on delete cascade
    """)
    ghosts = BY_CODE["ghost-child"]
    astray = in_staging(tmp_path, **urls).of(ghosts).count
    assert (astray.precision, astray.number) == (Precision.EXACT, 1)
    staging.execute(f"delete from deployments; {KEY_AS_IT_SHOULD_BE}")
    assert in_staging(tmp_path, **urls).of(ghosts).count.precision is Precision.PROOF
