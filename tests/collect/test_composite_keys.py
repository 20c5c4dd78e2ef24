"""A key of several columns, and one that its own operator compares: looked up, checked, counted."""

from pathlib import Path

import psycopg
import pytest

from dashboard.collect.health.inspection import check
from dashboard.collect.orphans.scan import count_all
from dashboard.diagnose.facts import Unavailable
from dashboard.diagnose.finding import Finding, Severity
from dashboard.diagnose.lookup.evidence import Evidence
from dashboard.diagnose.lookup.verdicts import Diagnosis
from tests.asking import collecting, configured, look_up
from tests.conftest import Database, MakeDatabase

MORE = '\n[diagnosis]\nconstraint = "orders_tenantId_customerNo_fkey"\n'
TABLES = """
drop table deployments; drop table "Project" cascade;
create table "Customer" ("tenantId" uuid, no int, name text, primary key ("tenantId", no));
create table orders (
    id text primary key, "tenantId" uuid not null, "customerNo" int not null,
    constraint "orders_tenantId_customerNo_fkey" foreign key ("tenantId", "customerNo")
        references "Customer" ("tenantId", no) on delete cascade on update cascade
);
create index on orders ("tenantId", "customerNo");
grant select on all tables in schema public to dashboard_reader;
"""
ACME, OTHER = "8f14e45f-ceea-467f-a8d1-1f0a5b2c9e11", "3f2504e0-4f89-41d3-9a0c-0305e82c3301"


@pytest.fixture
def make(make_database: MakeDatabase) -> MakeDatabase:
    def make(*customers: tuple[str, int]) -> Database:
        database = make_database()
        database.execute(TABLES)
        for tenant, number in customers:
            database.execute(f"insert into \"Customer\" values ('{tenant}', {number}, 'Ann')")
        return database

    return make


def asked(folder: Path, text: str, **databases: Database) -> tuple[Evidence, Diagnosis]:
    urls = {name: each.reader_url for name, each in databases.items()}
    return look_up(configured(folder, urls, MORE), text, "staging")


def refusal(database: Database, tenant: str, number: int) -> str:
    """Take PostgreSQL's own words of an insert that fails."""
    with pytest.raises(psycopg.Error) as refused:
        database.execute(f"insert into orders values ('o', '{tenant}', {number})")
    message = refused.value.diag
    return f"ERROR:  {message.message_primary}\nDETAIL:  {message.message_detail}"


def test_it_is_looked_up_by_all_values(make: MakeDatabase, tmp_path: Path) -> None:
    staging, local = make((ACME, 7), (OTHER, 8)), make((ACME, 8))
    text = refusal(staging, ACME, 8)
    evidence, diagnosis = asked(tmp_path, text, staging=staging, local=local)
    assert diagnosis.verdict.code == "environment-mismatch"
    assert evidence.key == {"tenantId": ACME, "no": "8"}
    assert evidence.id == f"{ACME},8"
    present = asked(tmp_path, f"({ACME}, 7)", staging=staging)[1]
    assert present.verdict.code == "project-present"
    absent = asked(tmp_path, f"({ACME}, 8)", staging=staging)[1]
    assert absent.verdict.severity is Severity.ERROR


def test_what_it_prints_runs_and_finds_the_row(make: MakeDatabase, tmp_path: Path) -> None:
    staging = make((ACME, 7))
    verdict = asked(tmp_path, f"({ACME}, 7)", staging=staging)[1].verdict
    assert verdict.fix
    queries = [each.text for each in verdict.fix.commands if each.language == "sql"]
    assert [len(staging.execute(each)) for each in queries] == [1]


@pytest.mark.parametrize("text", ["7", ACME, f"({ACME},7,x)"])
def test_half_a_key_names_no_row(make: MakeDatabase, tmp_path: Path, text: str) -> None:
    verdict = asked(tmp_path, text, staging=make((ACME, 7)))[1].verdict
    assert (verdict.code, verdict.severity) == ("no-id", Severity.UNKNOWN)
    assert "tenantId" in verdict.summary


def test_a_value_that_its_column_cannot_hold(make: MakeDatabase, tmp_path: Path) -> None:
    verdict = asked(tmp_path, f"({ACME},x)", staging=make((ACME, 7)))[1].verdict
    assert verdict.severity is Severity.ERROR
    assert verdict.fix


def found(database: Database, folder: Path) -> dict[str, Finding]:
    settings = configured(folder, {"staging": database.reader_url}, MORE)
    with collecting(settings) as collector:
        environments = check(collector).environments
        return {each.code: each for health in environments for each in health.findings}


def test_it_is_checked(make: MakeDatabase, tmp_path: Path) -> None:
    staging = make((ACME, 7))
    sound = found(staging, tmp_path)
    assert not {"fk-missing", "fk-not-valid", "table-absent", "fk-unindexed"} & sound.keys()
    staging.execute(
        'drop index "orders_tenantId_customerNo_idx";'
        'alter table orders drop constraint "orders_tenantId_customerNo_fkey";'
        'alter table orders add constraint "orders_tenantId_customerNo_fkey"'
        ' foreign key ("tenantId", "customerNo") references "Customer" ("tenantId", no) not valid'
    )
    broken = found(staging, tmp_path)
    assert {"fk-not-valid", "fk-unindexed"} <= broken.keys()
    for code in ("fk-not-valid", "fk-unindexed"):
        fix = broken[code].fix
        assert fix
        for each in fix.commands:
            staging.execute(each.text)
    assert not {"fk-not-valid", "fk-unindexed"} & found(staging, tmp_path).keys()


def test_its_orphans_are_counted(make: MakeDatabase, tmp_path: Path) -> None:
    staging = make((ACME, 7), (OTHER, 8))
    staging.execute(
        'alter table orders drop constraint "orders_tenantId_customerNo_fkey";'
        f"insert into orders values ('good', '{ACME}', 7), ('bad', '{ACME}', 8);"
        'alter table orders add constraint "orders_tenantId_customerNo_fkey"'
        ' foreign key ("tenantId", "customerNo") references "Customer" ("tenantId", no) not valid'
    )
    settings = configured(tmp_path, {"staging": staging.reader_url}, MORE)
    with collecting(settings) as collector:
        counted = dict(count_all(collector)).popitem()[1]
    assert not isinstance(counted, Unavailable)
    numbers = {each.code: each for each in counted.kinds}
    assert "ghost-child" in numbers


class TestCitext:
    @pytest.fixture
    def database(self, make_database: MakeDatabase) -> Database:
        database = make_database()
        database.execute(
            'create extension citext; drop table deployments; drop table "Project" cascade;'
            'create table "Project" (id citext primary key, name text);'
            'create table deployments (id text primary key, "projectId" citext,'
            ' constraint "deployments_projectId_fkey" foreign key ("projectId")'
            ' references "Project" (id));'
            'create index on deployments ("projectId");'
            "insert into \"Project\" values ('Shop-One', 'Shop');"
            'grant select on "Project", deployments to dashboard_reader'
        )
        return database

    @pytest.mark.parametrize("text", ["Shop-One", "shop-one"])
    def test_letter_case_does_not_matter(
        self, database: Database, tmp_path: Path, text: str
    ) -> None:
        settings = configured(tmp_path, {"staging": database.reader_url})
        assert look_up(settings, text, "staging")[1].verdict.code == "project-present"

    def test_what_is_absent_is_proven(self, database: Database, tmp_path: Path) -> None:
        settings = configured(tmp_path, {"staging": database.reader_url})
        verdict = look_up(settings, "shop-two", "staging")[1].verdict
        assert verdict.severity is Severity.ERROR
