"""`check` across environments: empty ones, copies, and IDs that mean two projects."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from dashboard.cli import main
from dashboard.demo.databases import READER
from tests.asking import configured
from tests.conftest import Database, MakeDatabase

OWNER = "insert into users (id, email, \"updatedAt\") values ('u1', 'u1@example.com', now())"
DEAD = "postgresql://nobody@127.0.0.1:1/app"

Check = Callable[[Mapping[str, str]], Any]


@pytest.fixture
def check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Check:
    def judged(urls: Mapping[str, str]) -> Any:
        settings = configured(tmp_path, urls)
        main(["check", "--config", str(settings.source), "--json"])
        return json.loads(capsys.readouterr().out)

    return judged


@pytest.fixture
def pair(make_database: MakeDatabase) -> tuple[Database, Database]:
    """Two environments with a project of their own."""
    databases = make_database(), make_database()
    for number, database in enumerate(databases):
        database.execute(OWNER)
        add(database, f"own{number}", "Own")
    return databases


def add(database: Database, key: str, name: str, created: str = "now()") -> None:
    database.execute(
        'insert into "Project" (id, name, "userId", "createdAt", "updatedAt")'
        f" values (%s, %s, 'u1', {created}, now())",
        key,
        name,
    )


def add_many(database: Database, first: int, last: int) -> None:
    """Add projects that every database makes in the same way."""
    database.execute(
        'insert into "Project" (id, name, "userId", "createdAt", "updatedAt")'
        " select 'shared' || lpad(n::text, 5, '0'), 'Shop', 'u1',"
        " timestamp '2026-01-01' + n * interval '1 minute', now()"
        f" from generate_series({first}, {last}) as n"
    )


def urls(pair: tuple[Database, Database]) -> dict[str, str]:
    return dict(zip(("staging", "local"), (each.reader_url for each in pair), strict=True))


def between(answer: Any) -> list[tuple[str, str]]:
    return [(each["code"], each["severity"]) for each in answer["findings"]]


def codes(answer: Any, name: str) -> set[str]:
    return {each["code"] for each in answer["environments"][name]["findings"]}


def test_environments_of_their_own_share_nothing(
    pair: tuple[Database, Database], check: Check
) -> None:
    answer = check(urls(pair))
    assert between(answer) == []
    assert codes(answer, "staging") == codes(answer, "local") == set()


def test_an_empty_environment_is_said_until_it_has_a_project(
    pair: tuple[Database, Database], check: Check
) -> None:
    staging, _ = pair
    staging.execute('delete from "Project"')
    answer = check(urls(pair))
    (finding,) = answer["environments"]["staging"]["findings"]
    assert (finding["code"], finding["severity"]) == ("empty-env", "warning")
    assert finding["fix"]["option"] == 1
    assert codes(answer, "local") == set()
    add(staging, "first", "Shop")
    assert codes(check(urls(pair)), "staging") == set()


OTHER_PLACES = {
    "another schema": (
        'create schema legacy; create table legacy."Project" (id text primary key);'
        f'grant usage on schema legacy to {READER}; grant select on legacy."Project" to {READER};',
        'legacy."Project"',
    ),
    "the plural": (
        f"create table projects (id text primary key); grant select on projects to {READER};",
        "projects",
    ),
}


@pytest.mark.parametrize("place", OTHER_PLACES)
def test_an_empty_table_beside_a_full_one_of_its_name_is_the_wrong_one(
    place: str, pair: tuple[Database, Database], check: Check
) -> None:
    """No backup is missing, and no project: the key points at the wrong table, everywhere alike."""
    make, table = OTHER_PLACES[place]
    for each in pair:
        each.execute(f"{make} insert into {table} values ('p1'); delete from \"Project\"")
    answer = check(urls(pair))
    for name in ("staging", "local"):
        (finding,) = answer["environments"][name]["findings"]
        assert (finding["code"], finding["severity"]) == ("wrong-target", "error")
        assert "contains rows" in finding["summary"]
        assert "backup" not in json.dumps(finding)
    for each in pair:
        each.execute(f"delete from {table}")
    assert codes(check(urls(pair)), "staging") == {"empty-env"}


def test_an_empty_table_beside_one_that_cannot_be_looked_into(
    pair: tuple[Database, Database], check: Check
) -> None:
    staging, _ = pair
    staging.execute('create table projects (id text primary key); delete from "Project"')
    (finding,) = check(urls(pair))["environments"]["staging"]["findings"]
    assert (finding["code"], finding["confidence"]) == ("empty-env", "possible")
    assert finding["caveats"] == ['public."projects" could not be checked']
    assert "backup" not in json.dumps(finding)


@pytest.mark.parametrize(
    "hide",
    [
        f'revoke select on "Project" from {READER}',
        'alter table "Project" enable row level security',
    ],
)
def test_rows_that_cannot_be_seen_are_not_none(
    hide: str, pair: tuple[Database, Database], check: Check
) -> None:
    staging, local = pair
    staging.execute('delete from "Project"')
    local.execute("delete from \"Project\" where id = 'own1'")
    add(local, "own2", "Own")
    staging.execute(hide)
    assert "empty-env" not in codes(check(urls(pair)), "staging")


def test_an_environment_that_is_down_is_not_empty_and_shares_nothing(
    pair: tuple[Database, Database], check: Check
) -> None:
    answer = check({"staging": pair[0].reader_url, "local": DEAD})
    assert between(answer) == []
    assert codes(answer, "local") == {"env-unreachable"}


def test_one_id_for_two_projects(pair: tuple[Database, Database], check: Check) -> None:
    staging, local = pair
    add(staging, "same", "Shop", "timestamp '2026-01-01'")
    add(local, "same", "Blog", "timestamp '2026-02-01'")
    answer = check(urls(pair))
    assert between(answer) == [("several-envs", "warning")]
    assert "different projects under 1 ID: same" in answer["findings"][0]["summary"]
    local.execute("delete from \"Project\" where id = 'same'")
    assert between(check(urls(pair))) == []


def test_one_project_in_two_environments(pair: tuple[Database, Database], check: Check) -> None:
    staging, local = pair
    for database, name in ((staging, "Shop"), (local, "Shop, renamed")):
        add(database, "same", name, "timestamp '2026-01-01'")
    answer = check(urls(pair))
    assert between(answer) == [("several-envs", "info")]
    assert "share 1 project: same" in answer["findings"][0]["summary"]
    staging.execute("delete from \"Project\" where id = 'same'")
    assert between(check(urls(pair))) == []


def test_without_the_time_names_tell_only_copies(
    pair: tuple[Database, Database], check: Check
) -> None:
    staging, local = pair
    for database, name in ((staging, "Shop"), (local, "Shop")):
        add(database, "same", name)
        database.execute(f'revoke select ("createdAt") on "Project" from {READER}')
    assert between(check(urls(pair))) == [("several-envs", "info")]
    local.execute("update \"Project\" set name = 'Blog'")
    assert between(check(urls(pair))) == []


def test_a_copy_by_its_rows(pair: tuple[Database, Database], check: Check) -> None:
    production, staging = pair
    for database in pair:
        database.execute('delete from "Project"')
        add_many(database, 1, 240)
    named = dict(zip(("production", "staging"), (each.reader_url for each in pair), strict=True))
    (both,) = check(named)["findings"]
    assert (both["code"], both["severity"]) == ("environment-copy", "info")
    assert both["summary"] == "production and staging contain the same projects."
    add_many(production, 241, 300)
    (one,) = check(named)["findings"]
    assert (one["code"], one["environment"]) == ("environment-copy", "staging")
    assert "it is probably a copy" in one["summary"]
    assert "200 of a sample of 200 projects are in production" in one["evidence"][0]["fact"]
    staging.execute("delete from \"Project\" where id > 'shared00050'")
    production.execute("delete from \"Project\" where id <= 'shared00050'")
    assert between(check(named)) == []


def test_collisions_in_a_copy_are_still_said(pair: tuple[Database, Database], check: Check) -> None:
    for database, name in zip(pair, ("Shop", "Blog"), strict=True):
        database.execute('delete from "Project"')
        add_many(database, 1, 150)
        add(database, "z", name)
    found = between(check(urls(pair)))
    assert found == [("environment-copy", "info"), ("several-envs", "warning")]


def test_counted_keys_are_never_compared(make_database: MakeDatabase, check: Check) -> None:
    databases = make_database(), make_database()
    for number, database in enumerate(databases):
        database.execute(
            "drop schema public cascade; create schema public;"
            "create table items (id serial primary key, name text, created_at timestamptz);"
            "create table orders (id serial primary key, item_id int not null unique,"
            ' constraint "deployments_projectId_fkey" foreign key (item_id) references items (id));'
            f"grant usage on schema public to {READER};"
            f"grant select on all tables in schema public to {READER};"
            f"insert into items (name, created_at) select 'n', '2026-01-0{number + 1}'"
            " from generate_series(1, 50)"
        )
    answer = check(urls(databases))
    assert between(answer) == []
    assert "empty-env" not in codes(answer, "staging")
    databases[0].execute("truncate items cascade")
    assert "empty-env" in codes(check(urls(databases)), "staging")


def test_two_schemas_of_one_database_are_two_environments(
    pair: tuple[Database, Database], check: Check
) -> None:
    database = pair[0]
    database.execute(
        "create schema tenant; create table tenant.users (like public.users including all);"
        'create table tenant."Project" (like public."Project" including all);'
        "create table tenant.deployments (like public.deployments including all);"
        'alter table tenant.deployments add constraint "deployments_projectId_fkey" foreign key'
        ' ("projectId") references tenant."Project" (id) on delete cascade on update cascade;'
        f"grant usage on schema tenant to {READER};"
        f"grant select on all tables in schema tenant to {READER};"
        """insert into tenant."Project" (id, name, "userId", "updatedAt")
           values ('own9', 'Own', 'u1', now())"""
    )
    both = {
        "public": f"{database.reader_url}?schema=public",
        "tenant": f"{database.reader_url}?schema=tenant",
    }
    answer = check(both)
    assert between(answer) == []
    assert codes(answer, "public") == set()


def test_the_same_database_twice_is_no_copy_of_itself(
    pair: tuple[Database, Database], check: Check
) -> None:
    twice = {"staging": pair[0].reader_url, "twin": pair[0].reader_url}
    answer = check(twice)
    assert between(answer) == [("same-database", "error")]
    told = {each["environment"] for each in answer["findings"]}
    assert {name for name, each in answer["environments"].items() if each["status"] != "ok"} == told
