"""The documented role may read exactly what the dashboard asks for, and that is enough."""

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dashboard.background.periodic_task import Clock
from dashboard.background.snapshots import SnapshotStore
from dashboard.collect.collector import Collector
from dashboard.collect.failures.sources import Failures, of_all, of_health
from dashboard.collect.health.inspection import check
from dashboard.demo.databases import connect
from dashboard.demo.scenarios import LOCAL, SCENARIOS
from dashboard.demo.seed import SEEDED, connect_urls
from dashboard.diagnose.facts import Unavailable
from dashboard.diagnose.finding import Confidence
from dashboard.diagnose.orphans import Orphans
from dashboard.postgres.cluster import Cluster
from dashboard.settings import Settings
from queries.query import Statement
from tests.asking import ask, configured, exchanged
from tests.collect.orphans.counting import counted
from tests.conftest import Database, MakeDatabase
from tests.docs.readme import CONFIGURATION, blocks
from tests.servers import exclusively

ROLE = "deployment_dashboard"
PASSWORD = "pw"
STATEMENTS = [
    part.strip()
    for text in blocks("sql", CONFIGURATION)
    for part in text.split(";")
    if part.strip()
]
GRANTED = """
select table_name, column_name
from information_schema.column_privileges
where grantee = %s and privilege_type = 'SELECT'
"""
# what PostgreSQL itself says a view of the statement's rows depends on
READ = """
select c.relname, a.attname
from pg_depend as d
join pg_rewrite as r on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
join pg_class as c on d.refclassid = 'pg_class'::regclass and d.refobjid = c.oid
join pg_attribute as a on a.attrelid = c.oid and a.attnum = d.refobjsubid
where
    r.ev_class = 'asked'::regclass
    and c.oid <> r.ev_class
    and c.relnamespace::regnamespace::text not in ('pg_catalog', 'information_schema', 'ops')
    and d.refobjsubid > 0
"""
ID = "cmuh3zi8j00cocfpecxvm11hu"
PROJECT = f"""
insert into users (id, email, "updatedAt") values ('u1', 'u1@example.com', now());
insert into "Project" (id, name, "userId", "updatedAt") values ('{ID}', 'Shop', 'u1', now());
"""

Columns = set[tuple[str, str]]


def everything_asked(settings: Settings) -> Iterable[Statement[Any]]:
    """Do with the environments whatever the dashboard can do, and return what was sent."""
    with exchanged() as sent, contextlib.closing(Collector(settings)) as recorder:
        for paste in {scenario.paste for scenario in SCENARIOS}:
            ask(recorder, paste, settings.environments[0].name)
        for by in ("name", "owner"):
            assert not any(isinstance(found, Unavailable) for _, found in recorder.find(by, "u1"))
        assert check(recorder).environments
        assert any(isinstance(each, Orphans) for each in counted(recorder).values())
        for _, failures in of_all(recorder, of_health()):
            assert isinstance(failures, Failures)
            assert failures.counted
        with contextlib.closing(Clock()) as clock:
            snapshots = SnapshotStore(clock, recorder)
            clock.start()
            assert snapshots.wait_until_idle(30)
        return {each.text: each for _, statements in sent for each in statements}.values()


def columns_read(
    connection: psycopg.Connection[Any], statements: Iterable[Statement[Any]]
) -> Columns:
    found: Columns = set()
    for statement in statements:
        with connection.transaction(force_rollback=True):
            text = psycopg.ClientCursor(connection).mogrify(statement.text, statement.values)
            connection.execute(f"create view public.asked as {text}".encode())
            found |= set(connection.execute(READ).fetchall())
    return found


def run_recipe(database: Database, statements: Iterable[str]) -> None:
    for statement in statements:
        own = statement.replace("database app ", f"database {database.name} ")
        database.execute(own.replace("'choose-one'", f"'{PASSWORD}'"))


def url(database: Database) -> str:
    return re.sub(r"//[^@]+@", f"//{ROLE}:{PASSWORD}@", database.url)


@pytest.fixture
def granted(make_database: MakeDatabase) -> Iterator[list[Database]]:
    """Two databases of one server, with the role made from the documentation's words."""
    databases = [make_database(), make_database()]
    with exclusively(__file__):
        run_recipe(databases[0], STATEMENTS)
        run_recipe(databases[1], [each for each in STATEMENTS if each.startswith("grant")])
        yield databases
        for database in databases:
            database.execute(f"drop owned by {ROLE}")
        databases[0].execute(f"drop role {ROLE}")


def columns_granted(database: Database, role: str = ROLE) -> Columns:
    return set(database.connection.execute(GRANTED, [role]).fetchall())


def configuration(databases: Mapping[str, Database], folder: Path) -> Settings:
    return configured(folder, {name: url(database) for name, database in databases.items()})


def test_role_may_read_what_is_asked_under_it_and_nothing_else(
    granted: list[Database], tmp_path: Path
) -> None:
    database = granted[0]
    database.execute(PROJECT)
    asked = everything_asked(configuration({"staging": database}, tmp_path))
    assert columns_read(database.connection, asked) == columns_granted(database)


def test_demo_asks_for_no_more_than_is_granted(
    demo: Cluster, granted: list[Database], tmp_path: Path
) -> None:
    urls = {name: text for name, text in connect_urls(demo).items() if name in SEEDED}
    asked = everything_asked(configured(tmp_path, urls))
    with connect(demo, LOCAL) as connection:
        assert columns_read(connection, asked) == columns_granted(granted[0])


def test_look_up_under_the_role_is_complete(granted: list[Database], tmp_path: Path) -> None:
    local, staging = granted
    local.execute(PROJECT)
    settings = configuration({"local": local, "staging": staging}, tmp_path)
    with contextlib.closing(Collector(settings)) as collector:
        _, diagnosis = ask(collector, ID, "staging")
        verdict = diagnosis.verdict
        assert (verdict.code, verdict.confidence, verdict.caveats, diagnosis.findings) == (
            "environment-mismatch", Confidence.CERTAIN, (), (),
        )  # fmt: skip
        assert collector.powers(settings.environments[0]) == ()
        _, present = ask(collector, ID, "local")
        assert (present.verdict.code, present.verdict.caveats) == ("project-present", ())


def test_key_of_the_project_is_all_that_is_indispensable(
    granted: list[Database], tmp_path: Path
) -> None:
    staging = granted[1]
    staging.execute(f"revoke select on all tables in schema public from {ROLE}")
    settings = configuration({"staging": staging}, tmp_path)

    def verdict() -> tuple[str, bool]:
        with contextlib.closing(Collector(settings)) as collector:
            _, diagnosis = ask(collector, ID, "staging")
            return diagnosis.verdict.code, bool(diagnosis.verdict.caveats)

    assert verdict()[0] == "table-forbidden"
    staging.execute(f'grant select (id) on "Project" to {ROLE}')
    assert verdict() == ("stale-project-id", True)


def test_role_cannot_write_even_if_asked_to(granted: list[Database]) -> None:
    with psycopg.connect(url(granted[0]), autocommit=True) as connection:
        connection.execute("set default_transaction_read_only = off")
        for statement in ('delete from "Project"', "create table mine (id text)"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement.encode())


def test_password_comes_from_the_configuration_only(
    granted: list[Database], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    without = url(granted[0]).replace(f":{PASSWORD}@", "@")
    with contextlib.closing(Collector(configured(tmp_path, {"staging": without}))) as collector:
        _, diagnosis = ask(collector, ID, "staging")
        assert diagnosis.verdict.code == "env-auth"
