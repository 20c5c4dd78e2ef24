"""`doctor`: what is configured, reachable and readable; the grants, neither too few nor more."""

import contextlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from dashboard.cli import main
from dashboard.demo import MIGRATIONS
from tests.asking import configured
from tests.collect.orphans.test_orphan_kinds import BACKENDS, WHOLE
from tests.conftest import Database, MakeDatabase
from tests.docs.test_grants import columns_granted, columns_read, everything_asked
from tests.repetitions import every_nth
from tests.servers import per_worker

TABLES = ("Project", "deployments", "users", "teams", "uploads", "convex_deployments")
# where the tables are, and the URL's parameters
LAYOUTS = {
    "as Prisma makes them": ("", ""),
    "in a schema of their own": (
        "create schema app;"
        + "".join(
            f'alter table "{each}" set schema app;' for each in (*TABLES, "_prisma_migrations")
        ),
        "?schema=app",
    ),
    "the owners in another schema": (
        "create schema auth; alter table users set schema auth;",
        "",
    ),
    "an unindexed key": ('drop index "deployments_projectId_key";', ""),
    "no ledger and no owners": (
        "drop table _prisma_migrations; drop table users cascade;",
        "",
    ),
}

NO_KEYS = """
do $$ declare k record; begin
    for k in select conrelid::regclass as place, conname from pg_constraint where contype = 'f' loop
        execute format('alter table %s drop constraint %I', k.place, k.conname);
    end loop;
end $$
"""
PRISMA_8 = "create schema prisma_contract; create table prisma_contract.marker ()"


@dataclass(frozen=True, slots=True)
class Bare:
    """A role that may connect, and nothing else."""

    database: Database
    role: str

    def url(self, query: str = "") -> str:
        return re.sub(r"//[^@]+@", f"//{self.role}:pw@", self.database.url) + query

    def close(self) -> None:
        self.database.execute(f"drop owned by {self.role}; drop role {self.role}")


@pytest.fixture
def bare(make_database: MakeDatabase) -> Iterator[Bare]:
    database = make_database()
    role = per_worker("bare")
    database.execute(f"create role {role} login password 'pw'")
    database.execute(f"grant connect on database {database.name} to {role}")
    database.execute(WHOLE + BACKENDS)
    with contextlib.closing(Bare(database, role)) as made:
        yield made


@pytest.fixture
def doctor(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*options: str) -> tuple[int, str]:
        status = main(["doctor", "--config", str(tmp_path / "dashboard.toml"), *options])
        output = capsys.readouterr()
        assert output.err == ""
        return status, output.out

    return run


def severities(answer: str, environment: str = "staging") -> dict[str, str]:
    lines = json.loads(answer)["environments"][environment]["lines"]
    return {each["about"]: each["severity"] for each in lines}


@pytest.mark.parametrize("layout", every_nth(LAYOUTS, 3))
def test_the_grants_are_what_is_read_and_nothing_else(
    layout: str, bare: Bare, tmp_path: Path, doctor: Any
) -> None:
    change, query = LAYOUTS[layout]
    bare.database.execute(change)
    settings = configured(tmp_path, {"staging": bare.url(query)})
    assert doctor("--json")[0] in (1, 3)
    bare.database.execute(doctor("--grants")[1])
    asked = everything_asked(settings)
    granted = columns_granted(bare.database, bare.role)
    assert columns_read(bare.database.connection, asked) == granted
    found = severities(doctor("--json")[1])
    assert found["readable"] == "ok"
    assert "rows" not in found


@pytest.mark.parametrize("layout", every_nth(LAYOUTS, 3))
def test_each_grant_that_is_taken_back_is_missed(
    layout: str, bare: Bare, tmp_path: Path, doctor: Any
) -> None:
    change, query = LAYOUTS[layout]
    bare.database.execute(change)
    configured(tmp_path, {"staging": bare.url(query)})
    grants = doctor("--grants")[1]
    bare.database.execute(grants)
    for grant in grants.splitlines()[1:]:
        revoked = grant.replace("grant ", "revoke ", 1).replace(" to ", " from ")
        bare.database.execute(revoked)
        status, answer = doctor("--json")
        assert severities(answer)["readable"] in ("warning", "unknown"), grant
        assert status in (1, 3)
        assert doctor("--grants")[1] == grants
        bare.database.execute(grant)


def test_a_column_that_no_proof_needs_is_a_warning_and_the_key_is_not(
    bare: Bare, tmp_path: Path, doctor: Any
) -> None:
    configured(tmp_path, {"staging": bare.url()}, f"[diagnosis]\nmigrations = '{MIGRATIONS}'\n")
    bare.database.execute(doctor("--grants")[1])
    assert doctor()[0] == 0
    for column, status, severity in (("name", 1, "warning"), ("id", 3, "unknown")):
        bare.database.execute(f'revoke select ({column}) on "Project" from {bare.role}')
        assert doctor()[0] == status
        answer = doctor("--json")[1]
        assert severities(answer)["readable"] == severity
        assert f"Project ({column})" in answer or column == "id"


def test_of_a_key_that_is_lost_it_goes_by_the_others(
    bare: Bare, make_database: MakeDatabase, tmp_path: Path, doctor: Any
) -> None:
    bare.database.execute('alter table deployments drop constraint "deployments_projectId_fkey"')
    configured(tmp_path, {"staging": bare.url(), "local": make_database().reader_url})
    status, answer = doctor("--json")
    assert status == 1
    assert severities(answer)["constraint"] == "error"
    assert 'public."Project"' in doctor("--grants")[1].split("-- local")[0]


def test_a_secret_column_is_not_asked_for(bare: Bare, tmp_path: Path, doctor: Any) -> None:
    bare.database.execute('alter table users add "apiToken" text unique')
    configured(tmp_path, {"staging": bare.url()})
    grants = doctor("--grants")[1]
    assert "apiToken" not in grants
    assert "email" not in grants


@pytest.mark.parametrize(
    ("change", "more", "about", "says"),
    [
        ("", "[diagnosis]\nconstraint = 'deployment_projectId_fk'", "constraint", "such as"),
        (NO_KEYS, "", "constraint", "no foreign keys"),
        ("drop table _prisma_migrations", "", "migrations", "there is no _prisma_migrations"),
        (PRISMA_8, "", "migrations", "Prisma 8"),
        ("alter table \"Project\" enable row level security", "", "rows", "row security hides"),
        ("drop index \"deployments_projectId_key\"", "", "searchable", "it has no index"),
    ],
)  # fmt: skip
def test_what_is_not_as_it_should_be_has_its_line(
    change: str, more: str, about: str, says: str, bare: Bare, tmp_path: Path, doctor: Any
) -> None:
    bare.database.execute(change)
    configured(tmp_path, {"staging": bare.url()}, more)
    lines = json.loads(doctor("--json")[1])["environments"]["staging"]["lines"]
    (line,) = (each for each in lines if each["about"] == about)
    assert line["severity"] != "ok"
    assert says in f"{line['says']} {line['do']}"
    assert line["do"]


def test_a_schema_that_is_not_there(bare: Bare, tmp_path: Path, doctor: Any) -> None:
    configured(tmp_path, {"staging": bare.url("?schema=tenant")})
    status, answer = doctor("--json")
    assert (status, severities(answer)["schema"]) == (1, "error")


def test_who_does_not_answer_is_unknown(bare: Bare, tmp_path: Path, doctor: Any) -> None:
    """And neither hides the others nor an error."""
    down = "postgresql://u:geheim@127.0.0.1:1/db?pool_mode=geheim"
    urls = {"down": down, "staging": bare.database.url}
    configured(tmp_path, urls)
    status, answer = doctor()
    assert status == 3
    assert "the connection was refused" in answer
    assert "pool_mode" in answer
    assert "geheim" not in answer
    environments = json.loads(doctor("--json")[1])["environments"]
    assert {name: each["status"] for name, each in environments.items()} == {
        "down": "unknown", "staging": "info",
    }  # fmt: skip
    assert severities(doctor("--json")[1])["readable"] == "ok"
    assert doctor("--grants")[1].startswith("-- down: 127.0.0.1:1/db: the connection was refused\n")
    configured(tmp_path, urls, "[diagnosis]\nmigrations = 'nowhere-at-all'")
    assert doctor()[0] == 1


ODD = {
    "a folder in a folder": """
        create table folders (id serial primary key, name text, "parentId" int
            constraint "folders_parentId_fkey" references folders);
    """,
    "a key of two columns": """
        create table projects (tenant text, id text, primary key (tenant, id));
        create table apps (id text primary key, tenant text, project text,
            constraint apps_project_fkey foreign key (tenant, project) references projects);
    """,
    "a partitioned child": """
        create table projects (id uuid primary key, is_deleted boolean);
        create table events (id bigint, project_id uuid constraint events_project_id_fkey
            references projects, created_at timestamptz) partition by range (created_at);
        create table events_2026 partition of events
            for values from ('2026-01-01') to ('2027-01-01');
    """,
    "a child that others inherit from": """
        create table projects (id text primary key, status text);
        create table apps (id text primary key, "projectId" text
            constraint "apps_projectId_fkey" references projects on delete cascade);
        create table old_apps () inherits (apps);
    """,
    "names that need quotes": '''
        create schema "select"; create schema "My ""Schema";
        create table "select"."Pro;ject" (id text primary key, "isDeleted" boolean);
        create table "My ""Schema"."De ploy%s" (id text primary key, "pro ject" text unique
            constraint odd_fkey references "select"."Pro;ject");
    ''',
}  # fmt: skip
CONSTRAINTS = (
    "folders_parentId_fkey",
    "apps_project_fkey",
    "events_project_id_fkey",
    "apps_projectId_fkey",
    "odd_fkey",
)


@pytest.mark.parametrize(("name", "constraint"), [*zip(ODD, CONSTRAINTS, strict=True)])
def test_the_grants_of_any_schema_run_and_are_enough(
    name: str, constraint: str, bare: Bare, tmp_path: Path, doctor: Any
) -> None:
    bare.database.execute("drop schema public cascade; create schema public")
    bare.database.execute("grant usage on schema public to public")
    bare.database.execute(ODD[name])
    configured(tmp_path, {"staging": bare.url()}, f"[diagnosis]\nconstraint = '{constraint}'\n")
    before = severities(doctor("--json")[1])
    bare.database.execute(doctor("--grants")[1])
    after = severities(doctor("--json")[1])
    assert before["readable"] == "unknown"
    assert after["readable"] == after["constraint"] == "ok"
