"""An application's tables in several schemas, its ledger in one; and tables of the wrong name."""

from pathlib import Path

import pytest

from dashboard.collect.health.inspection import check
from dashboard.collect.orphans.scan import count_all
from dashboard.diagnose.facts import IdFacts
from dashboard.diagnose.finding import Finding, Severity
from dashboard.diagnose.lookup.verdicts import Diagnosis
from dashboard.diagnose.orphans import BY_CODE, Orphans
from dashboard.diagnose.paste import Sought, read
from dashboard.diagnose.relationship import ChosenKey, choices
from tests.asking import collecting, configured, look_up
from tests.conftest import Database, MakeDatabase
from tests.diagnose.health.test_repairs import ID, add_project

MORE = '\n[diagnosis]\nconstraint = "Release_projectId_fkey"\n'
SEVERAL = f"""
create schema core; create schema tenant;
create table core."Project" (id text primary key, name text);
create table tenant."Release" (id text primary key, "projectId" text not null
    constraint "Release_projectId_fkey" references core."Project" on delete cascade);
create index on tenant."Release" ("projectId");
insert into core."Project" values ('{ID}', 'Shop');
grant usage on schema core, tenant to dashboard_reader;
grant select on all tables in schema core, tenant to dashboard_reader;
"""
URLS = ["", "?schema=public", "?schema=tenant"]


@pytest.fixture
def several(make_database: MakeDatabase) -> Database:
    database = make_database()
    database.execute('drop table deployments; drop table "Project" cascade')
    database.execute(SEVERAL)
    return database


def said(database: Database, folder: Path, text: str, query: str = "") -> Diagnosis:
    settings = configured(folder, {"staging": database.reader_url + query}, MORE)
    return look_up(settings, text, "staging")[1]


def found(database: Database, folder: Path, query: str, more: str = MORE) -> dict[str, Finding]:
    settings = configured(folder, {"staging": database.reader_url + query}, more)
    with collecting(settings) as collector:
        environments = check(collector).environments
        return {each.code: each for health in environments for each in health.findings}


@pytest.mark.parametrize("query", URLS)
def test_the_key_is_found_in_whatever_schema(several: Database, tmp_path: Path, query: str) -> None:
    assert said(several, tmp_path, ID, query).verdict.code == "project-present"
    assert said(several, tmp_path, ID[:-1] + "0", query).verdict.severity is Severity.ERROR
    assert not {"fk-missing", "table-absent"} & found(several, tmp_path, query).keys()


@pytest.mark.parametrize("query", URLS)
def test_the_ledger_is_where_prisma_looks_for_it(
    several: Database, tmp_path: Path, query: str
) -> None:
    """That is the URL's schema, else public: with another one Prisma finds none."""
    no_ledger = found(several, tmp_path, query).get("no-ledger")
    if query.endswith("tenant"):
        assert no_ledger
        assert "“public”" in str(no_ledger.to_dict())
    else:
        assert no_ledger is None


def test_another_applications_tables_are_not_looked_into(several: Database, tmp_path: Path) -> None:
    """A preview that was never migrated has an empty schema beside the main one's tables."""
    several.execute("create schema preview; grant usage on schema preview to dashboard_reader")
    verdict = said(several, tmp_path, ID, "?schema=preview").verdict
    assert verdict.code == "table-absent"
    assert "tenant" in str(verdict.to_dict())


def test_a_key_that_was_lost_is_missed_where_its_tables_are(
    several: Database, make_database: MakeDatabase, tmp_path: Path
) -> None:
    other = make_database()
    other.execute('drop table deployments; drop table "Project" cascade')
    other.execute(SEVERAL)
    several.execute('alter table tenant."Release" drop constraint "Release_projectId_fkey"')
    urls = {"staging": several.reader_url, "local": other.reader_url}
    with collecting(configured(tmp_path, urls, MORE)) as collector:
        here = next(iter(check(collector).environments))
    assert "fk-missing" in {each.code for each in here.findings}
    assert look_up(configured(tmp_path, urls, MORE), ID, "staging")[1].verdict.code == (
        "project-present"
    )


def test_one_of_several_keys_of_a_name_is_chosen_by_its_table(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    database = make_database()
    name = "owner_fkey"
    for child, parent in (("boats", "captains"), ("cars", "drivers")):
        database.execute(
            f"create table {parent} (id text primary key);"
            f"create table {child} (id text primary key, owner text constraint {name}"
            f" references {parent}); insert into {child} (id) values ('{child}');"
            f"grant select on {parent}, {child} to dashboard_reader"
        )
    with collecting(configured(tmp_path, {"staging": database.reader_url})) as collector:
        (answer,) = (seen for _, seen in collector.look_up(read(ID, Sought(name))))
        assert isinstance(answer, IdFacts)
        offered = choices([answer.catalog.foreign_keys])
        chosen = {key.address: tied for key, tied in offered.items() if key.constraint == name}
        assert chosen == {
            "public.boats.owner_fkey": "boats.owner → captains",
            "public.cars.owner_fkey": "cars.owner → drivers",
        }
        for table in ("boats", "cars"):
            along = collector.along(ChosenKey(name, ("public", table)))
            (orphans,) = dict(count_all(along)).values()
            assert isinstance(orphans, Orphans)
            counted = orphans.of(BY_CODE["ghost-child"]).columns
            assert [each.column.label for each in counted] == [f"{table}.owner"]


class TestAnotherTableOfTheName:
    @pytest.fixture
    def staging(self, make_database: MakeDatabase) -> Database:
        database = make_database()
        add_project(database)
        return database

    def test_in_another_schema(self, staging: Database, tmp_path: Path) -> None:
        staging.execute(
            'create schema legacy; create table legacy."Project" (id text primary key);'
            'alter table deployments drop constraint "deployments_projectId_fkey";'
            'alter table deployments add constraint "deployments_projectId_fkey"'
            ' foreign key ("projectId") references legacy."Project" (id);'
            "grant usage on schema legacy to dashboard_reader;"
            'grant select on legacy."Project" to dashboard_reader'
        )
        settings = configured(tmp_path, {"staging": staging.reader_url})
        verdict = look_up(settings, ID, "staging")[1].verdict
        assert (verdict.code, verdict.severity) == ("wrong-target", Severity.ERROR)
        staging.execute(f"insert into legacy.\"Project\" values ('{ID}')")
        assert look_up(settings, ID, "staging")[1].verdict.code == "project-present"

    def test_after_a_rename(self, staging: Database, tmp_path: Path) -> None:
        other = ID[:-1] + "0"
        staging.execute(
            'alter table "Project" rename to projects_archive;'
            'create table "Project" (like projects_archive including all);'
            f"""insert into "Project" select '{other}', name, "userId", "createdAt", "updatedAt" """
            "from projects_archive;"
            'grant select on "Project" to dashboard_reader'
        )
        settings = configured(tmp_path, {"staging": staging.reader_url})
        diagnosis = look_up(settings, other, "staging")[1]
        assert diagnosis.verdict.code == "wrong-target"
        assert "other-entity" not in {each.code for each in diagnosis.findings}
        finding = found(staging, tmp_path, "", "")["wrong-target"]
        assert "projects_archive" in finding.summary
        staging.execute(
            'alter table deployments drop constraint "deployments_projectId_fkey";'
            'alter table deployments add constraint "deployments_projectId_fkey"'
            ' foreign key ("projectId") references "Project" (id) not valid'
        )
        assert "wrong-target" not in found(staging, tmp_path, "", "")
        assert look_up(settings, other, "staging")[1].verdict.code == "project-present"
