"""Fill the demo's environments: history, migrations in different states, and every scenario."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import psycopg
from psycopg import errors, sql

from dashboard.demo.databases import (
    READER,
    Connection,
    Migration,
    apply,
    apply_migrations,
    connect,
    create_database,
    grant_reader,
    let_log_be_read,
    migrations,
    reader_url,
)
from dashboard.demo.history import COLUMNS, DAY, SeedRows
from dashboard.demo.leftovers import leave
from dashboard.demo.scenarios import (
    ATTEMPTS,
    LOCAL,
    PEOPLE,
    PREVIEW,
    PRODUCTION,
    PROJECTS,
    STAGING,
    TRACES,
    Person,
    Planted,
    Trace,
    written_in,
)
from dashboard.postgres.cluster import Cluster

SEEDED = (LOCAL, STAGING, PRODUCTION)
DELAYS = {LOCAL: timedelta(minutes=10), STAGING: timedelta(days=1), PRODUCTION: timedelta(days=3)}
LAST_APPLIED = {STAGING: "20251118160231_convex_deployments"}
FAILED = "20260309101204_project_name_search"
LOG_FAILURE = """
update _prisma_migrations set logs = %(logs)s
where migration_name = %(name)s and finished_at is null
"""
FAILURE = """A migration failed to apply. New migrations cannot be applied before the error is \
recovered from. Read more about how to resolve migration issues in a production database: \
https://pris.ly/d/migrate-resolve

Migration name: {name}

Database error code: {code}

Database error:
ERROR: {message}
"""
FEATURE_BRANCH = Migration(
    "20261020093011_project_color",
    b'-- AlterTable\nALTER TABLE "Project" ADD COLUMN     "color" TEXT;\n',
)
RECENTLY = timedelta(hours=20)  # since yesterday this is new
ANALYZE = sql.SQL("analyze {}").format(sql.SQL(", ").join(map(sql.Identifier, COLUMNS)))
DEPLOY = """
insert into deployments (id, "appId", "projectId", "updatedAt")
values (cast(gen_random_uuid() as text), cast(gen_random_uuid() as text), %(project_id)s, now())
"""
CLOSED_PORT = 1  # nothing is ever served there


def seed(cluster: Cluster, now: datetime | None = None) -> Mapping[str, Mapping[str, int]]:
    """Create and fill every environment; the answer counts the rows of its tables."""
    moment = now or datetime.now(UTC)
    return {environment: _seed(cluster, environment, moment) for environment in SEEDED}


def connect_urls(cluster: Cluster) -> Mapping[str, str]:
    """Give each environment's address for the role that only reads."""
    urls = {environment: reader_url(cluster, environment) for environment in SEEDED}
    return urls | {PREVIEW: f"postgresql://{READER}@127.0.0.1:{CLOSED_PORT}/preview"}


def _seed(cluster: Cluster, environment: str, now: datetime) -> Mapping[str, int]:
    create_database(cluster, environment, template="template0")
    history = SeedRows(environment, now)
    _plant(history, environment)
    leave(history, environment)
    with connect(cluster, environment) as connection:
        _migrate(connection, environment, now)
        _fill(connection, history)
        grant_reader(connection)
        let_log_be_read(connection)
        connection.execute(ANALYZE)
        attempt(connection, environment)
    return {table: len(rows) for table, rows in history.rows.items()}


def _migrate(connection: Connection, environment: str, now: datetime) -> None:
    apply_migrations(connection, LAST_APPLIED.get(environment), delay=DELAYS[environment])
    if environment == LOCAL:
        apply(connection, FEATURE_BRANCH, now - RECENTLY - FEATURE_BRANCH.written_at)
    if environment == STAGING:
        _fail(connection)


def _fail(connection: Connection) -> None:
    """Let the next migration fail: somebody has made its index by hand, and told nobody."""
    migration = next(each for each in migrations() if each.name == FAILED)
    connection.execute(migration.script)
    try:
        apply(connection, migration, DELAYS[STAGING])
    except errors.DuplicateTable as error:
        logs = FAILURE.format(name=FAILED, code=error.sqlstate, message=error.diag.message_primary)
        connection.execute(LOG_FAILURE, {"name": FAILED, "logs": logs})


def _fill(connection: Connection, history: SeedRows) -> None:
    with connection.transaction(), connection.cursor() as cursor:
        for table, rows in history.rows.items():
            columns = sql.SQL(", ").join(map(sql.Identifier, COLUMNS[table]))
            copy = sql.SQL("copy {} ({}) from stdin").format(sql.Identifier(table), columns)
            with cursor.copy(copy) as target:
                for row in rows:
                    target.write_row(row)


def attempt(connection: Connection, environment: str) -> None:
    """Deploy what the database refuses, again and again, as people do: its log tells of it."""
    for each in (each for each in ATTEMPTS if each.environment == environment):
        for _ in range(each.times):
            with suppress(psycopg.errors.IntegrityError):
                connection.execute(DEPLOY, {"project_id": each.project_id})


def _plant(history: SeedRows, environment: str) -> None:
    for person in (person for person in PEOPLE if environment in person.environments):
        _plant_person(history, person)
    for project in (project for project in PROJECTS if environment in project.environments):
        _plant_project(history, project)
    for trace in (trace for trace in TRACES if environment == trace.environment):
        _plant_trace(history, trace)


def _plant_person(history: SeedRows, person: Person) -> None:
    at = written_in(person.id)
    email = f"{person.name.split()[0].lower()}@example.com"
    history.add("users", id=person.id, email=email, name=person.name, createdAt=at, updatedAt=at)


def _plant_project(history: SeedRows, project: Planted) -> None:
    at = project.created_at
    history.add(
        "Project",
        id=project.id,
        name=project.name,
        userId=project.owner_id,
        deletedAt=at + 20 * DAY if project.deleted else None,
        createdAt=at,
        updatedAt=at + DAY,
    )
    if project.deployed:
        history.deploy(
            project.deployed.id,
            project.deployed.app_id,
            written_in(project.deployed.id),
            name=project.name,
            userId=project.owner_id,
            projectId=project.id,
            published=True,
        )
    if project.failing:
        history.backend(project.id, history.now - 2 * DAY, "ERROR")


def _plant_trace(history: SeedRows, trace: Trace) -> None:
    at = written_in(trace.project_id) + DAY
    if "uploads" in trace.tables:
        history.upload(at, projectId=trace.project_id)
    if "convex_deployments" in trace.tables:
        history.backend(trace.project_id, at, "DELETED")
