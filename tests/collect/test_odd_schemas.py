"""Schemas that are not like the product's: never a wrong answer, at worst none."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dashboard.collect.collector import Collector
from dashboard.diagnose.finding import Severity
from dashboard.diagnose.lookup.evidence import Evidence, PresenceState
from dashboard.diagnose.lookup.verdicts import Diagnosis
from dashboard.postgres.cluster import Cluster, binaries
from tests.asking import ask, configured, look_up
from tests.conftest import Database, MakeDatabase
from tests.diagnose.health.test_repairs import ID, KEY_AS_IT_SHOULD_BE, P2003, add_project, with_id

ABSENT = ID[:-1] + "0"
UUID = "3f2b8c1e-9d47-4a60-8b15-7c0e2f6a9d31"


@pytest.fixture
def database(make_database: MakeDatabase) -> Database:
    return make_database()


def said(database: Database, folder: Path, text: str = ID, query: str = "") -> Diagnosis:
    settings = configured(folder, {"staging": database.reader_url + query})
    return look_up(settings, text, "staging")[1]


def both(
    here: Database, there: Database, folder: Path, text: str = ID
) -> tuple[Evidence, Diagnosis]:
    urls = {"staging": here.reader_url, "local": there.reader_url}
    return look_up(configured(folder, urls), text, "staging")


def rebuild(database: Database, key_type: str, *, child_type: str | None = None) -> None:
    """Make the two tables anew with keys of another type."""
    database.execute(
        f'drop table deployments; drop table "Project" cascade;'
        f'create table "Project" (id {key_type} primary key, name text, "createdAt" timestamp(3));'
        f'create table deployments (id text primary key, "projectId" {child_type or key_type},'
        ' constraint "deployments_projectId_fkey" foreign key ("projectId")'
        ' references "Project" (id) on delete cascade on update cascade);'
        'create unique index on deployments ("projectId");'
        'grant select on "Project", deployments to dashboard_reader'
    )


class TestNames:
    def test_a_table_that_was_renamed_under_its_name(
        self, database: Database, tmp_path: Path
    ) -> None:
        """The foreign key follows the table, not its name."""
        add_project(database)
        collector = Collector(configured(tmp_path, {"staging": database.reader_url}))
        assert ask(collector, ID, "staging")[1].verdict.code == "project-present"
        database.execute(
            'alter table "Project" rename to "Project_old";'
            'create table "Project" (like "Project_old" including all);'
            'grant select on "Project" to dashboard_reader'
        )
        assert ask(collector, ID, "staging")[1].verdict.code == "project-present"
        collector.close()

    def test_a_backup_with_a_constraint_of_the_same_name(
        self, database: Database, tmp_path: Path
    ) -> None:
        database.execute(
            'create table old_deployments (id text primary key, "projectId" text);'
            'create table "OldProject" (id text primary key);'
            'alter table old_deployments add constraint "deployments_projectId_fkey"'
            ' foreign key ("projectId") references "OldProject" (id)'
        )
        add_project(database)
        assert said(database, tmp_path).verdict.code == "project-present"

    def test_tenants_without_a_schema_in_the_url(self, database: Database, tmp_path: Path) -> None:
        for schema in ("tenant_a", "tenant_b"):
            database.execute(
                f'create schema {schema}; create table {schema}."Project" (id text primary key);'
                f'create table {schema}.deployments (id text, "projectId" text constraint'
                f' "deployments_projectId_fkey" references {schema}."Project" (id));'
                f"grant usage on schema {schema} to dashboard_reader;"
                f"grant select on all tables in schema {schema} to dashboard_reader"
            )
        database.execute('drop table deployments; drop table "Project" cascade')
        database.execute(f"insert into tenant_b.\"Project\" values ('{ID}')")
        unclear = said(database, tmp_path)
        assert unclear.verdict.severity is Severity.UNKNOWN
        assert "tenant_a" in unclear.verdict.summary
        assert said(database, tmp_path, query="?schema=tenant_b").verdict.code == "project-present"
        assert said(database, tmp_path, query="?schema=tenant_a").verdict.code != "project-present"

    def test_a_renamed_constraint_is_still_ours(
        self, database: Database, make_database: MakeDatabase, tmp_path: Path
    ) -> None:
        local = make_database()
        add_project(local)
        database.execute(
            'alter table deployments rename constraint "deployments_projectId_fkey" to renamed'
        )
        error = with_id(P2003.replace("deployments_projectId_fkey", "renamed"))
        assert both(database, local, tmp_path, error)[1].verdict.code == "environment-mismatch"

    def test_a_composite_key_is_not_a_missing_table(
        self, database: Database, tmp_path: Path
    ) -> None:
        database.execute(
            'alter table deployments drop constraint "deployments_projectId_fkey";'
            'alter table "Project" add unique (id, "userId");'
            'alter table deployments add constraint "deployments_projectId_fkey" foreign key'
            ' ("projectId", "userId") references "Project" (id, "userId")'
        )
        verdict = said(database, tmp_path).verdict
        assert verdict.severity is Severity.UNKNOWN
        assert "2 columns (id and userId)" in verdict.summary


class TestTypes:
    @pytest.mark.parametrize("text", [UUID, UUID.upper(), UUID.replace("-", ""), f"{{{UUID}}}"])
    def test_a_uuid_in_any_spelling(self, text: str, database: Database, tmp_path: Path) -> None:
        rebuild(database, "uuid")
        database.execute(f"insert into \"Project\" values ('{UUID}', 'x', now())")
        assert said(database, tmp_path, text).verdict.code == "project-present"

    @pytest.mark.parametrize("text", ["x", "urn:uuid:" + UUID, "12", UUID[:-1], UUID + "0"])
    def test_what_is_no_uuid_is_nowhere(
        self, text: str, database: Database, tmp_path: Path
    ) -> None:
        rebuild(database, "uuid")
        assert said(database, tmp_path, text).verdict.code != "env-unreachable"

    @pytest.mark.parametrize("text", ["7", "007", "99999999999999999999", "-7", "x"])
    def test_numbers(self, text: str, database: Database, tmp_path: Path) -> None:
        rebuild(database, "bigint")
        database.execute("insert into \"Project\" values (7, 'x', now())")
        code = said(database, tmp_path, text).verdict.code
        assert (code == "project-present") is (text in ("7", "007"))
        assert code != "env-unreachable"

    def test_a_number_of_another_environment_is_not_certain(
        self, database: Database, make_database: MakeDatabase, tmp_path: Path
    ) -> None:
        local = make_database()
        for each in (database, local):
            rebuild(each, "bigint")
        local.execute("insert into \"Project\" values (7, 'x', now())")
        verdict = both(database, local, tmp_path, "7")[1].verdict
        assert (verdict.code, verdict.confidence.value) == ("environment-mismatch", "likely")

    def test_blanks_behind_a_char(self, database: Database, tmp_path: Path) -> None:
        rebuild(database, "char(30)")
        database.execute(f"insert into \"Project\" values ('{ID}', 'x', now())")
        assert said(database, tmp_path).verdict.code == "project-present"

    def test_a_type_the_dashboard_cannot_compare_is_unknown(
        self, database: Database, tmp_path: Path
    ) -> None:
        database.execute(f"create type code as enum ('{ID}')")
        rebuild(database, "code")
        database.execute(f"insert into \"Project\" values ('{ID}', 'x', now())")
        assert said(database, tmp_path).verdict.severity is Severity.UNKNOWN

    @pytest.mark.parametrize("domain", ["over_text", "over_a_domain"])
    def test_a_domain_is_compared_as_what_it_is_over(
        self, domain: str, database: Database, make_database: MakeDatabase, tmp_path: Path
    ) -> None:
        local = make_database()
        for each in (database, local):
            each.execute(
                "create domain over_text as text check (value <> '');"
                "create domain over_a_domain as over_text check (length(value) > 3)"
            )
            rebuild(each, domain)
        assert both(database, local, tmp_path)[1].verdict.code == "stale-project-id"
        local.execute(f"insert into \"Project\" values ('{ID}', 'x', now())")
        assert both(database, local, tmp_path)[1].verdict.code == "environment-mismatch"
        database.execute(f"insert into \"Project\" values ('{ID}', 'x', now())")
        assert both(database, local, tmp_path)[1].verdict.code == "project-present"

    @pytest.mark.parametrize(
        "change",
        [
            'alter table "Project" drop column "createdAt", add column "createdAt" bigint',
            'alter table "Project" add column "deletedAt2" int;'
            'alter table "Project" rename column "deletedAt" to d;'
            'alter table "Project" rename column "deletedAt2" to "deletedAt"',
            "alter table users rename to people; create table users (id uuid primary key)",
        ],
    )
    def test_columns_of_unexpected_types_play_no_role(
        self, change: str, database: Database, tmp_path: Path
    ) -> None:
        add_project(database)
        database.execute(
            change + ";grant select on all tables in schema public to dashboard_reader"
        )
        assert said(database, tmp_path).verdict.code == "project-present"

    def test_a_null_in_a_unique_key_that_is_no_primary_key(
        self, database: Database, tmp_path: Path
    ) -> None:
        database.execute(
            'alter table "Project" add column public_id text unique;'
            'grant select (public_id) on "Project" to dashboard_reader;'
            'alter table deployments drop constraint "deployments_projectId_fkey";'
            'alter table deployments add constraint "deployments_projectId_fkey" foreign key'
            ' ("projectId") references "Project" (public_id)'
        )
        add_project(database)
        verdict = said(database, tmp_path).verdict
        assert verdict.code == "other-column", "it is the id of a project, which is not its key"
        assert "which is not set" in verdict.summary


class TestTargets:
    def test_a_key_to_a_table_of_another_name(
        self, database: Database, make_database: MakeDatabase, tmp_path: Path
    ) -> None:
        local = make_database()
        for each in (database, local):
            add_project(each)
        database.execute(
            KEY_AS_IT_SHOULD_BE.replace('references "Project" (id)', "references teams (id)")
        )
        verdict = both(database, local, tmp_path)[1].verdict
        assert verdict.code == "wrong-target"

    def test_the_rightful_table_cannot_be_read(
        self, database: Database, make_database: MakeDatabase, tmp_path: Path
    ) -> None:
        local = make_database()
        for each in (database, local):
            add_project(each)
        database.execute(
            KEY_AS_IT_SHOULD_BE.replace('references "Project" (id)', "references teams (id)")
            + ';revoke select (id) on "Project" from dashboard_reader'
        )
        verdict = both(database, local, tmp_path)[1].verdict
        assert verdict.confidence.value != "certain"
        assert any("should reference" in caveat for caveat in verdict.caveats)

    def test_a_schema_of_its_own_for_the_parent_is_right_where_all_have_it(
        self, make_database: MakeDatabase, tmp_path: Path
    ) -> None:
        staging, local = make_database(), make_database()
        for each in (staging, local):
            each.execute(
                'create schema core; alter table "Project" set schema core;'
                "grant usage on schema core to dashboard_reader;"
                'create table "Project" (id text primary key);'
                'grant select on "Project" to dashboard_reader'
            )
            each.execute(
                f'insert into core."Project" (id, name, "userId", "updatedAt")'
                f" values ('{ID}', 'x', 'u', now())"
            )
        _, diagnosis = both(staging, local, tmp_path)
        assert "wrong-target" not in {each.code for each in diagnosis.findings}
        assert diagnosis.verdict.code in ("project-present", "owner-missing")

    def test_a_second_key_to_another_table_is_not_green(
        self, database: Database, tmp_path: Path
    ) -> None:
        add_project(database)
        assert said(database, tmp_path).verdict.severity is Severity.OK
        database.execute(
            "create table legacy (id text primary key);"
            "alter table deployments add constraint second"
            ' foreign key ("projectId") references legacy (id)'
        )
        assert said(database, tmp_path).verdict.severity is Severity.UNKNOWN, "legacy is not seen"

    @pytest.mark.parametrize("constraint", [None, "deployments_projectId_fkey", "second"])
    def test_a_second_key_wants_the_id_elsewhere_too(
        self, constraint: str | None, database: Database, tmp_path: Path
    ) -> None:
        add_project(database)
        database.execute(
            "create table legacy (id text primary key);"
            "grant select on legacy to dashboard_reader;"
            "alter table deployments add constraint second"
            ' foreign key ("projectId") references legacy (id)'
        )
        text = (
            with_id(P2003.replace("deployments_projectId_fkey", constraint)) if constraint else ID
        )
        codes = self._codes(database, tmp_path, text)
        if constraint == "deployments_projectId_fkey":
            assert codes[0] == "present-unexplained", "the error is not the second key's"
        else:
            assert codes[0] == "double-fk"
            assert "present-unexplained" not in codes
        database.execute(f"insert into legacy values ('{ID}')")
        assert "double-fk" not in self._codes(database, tmp_path, text)[:1]
        database.execute("delete from legacy; alter table deployments drop constraint second")
        assert "double-fk" not in self._codes(database, tmp_path, text)

    @staticmethod
    def _codes(database: Database, folder: Path, text: str) -> list[str]:
        diagnosis = said(database, folder, text)
        return [each.code for each in (diagnosis.verdict, *diagnosis.findings)]

    def test_a_row_of_a_table_that_inherits_is_no_row_to_the_key(
        self, database: Database, tmp_path: Path
    ) -> None:
        database.execute(
            'create table heirs () inherits ("Project");'
            f'insert into heirs (id, name, "userId", "updatedAt") values (\'{ID}\', '
            f"'x', 'u', now())"
        )
        verdict = said(database, tmp_path).verdict
        assert verdict.code == "stale-project-id"
        assert verdict.fix is not None
        fixes = (verdict.fix, *verdict.alternatives)
        printed = {
            each.text
            for fix in fixes
            if fix
            for each in fix.commands
            if each.title.startswith("Check")
        }
        assert printed, "a query to see for oneself"
        assert not any(map(database.execute, printed))

    def test_a_parent_in_a_schema_that_may_not_be_used(
        self, database: Database, tmp_path: Path
    ) -> None:
        database.execute('create schema core; alter table "Project" set schema core')
        verdict = said(database, tmp_path).verdict
        assert verdict.code == "table-forbidden"
        assert verdict.fix is not None
        database.execute(verdict.fix.commands[0].text)
        assert said(database, tmp_path).verdict.code == "stale-project-id"


class TestPartitions:
    def test_a_leaf_whose_checks_are_off_is_told(self, database: Database, tmp_path: Path) -> None:
        database.execute(
            "drop table deployments;"
            'create table deployments (id text, "projectId" text constraint'
            ' "deployments_projectId_fkey" references "Project" (id)) partition by list (id);'
            "create table leaf partition of deployments default;"
            'create index on deployments ("projectId");'
            "grant select on deployments to dashboard_reader"
        )
        add_project(database)
        before = said(database, tmp_path)
        assert before.verdict.code == "project-present"
        assert "child-triggers-off" not in {each.code for each in before.findings}
        database.execute("alter table leaf disable trigger all")
        after = said(database, tmp_path)
        assert after.verdict.severity is not Severity.OK
        assert "child-triggers-off" in {each.code for each in after.findings}


class TestDeletion:
    def test_the_definition_that_is_borrowed_does_not_depend_on_who_answers_first(
        self, make_database: MakeDatabase, tmp_path: Path
    ) -> None:
        staging, plural, usual = make_database(), make_database(), make_database()
        plural.execute('alter table "Project" rename to projects')
        staging.execute('alter table deployments drop constraint "deployments_projectId_fkey"')
        add_project(staging)
        urls = {
            "plural": plural.reader_url,
            "usual": usual.reader_url,
            "staging": staging.reader_url,
        }
        settings = configured(tmp_path, urls)
        codes = {look_up(settings, ID, "staging")[1].verdict.code for _ in range(8)}
        assert codes == {"project-present"}

    def test_what_was_not_searched_is_not_denied(
        self, make_database: MakeDatabase, tmp_path: Path
    ) -> None:
        database = make_database()
        database.execute(
            f"insert into uploads (id, \"key\", \"projectId\") values ('u', 'k', '{ID}');"
            'drop index "uploads_projectId_idx"'
        )
        verdict = said(database, tmp_path).verdict
        assert verdict.code == "stale-project-id"
        assert any("uploads.projectId was not searched" in each for each in verdict.caveats)
        assert "No row anywhere" not in verdict.explanation

    def test_one_locked_table_beside_does_not_hide_the_project(
        self, database: Database, tmp_path: Path
    ) -> None:
        add_project(database)
        with database.connection.transaction():
            database.execute("lock table uploads in access exclusive mode")
            diagnosis = said(database, tmp_path)
        assert diagnosis.verdict.code == "project-present"
        assert any("only the project itself" in each for each in diagnosis.verdict.caveats)

    def test_a_wrong_schema_explains_no_error(self, database: Database, tmp_path: Path) -> None:
        text = "The column `deployments.published` does not exist in the current database."
        error = f"Invalid `prisma.deployment.create()` invocation:\n\n\n{text}"
        assert said(database, tmp_path, error, "?schema=nowhere").verdict.code == "table-absent"


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_a_database_of_another_encoding(encoding: str, tmp_path: Path) -> None:
    """What the database cannot hold is not there, and does not make it unreachable."""
    with Cluster(binaries=binaries()) as cluster:
        import psycopg

        with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
            connection.execute(
                f"create database odd encoding '{encoding}' template template0".encode()
            )
        with psycopg.connect(cluster.url("odd"), autocommit=True) as connection:
            connection.execute('create table "Project" (id text primary key, name text)')
            connection.execute(
                'create table deployments ("projectId" text unique constraint'
                ' "deployments_projectId_fkey" references "Project" (id))'
            )
            connection.execute('insert into "Project" values (%s, %s)', [ID, "x"])
        settings = configured(tmp_path, {"staging": cluster.url("odd")})
        evidence, diagnosis = look_up(settings, f"{ID[:12]}\u200b{ID[12:]}", "staging")
        assert evidence.here.state is PresenceState.FOUND, evidence.here.reason
        assert diagnosis.verdict.code == "project-present"


def test_nothing_odd_is_reported_for_the_product_itself(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    database: Any = make_database()
    add_project(database)
    diagnosis = said(database, tmp_path)
    assert diagnosis.verdict.severity is Severity.OK
    assert diagnosis.findings == ()
    assert diagnosis.verdict.caveats == ()


class TestSoftDeletion:
    """A row is marked as deleted by a time or by a truth."""

    @pytest.mark.parametrize("column", ["isDeleted", "is_deleted", "gone"])
    def test_by_a_truth(self, database: Database, tmp_path: Path, column: str) -> None:
        database.execute(
            'alter table "Project" drop column "deletedAt";'
            f'alter table "Project" add "{column}" boolean;'
            f'grant select on "Project" to dashboard_reader'
        )
        add_project(database)
        settings = configured(tmp_path, {"staging": database.reader_url})
        settings = replace(settings, columns={"deleted": "gone"} if column == "gone" else {})
        for value, code in (("null", "present"), ("false", "present"), ("true", "soft-deleted")):
            database.execute(f'update "Project" set "{column}" = {value}')
            verdict = look_up(settings, ID, "staging")[1].verdict
            assert verdict.code.endswith(code)
        assert verdict.summary.endswith("exists in staging but is marked as deleted.")

    def test_by_a_word_is_not_read(self, database: Database, tmp_path: Path) -> None:
        """A text called deleted may say anything."""
        database.execute(
            "alter table \"Project\" add deleted text default 'no';"
            'grant select on "Project" to dashboard_reader'
        )
        add_project(database)
        assert said(database, tmp_path).verdict.code == "project-present"
