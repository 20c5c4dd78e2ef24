"""Databases with the product's tables, migrated like Prisma does it."""

import hashlib

import psycopg
import pytest
from psycopg import errors

from dashboard.demo import MIGRATIONS
from dashboard.demo.databases import (
    LAST_BEFORE_STRICT,
    STRICT_MIGRATION,
    apply_migrations,
    connect,
    create_database,
    drop_database,
    grant_reader,
    migrations,
)
from dashboard.postgres.cluster import Cluster
from tests.conftest import MakeDatabase
from tests.servers import per_worker

NAMES = sorted(path.parent.name for path in MIGRATIONS.glob("*/migration.sql"))
LEDGER = "select migration_name, checksum, applied_steps_count from _prisma_migrations"
STRICTNESS = """
select
    (
        select cast(confdeltype as text) from pg_constraint
        where conname = 'deployments_projectId_fkey'
    ),
    (
        select attnotnull from pg_attribute
        where attrelid = 'deployments'::regclass and attname = 'projectId'
    ),
    to_regclass('"deployments_projectId_key"') is not null,
    exists (
        select from pg_attribute
        where attrelid = 'deployments'::regclass and attname = 'published'
    )
"""
STRICT = ("c", True, True, True)
BEFORE_STRICT = ("n", False, False, False)
INSERT_DEPLOYMENT = (
    'insert into deployments (id, "appId", "projectId", "updatedAt") values (%s, %s, %s, now())'
)


def test_every_migration_is_applied_and_recorded(make_database: MakeDatabase) -> None:
    database = make_database()
    files = {name: (MIGRATIONS / name / "migration.sql").read_bytes() for name in NAMES}
    checksums = {name: hashlib.sha256(script).hexdigest() for name, script in files.items()}
    assert database.execute(f"{LEDGER} order by started_at") == [
        (name, checksums[name], 1) for name in NAMES
    ]
    assert database.execute(STRICTNESS) == [STRICT]


def test_ledger_is_dated_after_the_migration_was_written(make_database: MakeDatabase) -> None:
    rows = make_database().execute(
        """
        select
            to_timestamp(left(migration_name, 14), 'YYYYMMDDHH24MISS') < started_at,
            started_at < finished_at,
            finished_at < now()
        from _prisma_migrations
        """
    )
    assert set(rows) == {(True, True, True)}


def test_before_the_strict_migration(make_database: MakeDatabase) -> None:
    database = make_database(strict=False)
    applied = [
        name for (name,) in database.execute("select migration_name from _prisma_migrations")
    ]
    assert sorted(applied) == NAMES[: NAMES.index(STRICT_MIGRATION)]
    assert applied[-1] == LAST_BEFORE_STRICT
    assert database.execute(STRICTNESS) == [BEFORE_STRICT]


def test_what_is_pending_can_be_applied_later(make_database: MakeDatabase) -> None:
    database = make_database(strict=False)
    apply_migrations(database.connection, STRICT_MIGRATION)
    assert database.execute(STRICTNESS) == [STRICT]
    assert database.execute("select to_regclass('convex_deployments')") == [(None,)]
    apply_migrations(database.connection)
    assert database.execute("select count(*) from _prisma_migrations") == [(len(NAMES),)]
    grant_reader(database.connection)
    with psycopg.connect(database.reader_url) as reader:
        assert reader.execute("select status from convex_deployments").fetchall() == []
        assert reader.execute("select published from deployments").fetchall() == []


def test_failing_migration_leaves_its_row_and_nothing_else(make_database: MakeDatabase) -> None:
    database = make_database(strict=False)
    database.execute(INSERT_DEPLOYMENT, "d1", "a1", None)
    with pytest.raises(errors.NotNullViolation):
        apply_migrations(database.connection)
    unfinished = "select migration_name, applied_steps_count from _prisma_migrations"
    assert database.execute(f"{unfinished} where finished_at is null") == [(STRICT_MIGRATION, 0)]
    assert database.execute(STRICTNESS) == [BEFORE_STRICT]


def test_a_ghost_is_refused_as_in_production(make_database: MakeDatabase) -> None:
    for database in (make_database(), make_database(strict=False)):
        with pytest.raises(errors.ForeignKeyViolation, match="deployments_projectId_fkey"):
            database.execute(INSERT_DEPLOYMENT, "d1", "a1", "ghost")


def test_databases_are_apart(make_database: MakeDatabase) -> None:
    one, other = make_database(), make_database()
    one.execute("insert into teams (id, name, slug, \"updatedAt\") values ('t', 't', 't', now())")
    assert other.execute("select count(*) from teams") == [(0,)]


def test_copy_of_a_database(cluster: Cluster, make_database: MakeDatabase) -> None:
    original = make_database()
    original.execute(
        "insert into teams (id, name, slug, \"updatedAt\") values ('t', 't', 't', now())"
    )
    original.connection.close()  # a template must have no visitors
    copied = per_worker("copied")
    create_database(cluster, copied, template=original.name)
    with connect(cluster, copied) as connection:
        assert connection.execute("select id from teams").fetchall() == [("t",)]
    drop_database(cluster, copied)


def test_migrations_are_in_order_of_their_names() -> None:
    assert [migration.name for migration in migrations()] == NAMES
    assert len(NAMES) == len({name[:14] for name in NAMES})


READABLE = (
    "select id from users",
    "select id from teams",
    'select id, name, "userId", "createdAt", "updatedAt", "deletedAt" from "Project"',
    'select id, "appId", "projectId", "userId", "createdAt", "updatedAt" from deployments',
    'select "lastAccessed", published from deployments',
    'select id, "projectId", "createdAt" from uploads',
    'select id, "projectId", status, "createdAt", "updatedAt" from convex_deployments',
    "select * from _prisma_migrations",
)
DENIED = (
    "select files from deployments",
    "select * from deployments",
    "select email from users",
    'select "convexDeploymentName" from convex_deployments',
    "insert into \"Project\" (id, name, \"userId\", \"updatedAt\") values ('p', 'p', 'u', now())",
    "update \"Project\" set name = 'x'",
    "delete from deployments",
    "delete from _prisma_migrations",
    "truncate uploads",
    "create table mine (id text)",
    "create temporary table mine (id text)",
    "create schema mine",
    "create role other",
    'drop table "Project"',
)


def test_reader_sees_what_it_needs(make_database: MakeDatabase) -> None:
    with psycopg.connect(make_database().reader_url, autocommit=True) as reader:
        for statement in READABLE:
            reader.execute(statement.encode())


def test_reader_can_do_nothing_else(make_database: MakeDatabase) -> None:
    with psycopg.connect(make_database().reader_url, autocommit=True) as reader:
        for statement in DENIED:
            with pytest.raises(errors.InsufficientPrivilege):
                reader.execute(statement.encode())


def test_reader_is_an_ordinary_role_with_a_limit(make_database: MakeDatabase) -> None:
    role = make_database().execute(
        """
        select rolcanlogin, rolconnlimit, rolinherit, rolsuper, rolcreatedb, rolcreaterole,
            rolreplication, rolbypassrls
        from pg_roles
        where rolname = 'dashboard_reader'
        """
    )
    assert role == [(True, 40, False, False, False, False, False, False)]


def test_reader_s_password_is_its_own(cluster: Cluster, make_database: MakeDatabase) -> None:
    database = make_database()
    assert cluster.password not in database.reader_url
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(cluster.url(database.name, user="dashboard_reader"))
