"""The demo some days later: the migrations are being handed over to Prisma 8, one by one.

| environment | marker      | applied by Prisma 8 | is                            |
| ----------- | ----------- | ------------------- | ----------------------------- |
| local       | the newest  | the newest          | handed over                   |
| staging     | the base    | nothing             | signed, and one is pending    |
| production  | none        | nothing             | not handed over               |
"""

import json
from pathlib import Path

from dashboard.demo.databases import READER, Connection, connect
from dashboard.demo.scenarios import LOCAL, STAGING
from dashboard.diagnose.migrations.contract.packages import METADATA, OPERATIONS, hashed
from dashboard.postgres.cluster import Cluster

BASE, NEWEST = hashed("the tables as Prisma 7 left them"), hashed("with a description")
TABLES = """
create schema prisma_contract;
create table prisma_contract.marker (
    space text primary key default 'app', core_hash text not null, profile_hash text not null,
    contract_json jsonb, canonical_version int, updated_at timestamptz not null default now(),
    app_tag text, meta jsonb not null default '{}', invariants text[] not null default '{}'
);
"""
LEDGER = """
create table prisma_contract.ledger (
    id bigserial primary key, created_at timestamptz not null default now(), space text not null,
    migration_name text not null, migration_hash text not null, origin_core_hash text,
    origin_profile_hash text, destination_core_hash text not null, destination_profile_hash text,
    operations jsonb not null
);
"""
SIGN = "insert into prisma_contract.marker (core_hash, profile_hash) values (%s, %s)"
APPLY = """
insert into prisma_contract.ledger (
    space, migration_name, migration_hash, origin_core_hash, destination_core_hash, operations
)
values ('app', %s, %s, %s, %s, '[]')
"""
GRANT = f"""
grant usage on schema prisma_contract to {READER};
grant select on all tables in schema prisma_contract to {READER};
"""
PACKAGES = (
    ("20261201T0900_baseline", None, BASE),
    ("20261202T1030_add_description", BASE, NEWEST),
)


def hand_over(cluster: Cluster, folder: Path) -> Path:
    """Write the packages, and what Prisma 8 leaves in the databases; returns the folder."""
    root = folder / "migrations"
    hashes = {name: _plan(root, name, origin, end) for name, origin, end in PACKAGES}
    with connect(cluster, STAGING) as connection:
        _sign(connection, BASE)
    with connect(cluster, LOCAL) as connection:
        connection.execute('alter table "Project" add column description text')
        connection.execute(TABLES.encode() + LEDGER.encode())
        connection.execute(SIGN, [NEWEST, NEWEST])
        name, origin, end = PACKAGES[-1]
        connection.execute(APPLY, [name, hashes[name], origin, end])
        connection.execute(GRANT.encode())
    return root


def _sign(connection: Connection, contract: str) -> None:
    connection.execute(TABLES.encode())
    connection.execute(SIGN, [contract, contract])
    connection.execute(GRANT.encode())


def _plan(root: Path, name: str, origin: str | None, end: str) -> str:
    """Write a package; its operations are left out, since nobody runs them here."""
    metadata: dict[str, object] = {
        "from": origin,
        "to": end,
        "providedInvariants": [],
        "createdAt": "2026-12-01T09:00:00.000Z",
    }
    own = hashed([hashed(metadata), hashed([])])
    package = root / "app" / name
    package.mkdir(parents=True)
    (package / METADATA).write_text(json.dumps({**metadata, "migrationHash": own}, indent=2))
    (package / OPERATIONS).write_text("[]")
    return own
