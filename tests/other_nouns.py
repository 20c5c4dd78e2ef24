"""An application without projects and deployments: collections and their worker tasks."""

import re
from collections.abc import Iterable

from tests.conftest import Database

CONSTRAINT = "worker_tasks_collection_id_fkey"
CONFIGURED = f'\n[diagnosis]\nconstraint = "{CONSTRAINT}"\n'
KEYS = {
    "uuid": "3f2b8c1e-9d47-4a60-8b15-7c0e2f6a9d3{}",
    "integer": "10{}",
}
# codes, and the names of queries and of columns, have a hyphen or an underscore
_NOUN = re.compile(r"(?<![\w-])(?:projects?|deployments?)(?![\w-])", re.IGNORECASE)


def rebuild(database: Database, key_type: str) -> None:
    """Make the tables anew: no index is unique on the key, and it may be null."""
    database.execute(
        "drop schema public cascade; create schema public;"
        "grant usage on schema public to dashboard_reader;"
        'create table "User" (id text primary key);'
        f'create table "Collection" (id {key_type} primary key, title text, "ownerId" text,'
        ' "createdAt" timestamp(3) not null default now(), "deletedAt" timestamp(3),'
        ' constraint "Collection_ownerId_fkey" foreign key ("ownerId") references "User" (id));'
        "create table worker_tasks (id bigint generated always as identity primary key,"
        f' collection_id {key_type}, status text, token {key_type} unique, "ownerId" text,'
        ' "createdAt" timestamp(3) not null default now(),'
        f" constraint {CONSTRAINT} foreign key (collection_id)"
        ' references "Collection" (id) on update cascade on delete cascade);'
        "create index on worker_tasks (collection_id);"
        f"create table notes (id text primary key, collection_id {key_type});"
        "create index on notes (collection_id);"
        "grant select on all tables in schema public to dashboard_reader"
    )


def add(database: Database, identifier: str, *, tasks: int = 0) -> None:
    database.execute('insert into "Collection" (id) values (%s)', identifier)
    for _ in range(tasks):
        database.execute("insert into worker_tasks (collection_id) values (%s)", identifier)


def foreign_nouns(said: Iterable[str]) -> list[str]:
    """List what calls a row of this application a project or a deployment."""
    return [each for each in said if _NOUN.search(each)]
