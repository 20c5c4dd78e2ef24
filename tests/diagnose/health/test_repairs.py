"""Every row of the families A, B, C and E on real databases: there with the defect, gone without.

Each case makes a defect, sees its code as the verdict or beside it, repairs it, and sees it go.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from dashboard.diagnose.finding import Confidence, Severity
from dashboard.diagnose.lookup.evidence import Evidence, PresenceState
from dashboard.diagnose.lookup.verdicts import Diagnosis
from dashboard.postgres.cluster import Cluster
from tests.asking import configured, look_up
from tests.conftest import Database, MakeDatabase
from tests.repetitions import every_nth, repetition

ID = "cmfyok0xv0001l804v6i9h3zz"
OTHER = "cmgzpl1yw0002m915w7j0i4aa"
OWNER = "cmaaaaaaa0000u000owner00a1"
DEPLOYMENT = "cmhdeploy0001d001deploy001"
CREATED = "2026-10-01 12:00:00"

P2003 = (
    "Invalid `prisma.deployment.create()` invocation:\n\n\n"
    "Foreign key constraint violated on the constraint: `deployments_projectId_fkey`"
)


def logged(at: str, key: str) -> str:
    prefix = f"{at} UTC [4711] app@staging"
    return (
        f'{prefix} ERROR:  insert or update on table "deployments" violates foreign key '
        'constraint "deployments_projectId_fkey"\n'
        f'{prefix} DETAIL:  Key (projectId)=({key}) is not present in table "Project".'
    )


def with_id(error: str, project_id: str = ID) -> str:
    return f"{error}\nprojectId: {project_id}"


@dataclass
class Place:
    """Two environments, and what can be done to them."""

    staging: Database
    local: Database
    folder: Path

    def ask(self, text: str = ID, target: str = "staging") -> tuple[Evidence, Diagnosis]:
        urls = {"staging": self.staging.reader_url, "local": self.local.reader_url}
        return look_up(configured(self.folder, urls), text, target)

    def said(self, text: str) -> dict[str, Confidence]:
        """The codes of the verdict and of the findings beside it, and how sure they are."""
        _, diagnosis = self.ask(text)
        return {each.code: each.confidence for each in (diagnosis.verdict, *diagnosis.findings)}


def add_owner(database: Database) -> None:
    database.execute(
        'insert into users (id, email, "updatedAt") values (%s, %s, now()) on conflict do nothing',
        OWNER,
        "owner@example.com",
    )


def add_project(database: Database, key: str = ID, created: str = CREATED) -> None:
    add_owner(database)
    database.execute(
        'insert into "Project" (id, name, "userId", "createdAt", "updatedAt")'
        " values (%s, 'Shop demo', %s, %s, now())",
        key,
        OWNER,
        created,
    )


def add_deployment(database: Database, key: str = ID, app: str = "app_1") -> None:
    database.execute(
        'insert into deployments (id, "appId", "projectId", "updatedAt")'
        " values (%s, %s, %s, now())",
        DEPLOYMENT,
        app,
        key,
    )


def add_upload(database: Database, key: str = ID) -> None:
    statement = "insert into uploads (id, \"key\", \"projectId\") values ('u1', 'k1', %s)"
    database.execute(statement, key)


@pytest.fixture(scope="module", params=["embedded", repetition("system")])
def cluster(request: pytest.FixtureRequest) -> Cluster:
    """The embedded PostgreSQL 18, and the one of the machine where there is one."""
    running: Cluster = request.getfixturevalue(request.param)
    return running


@pytest.fixture
def place(make_database: MakeDatabase, tmp_path: Path) -> Place:
    return Place(make_database(), make_database(), tmp_path)


Step = Callable[[Place], object]
KEY_AS_IT_SHOULD_BE = (
    'alter table deployments drop constraint "deployments_projectId_fkey";'
    'alter table deployments add constraint "deployments_projectId_fkey" foreign key ("projectId")'
    ' references "Project" (id) on delete cascade on update cascade'
)


def run(statement: str, *, where: str = "staging") -> Step:
    return lambda place: getattr(place, where).execute(statement)


def there(place: Place) -> None:
    add_project(place.staging)


def only_in_local(place: Place) -> None:
    add_project(place.local)


def nothing(_place: Place) -> None:
    pass


CASES: dict[str, tuple[str, Step, str, Step]] = {
    # name: code, defect, what is pasted, repair
    "environment-mismatch": ("environment-mismatch", only_in_local, ID, there),
    "stale": ("stale-project-id", nothing, ID, there),
    "deleted": (
        "deleted-project",
        lambda place: add_upload(place.staging),
        ID,
        run("delete from uploads"),
    ),
    "deleted, and the foreign key with it": (
        "deleted-project",
        lambda place: (
            place.staging.execute(
                'alter table deployments drop constraint "deployments_projectId_fkey"'
            ),
            add_deployment(place.staging),
        ),
        ID,
        run("delete from deployments"),
    ),
    "deleted everywhere": (
        "deleted-everywhere",
        lambda place: (add_upload(place.staging), add_upload(place.local)),
        ID,
        lambda place: (
            place.staging.execute("delete from uploads"),
            place.local.execute("delete from uploads"),
        ),
    ),
    "traces elsewhere only": (
        "deleted-everywhere",
        lambda place: add_upload(place.local),
        ID,
        run("delete from uploads", where="local"),
    ),
    "soft-deleted": (
        "soft-deleted",
        lambda place: (
            there(place),
            place.staging.execute('update "Project" set "deletedAt" = now()'),
        ),
        ID,
        run('update "Project" set "deletedAt" = null'),
    ),
    "present": ("project-present", there, ID, run('delete from "Project"')),
    "created later": (
        "present-created-later",
        there,
        logged("2026-10-01 11:00:00.000", ID),
        run("""update "Project" set "createdAt" = '2026-09-01'"""),
    ),
    "race": (
        "present-race",
        there,
        logged("2026-10-01 12:00:04.000", ID),
        run("""update "Project" set "createdAt" = '2026-09-01'"""),
    ),
    "unexplained": (
        "present-unexplained",
        there,
        logged("2026-10-05 12:00:00.000", ID),
        run("""update "Project" set "createdAt" = '2026-10-06'"""),
    ),
    "unexplained, without a time": (
        "present-unexplained",
        there,
        with_id(P2003),
        run('delete from "Project"'),
    ),
    "several environments": (
        "several-envs",
        lambda place: (there(place), only_in_local(place)),
        ID,
        run('delete from "Project"', where="local"),
    ),
    "owner missing": (
        "owner-missing",
        lambda place: (there(place), place.staging.execute("delete from users")),
        ID,
        lambda place: add_owner(place.staging),
    ),
    "dirty paste": ("id-dirty-paste", there, f'"{ID} ",', run('delete from "Project"')),
    "dirty in the application": (
        "id-dirty-in-app",
        there,
        logged("2026-10-05 12:00:00.000", f"{ID} "),
        run(f"""update "Project" set id = '{ID} '"""),
    ),
    "case": (
        "id-case",
        there,
        ID.upper(),
        run(f"""update "Project" set id = '{ID.upper()}'"""),
    ),
    "truncated": ("id-truncated", there, ID[:17], run(f"""update "Project" set id = '{OTHER}'""")),
    "typo": (
        "id-typo",
        there,
        ID.replace("l804", "l8x4"),
        run(f"""update "Project" set id = '{OTHER}'"""),
    ),
    "other entity": (
        "other-entity",
        lambda place: (there(place), add_deployment(place.staging)),
        DEPLOYMENT,
        run("delete from deployments"),
    ),
    "other entity, an app": (
        "other-entity",
        lambda place: (there(place), add_deployment(place.staging, app="app_7xq2mrk9")),
        "app_7xq2mrk9",
        run("delete from deployments"),
    ),
    "foreign shape": (
        "foreign-shape",
        there,
        "3f2b8c1e-9d47-4a60-8b15-7c0e2f6a9d31",
        run("""update "Project" set id = '3f2b8c1e-9d47-4a60-8b15-7c0e2f6a9d32'"""),
    ),
    "already deployed": (
        "already-deployed",
        lambda place: (there(place), add_deployment(place.staging)),
        'ERROR:  duplicate key value violates unique constraint "deployments_projectId_key"\n'
        f'DETAIL:  Key ("projectId")=({ID}) already exists.',
        run("delete from deployments"),
    ),
    "app id taken": (
        "appid-taken",
        lambda place: (there(place), add_deployment(place.staging)),
        'ERROR:  duplicate key value violates unique constraint "deployments_appId_key"\n'
        'DETAIL:  Key ("appId")=(app_1) already exists.',
        run("delete from deployments"),
    ),
    "null project": (
        "null-project",
        nothing,
        'ERROR:  null value in column "projectId" of relation "deployments" violates not-null '
        "constraint",
        run('alter table deployments alter column "projectId" drop not null'),
    ),
    "null by cascade": (
        "null-by-cascade",
        run(
            'alter table deployments drop constraint "deployments_projectId_fkey";'
            'alter table deployments add constraint "deployments_projectId_fkey" foreign key'
            ' ("projectId") references "Project" (id) on delete set null'
        ),
        'ERROR:  null value in column "projectId" of relation "deployments" violates not-null '
        'constraint\nCONTEXT:  SQL statement "UPDATE ONLY "public"."deployments" SET "projectId"'
        ' = NULL WHERE $1 OPERATOR(pg_catalog.=) "projectId""',
        run(KEY_AS_IT_SHOULD_BE),
    ),
    "reverse direction": (
        "reverse-direction",
        lambda place: (
            there(place),
            place.staging.execute(
                'alter table deployments drop constraint "deployments_projectId_fkey";'
                'alter table deployments add constraint "deployments_projectId_fkey" foreign key'
                ' ("projectId") references "Project" (id)'
            ),
        ),
        'ERROR:  update or delete on table "Project" violates foreign key constraint '
        '"deployments_projectId_fkey" on table "deployments"\n'
        f'DETAIL:  Key (id)=({ID}) is still referenced from table "deployments".',
        run(KEY_AS_IT_SHOULD_BE),
    ),
    "nested connect": (
        "nested-connect",
        nothing,
        with_id(
            "Invalid `prisma.deployment.create()` invocation:\n\n\nAn operation failed because it "
            "depends on one or more records that were required but not found. No 'Project' record "
            "(needed to create or connect inlined relation for 'Deployment' record(s)) was found "
            "for a nested connect on one-to-one relation 'DeploymentToProject'."
        ),
        there,
    ),
    "column missing": (
        "column-or-table-missing",
        run("alter table deployments drop column published"),
        "Invalid `prisma.deployment.create()` invocation:\n\n\nThe column `published of relation "
        "deployments` does not exist in the current database.",
        run("alter table deployments add column published boolean"),
    ),
    "table missing": (
        "column-or-table-missing",
        run("alter table deployments rename to old_deployments"),
        "Invalid `prisma.deployment.create()` invocation:\n\n\nThe table `public.deployments` does "
        "not exist in the current database.",
        run("alter table old_deployments rename to deployments"),
    ),
    "name not quoted": (
        "name-not-quoted",
        nothing,
        'ERROR:  column "projectid" does not exist\nLINE 1: SELECT projectId FROM deployments',
        run('alter table deployments rename "projectId" to projectid'),
    ),
    "another relationship": (
        "stale-project-id",
        nothing,
        'ERROR:  insert or update on table "Project" violates foreign key constraint '
        '"Project_teamId_fkey"\nDETAIL:  Key (teamId)=(t1) is not present in table "teams".',
        run("insert into teams (id, name, slug, \"updatedAt\") values ('t1', 'Crew', 't', now())"),
    ),
    "other constraint": (
        "other-constraint",
        nothing,
        'ERROR:  insert or update on table "invoices" violates foreign key constraint '
        '"invoices_teamId_fkey"\nDETAIL:  Key (teamId)=(t1) is not present in table "teams".',
        run(
            'create table invoices (id text primary key, "teamId" text constraint'
            ' "invoices_teamId_fkey" references teams)'
        ),
    ),
    "wrong target": (
        "wrong-target",
        lambda place: (
            there(place),
            place.staging.execute(
                'create schema legacy; create table legacy."Project" (id text primary key);'
                "grant usage on schema legacy to dashboard_reader;"
                'grant select on legacy."Project" to dashboard_reader;'
                'alter table deployments drop constraint "deployments_projectId_fkey";'
                'alter table deployments add constraint "deployments_projectId_fkey" foreign key'
                ' ("projectId") references legacy."Project" (id)'
            ),
        ),
        with_id(P2003),
        run(KEY_AS_IT_SHOULD_BE),
    ),
    "table forbidden": (
        "table-forbidden",
        run('revoke select on "Project" from dashboard_reader;'
            'revoke select (id) on "Project" from dashboard_reader'),
        ID,
        run('grant select (id) on "Project" to dashboard_reader'),
    ),
    "rows hidden": (
        "rls-hides",
        run('alter table "Project" enable row level security'),
        ID,
        run('alter table "Project" disable row level security'),
    ),
    "no foreign key": (
        "fk-missing",
        run('alter table deployments drop constraint "deployments_projectId_fkey"'),
        ID,
        run(KEY_AS_IT_SHOULD_BE.partition(";")[2]),
    ),
    "not valid": (
        "fk-not-valid",
        run(KEY_AS_IT_SHOULD_BE + " not valid"),
        ID,
        run('alter table deployments validate constraint "deployments_projectId_fkey"'),
    ),
    "checks of new rows off": (
        "child-triggers-off",
        run("alter table deployments disable trigger all"),
        ID,
        run("alter table deployments enable trigger all"),
    ),
    "checks of deletes off": (
        "parent-triggers-off",
        run('alter table "Project" disable trigger all'),
        ID,
        run('alter table "Project" enable trigger all'),
    ),
    "deferred": (
        "deferred",
        run(KEY_AS_IT_SHOULD_BE + " deferrable initially deferred"),
        ID,
        run(KEY_AS_IT_SHOULD_BE),
    ),
    "table absent": (
        "table-absent",
        run('alter table deployments rename to d1; alter table "Project" rename to p1;'
            'alter table d1 drop constraint "deployments_projectId_fkey"'),
        ID,
        run('alter table d1 rename to deployments; alter table p1 rename to "Project"'),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", every_nth(CASES, 2))
def test_the_code_comes_with_the_defect_and_goes_with_the_repair(name: str, place: Place) -> None:
    """Gone, or no longer said with the same confidence where the text itself says so much."""
    code, defect, text, repair = CASES[name]
    defect(place)
    before = place.said(text)
    assert code in before
    repair(place)
    after = place.said(text)
    assert after.get(code) != before[code], "repaired, and still said"


def test_a_constraint_that_is_not_enforced(place: Place) -> None:
    if place.staging.connection.info.server_version < 180000:
        pytest.skip("NOT ENFORCED came with PostgreSQL 18")
    place.staging.execute(KEY_AS_IT_SHOULD_BE + " not enforced")
    assert "fk-not-enforced" in place.said(ID)
    place.staging.execute(KEY_AS_IT_SHOULD_BE)
    assert "fk-not-enforced" not in place.said(ID)


def test_the_printed_grant_is_enough(place: Place) -> None:
    there(place)
    place.staging.execute(
        'revoke select on "Project" from dashboard_reader;'
        'revoke select (id, name, "userId", "createdAt", "updatedAt", "deletedAt") on "Project"'
        " from dashboard_reader"
    )
    _, refused = place.ask()
    assert refused.verdict.code == "table-forbidden"
    assert refused.verdict.fix is not None
    place.staging.execute(refused.verdict.fix.commands[0].text)
    _, granted = place.ask()
    assert granted.verdict.code == "project-present"


def test_the_printed_foreign_key_is_right(place: Place) -> None:
    place.staging.execute('alter table deployments drop constraint "deployments_projectId_fkey"')
    _, missing = place.ask()
    (finding,) = (each for each in missing.findings if each.code == "fk-missing")
    assert finding.fix is not None
    place.staging.execute(finding.fix.commands[0].text)
    there(place)
    _, repaired = place.ask()
    assert repaired.verdict.severity is Severity.OK
    assert repaired.findings == ()


def test_a_table_that_is_locked(place: Place) -> None:
    with place.staging.connection.transaction():
        place.staging.execute('lock table "Project" in access exclusive mode')
        _, locked = place.ask()
        elsewhere, _ = place.ask(target="local")
    assert locked.verdict.code == "check-timeout"
    assert elsewhere.here.state is PresenceState.ABSENT, "the other environment is not affected"
    assert place.ask()[1].verdict.code == "stale-project-id"


def test_a_migration_that_runs(place: Place) -> None:
    place.staging.execute("select pg_advisory_lock(72707369)")
    assert "migration-running" in place.said(ID)
    place.staging.execute("select pg_advisory_unlock(72707369)")
    assert "migration-running" not in place.said(ID)


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        (lambda url: "postgresql://u:p4ss@127.0.0.1:1/x", "env-unreachable"),
        (lambda url: url.rpartition("/")[0] + "/nowhere", "env-unreachable"),
        (lambda url: url.replace("dashboard_reader:", "dashboard_reader:x"), "env-auth"),
        (lambda url: url + "?schema=nowhere", "table-absent"),
    ],
)
def test_a_wrong_address(broken: Callable[[str], str], code: str, place: Place) -> None:
    only_in_local(place)
    local = place.local.reader_url
    wrong = {"staging": broken(place.staging.reader_url), "local": local}
    evidence, diagnosis = look_up(configured(place.folder, wrong), ID, "staging")
    assert diagnosis.verdict.code == code
    assert [look.environment.name for look in evidence.found_elsewhere] == ["local"]
    assert place.ask()[1].verdict.code == "environment-mismatch"


def test_a_text_without_an_id(place: Place) -> None:
    assert place.ask(P2003)[1].verdict.code == "no-id"
    assert place.ask(with_id(P2003))[1].verdict.code == "stale-project-id"
