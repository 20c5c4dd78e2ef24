"""Databases with the product's tables, migrated like Prisma does it, and a role that only reads."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from dashboard.demo import MIGRATIONS
from dashboard.postgres.cluster import JSONLOG_FROM, Cluster
from dashboard.settings import project_folder
from queries.records import dataclass

Connection = psycopg.Connection[TupleRow]

STRICT_MIGRATION = "20250925010807_strict_project_deployments"
LAST_BEFORE_STRICT = "20250902074455_deployment_entry_point"
LEDGER = """
CREATE TABLE _prisma_migrations (
    id                      VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum                VARCHAR(64) NOT NULL,
    finished_at             TIMESTAMPTZ,
    migration_name          VARCHAR(255) NOT NULL,
    logs                    TEXT,
    rolled_back_at          TIMESTAMPTZ,
    started_at              TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count     INTEGER NOT NULL DEFAULT 0
)
"""
LEDGER_EXISTS = "select 1 from pg_catalog.pg_tables where tablename = '_prisma_migrations'"
APPLIED = "select migration_name from _prisma_migrations where rolled_back_at is null"
START = """
insert into _prisma_migrations (id, checksum, migration_name, started_at)
values (cast(gen_random_uuid() as text), %(checksum)s, %(name)s, %(started)s)
"""
FINISH = """
update _prisma_migrations
set finished_at = %(finished)s, applied_steps_count = 1
where migration_name = %(name)s and finished_at is null and rolled_back_at is null
"""
DATABASE_EXISTS = "select 1 from pg_catalog.pg_database where datname = %(name)s"
ROLE_EXISTS = "select 1 from pg_catalog.pg_roles where rolname = %(name)s"
COLUMNS = """
select a.attname
from pg_catalog.pg_attribute as a
where a.attrelid = to_regclass(%(table)s) and a.attname = any(%(wanted)s)
"""
CREATE_READER = sql.SQL(
    "create role {} login password {} nosuperuser nocreatedb nocreaterole noreplication noinherit"
    " connection limit 40"
)
CREATE_DATABASE = (
    sql.SQL("create database {database} template {template} {strategy}"),
    sql.SQL("revoke all on database {database} from public"),  # temporary tables too
    sql.SQL("grant connect on database {database} to {reader}"),
)
READER = "dashboard_reader"
READER_NAME = sql.Identifier(READER)
LOG_READER = project_folder() / "docs" / "failure-sources" / "jsonlog.sql"
DOCUMENTED_READER = "deployment_dashboard"
READABLE = {
    "users": ("id",),
    "teams": ("id",),
    "Project": ("id", "name", "userId", "createdAt", "updatedAt", "deletedAt"),
    "deployments": (
        "id", "appId", "projectId", "userId", "createdAt", "updatedAt", "lastAccessed", "published",
    ),
    "uploads": ("id", "userId", "projectId", "createdAt"),
    "convex_deployments": (
        "id", "projectId", "status", "lastDeployError", "createdAt", "updatedAt",
    ),
    "_prisma_migrations": (
        "id", "checksum", "finished_at", "migration_name", "logs", "rolled_back_at", "started_at",
        "applied_steps_count",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Migration:
    name: str
    script: bytes

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.script).hexdigest()

    @property
    def written_at(self) -> datetime:
        return datetime.strptime(self.name[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)


def migrations(folder: Path = MIGRATIONS) -> tuple[Migration, ...]:
    scripts = sorted(folder.glob("*/migration.sql"))
    return tuple(Migration(script.parent.name, script.read_bytes()) for script in scripts)


def connect(cluster: Cluster, database: str) -> Connection:
    return psycopg.connect(cluster.url(database), autocommit=True)


def reader_password(cluster: Cluster) -> str:
    # derived, so that nothing has to be remembered beside the cluster's own password
    return hmac.new(cluster.password.encode(), READER.encode(), "sha256").hexdigest()


def reader_url(cluster: Cluster, database: str) -> str:
    return cluster.url(database, user=READER, password=reader_password(cluster))


def create_database(
    cluster: Cluster, name: str, *, strict: bool = True, template: str | None = None
) -> None:
    """Create a database with the product's empty tables, or a copy of `template`."""
    source = template or _migrated_template(cluster, strict)
    with connect(cluster, cluster.superuser) as connection:
        _create(connection, cluster, name, source)


def drop_database(cluster: Cluster, name: str) -> None:
    with connect(cluster, cluster.superuser) as connection:
        connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def apply_migrations(
    connection: Connection, upto: str | None = None, *, delay: timedelta = timedelta(minutes=10)
) -> None:
    """Apply what the ledger lacks, up to and including `upto`, `delay` after it was written."""
    if not connection.execute(LEDGER_EXISTS).fetchone():
        connection.execute(LEDGER)
    applied = {name for (name,) in connection.execute(APPLIED)}
    for migration in migrations():
        if migration.name not in applied:
            apply(connection, migration, delay)
        if migration.name == upto:
            return


def apply(connection: Connection, migration: Migration, delay: timedelta) -> None:
    """Run a migration as Prisma does: first its row, then the whole script, then its success."""
    started = min(migration.written_at + delay, datetime.now(UTC))
    finished = started + timedelta(milliseconds=20 + len(migration.script) // 40)
    row = {"name": migration.name, "checksum": migration.checksum, "started": started}
    connection.execute(START, row)
    connection.execute(migration.script)
    connection.execute(FINISH, {"name": migration.name, "finished": finished})


def grant_reader(connection: Connection) -> None:
    """Let the reader see the columns it needs, of the tables that exist."""
    connection.execute("revoke create on schema public from public")  # the default before 15
    connection.execute(sql.SQL("grant usage on schema public to {}").format(READER_NAME))
    for table, wanted in READABLE.items():
        found = connection.execute(COLUMNS, {"table": f'"{table}"', "wanted": list(wanted)})
        if columns := [sql.Identifier(name) for (name,) in found]:
            connection.execute(
                sql.SQL("grant select ({}) on {} to {}").format(
                    sql.SQL(", ").join(columns), sql.Identifier(table), READER_NAME
                )
            )


def let_log_be_read(connection: Connection) -> None:
    """Install what reads the server's log, as the documentation says to do it."""
    if connection.info.server_version >= JSONLOG_FROM * 10_000:
        script = LOG_READER.read_text(encoding="utf-8")
        connection.execute(script.replace(DOCUMENTED_READER, READER).encode())


def _migrated_template(cluster: Cluster, strict: bool) -> str:
    name = "template_strict" if strict else "template_before_strict"
    with connect(cluster, cluster.superuser) as connection:
        if connection.execute(DATABASE_EXISTS, {"name": name}).fetchone():
            return name
        _create(connection, cluster, name, "template0")
    with connect(cluster, name) as connection:
        apply_migrations(connection, None if strict else LAST_BEFORE_STRICT)
        grant_reader(connection)
    return name


def _create(connection: Connection, cluster: Cluster, name: str, template: str) -> None:
    if not connection.execute(ROLE_EXISTS, {"name": READER}).fetchone():
        connection.execute(CREATE_READER.format(READER_NAME, reader_password(cluster)))
    fastest = sql.SQL("strategy file_copy" if connection.info.server_version >= 150000 else "")
    for statement in CREATE_DATABASE:
        parts = {"database": sql.Identifier(name), "template": sql.Identifier(template)}
        connection.execute(statement.format(strategy=fastest, reader=READER_NAME, **parts))
