"""Every fault of the constraint on real databases: there with the defect, gone with the printed
repair."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dashboard.diagnose.facts import EnvironmentFacts, IdFacts
from dashboard.diagnose.finding import Finding, Fix, Severity
from dashboard.diagnose.health import checks, drift
from dashboard.diagnose.relationship import Unique, strictest
from dashboard.postgres.cluster import Cluster
from queries import registry
from queries.query import Row, Statement
from tests.asking import configured, look_up
from tests.conftest import Database, MakeDatabase
from tests.diagnose.reports import STRICT, case
from tests.repetitions import repetition

ID = "cmfyok0xv0001l804v6i9h3zz"
NAME = "deployments_projectId_fkey"
KEY = f'alter table deployments add constraint "{NAME}" foreign key ("projectId")'
DROP_KEY = f'alter table deployments drop constraint "{NAME}"'
CASCADE = ' references "Project" (id) on delete cascade on update cascade'
SET_NULL = ' references "Project" (id) on delete set null on update cascade'
NULLABLE = 'alter table deployments alter column "projectId" drop not null'
DROP_UNIQUE = 'drop index "deployments_projectId_key"'
LOOSE_INDEX = 'create index "deployments_projectId_idx" on deployments ("projectId")'
GONE = "delete from \"Project\" where id = 'p1'"
PROJECTS = """
insert into users (id, email, "updatedAt") values ('u1', 'u1@example.com', now());
insert into "Project" (id, name, "userId", "updatedAt")
    select 'p' || n, 'Shop', 'u1', now() from generate_series(1, 4) as n;
"""


def deployments(prefix: str, *keys: str | None) -> str:
    """Write rows of the child table; the later ones are the newer ones."""
    rows = ", ".join(
        f"('{prefix}{n}', '{prefix}app{n}', nullif('{key or ''}', ''), "
        f"timestamp '2026-01-01' + interval '{n} days', now())"
        for n, key in enumerate(keys, 1)
    )
    columns = '(id, "appId", "projectId", "createdAt", "updatedAt")'
    return f"insert into deployments {columns} values {rows};"


CHECKED = (
    checks.foreign_key.CHECK,
    checks.on_delete.CHECK,
    checks.unindexed.CHECK,
    checks.unique.CHECK,
)
GOOD = PROJECTS + deployments("ok", "p1")
NULLS = deployments("null", None, None, None)
DUPLICATES = deployments("dup", "p2", "p2", "p3", "p3")
GHOSTS = (
    "alter table deployments disable trigger all;"
    + deployments("ghost", "gone")
    + "alter table deployments enable trigger all;"
)


@pytest.fixture(scope="module", params=["embedded", repetition("system")])
def cluster(request: pytest.FixtureRequest) -> Cluster:
    """The embedded PostgreSQL 18, and the one of the machine where there is one."""
    running: Cluster = request.getfixturevalue(request.param)
    return running


def ask(database: Database, *statements: Statement[Any]) -> list[tuple[Any, ...]]:
    """Send statements as the role that only reads."""
    with psycopg.connect(database.reader_url) as connection:
        return [rows(connection, each) for each in statements]


def rows(connection: psycopg.Connection, statement: Statement[Row]) -> tuple[Row, ...]:
    cursor = connection.execute(statement.text.encode(), statement.values)
    columns = [column.name for column in cursor.description or []]
    return statement.rows(columns, cursor.fetchall())


@dataclass
class Place:
    """Staging is tampered with; local has the strict constraint, as it should be."""

    staging: Database
    local: Database
    folder: Path

    def facts(self) -> tuple[EnvironmentFacts, ...]:
        databases = {"staging": self.staging, "local": self.local}
        urls = {name: each.reader_url for name, each in databases.items()}
        evidence, _ = look_up(configured(self.folder, urls), ID, "staging")
        return tuple(
            self._inspected(databases[each.name], found.facts)
            for each, found in evidence.answers.items()
            if isinstance(found, IdFacts)
        )

    def _inspected(self, database: Database, facts: EnvironmentFacts) -> EnvironmentFacts:
        assert facts.catalog.child is not None
        oid, names = facts.catalog.child.table.oid, list(facts.catalog.child.key.names)
        (shape,), indexes = ask(
            database,
            registry.KEY_SHAPE.bind(child_oid=oid, names=names),
            registry.KEY_INDEXES.bind(child_oid=oid, names=names),
        )
        return replace(facts, column=shape, indexes=indexes)

    @property
    def here(self) -> EnvironmentFacts:
        return self.facts()[0]

    def findings(self) -> dict[str, Finding]:
        here, local = self.facts()
        specs = [each.constraint.spec for each in (here, local) if each.constraint]
        strict = strictest(specs)
        cases = (case(here, local, strict=strict), case(local, here, strict=strict))
        found = [each for judged in cases for check in CHECKED for each in check.judge(judged)]
        assert {each.environment for each in found} <= {"staging"}, "local is in order"
        return {each.code: each for each in found}


@pytest.fixture
def place(make_database: MakeDatabase, tmp_path: Path) -> Place:
    return Place(make_database(), make_database(), tmp_path)


@pytest.fixture
def before(make_database: MakeDatabase, tmp_path: Path) -> Place:
    """Staging as it is before the key becomes compulsory and unique."""
    return Place(make_database(strict=False), make_database(), tmp_path)


def follow(database: Database, fix: Fix | None) -> None:
    """Run what is printed, in order, and what failed because of orphans once more."""
    assert fix is not None
    failed = []
    for command in fix.commands:
        if command.language == "sql":
            try:
                database.execute(command.text)
            except psycopg.errors.IntegrityError:
                failed.append(command)
    for command in failed:
        database.execute(command.text)


Step = Callable[[Database], object]


def run(*statements: str) -> Step:
    return lambda database: [database.execute(each) for each in statements]


def invalid_index(database: Database) -> None:
    database.execute(DROP_UNIQUE)
    database.execute(DUPLICATES)
    with pytest.raises(psycopg.errors.UniqueViolation):
        database.execute(
            'create unique index concurrently "deployments_projectId_key"'
            ' on deployments ("projectId")'
        )


def leftover_index(database: Database) -> None:
    name = "deployments_projectId_key_ccnew"
    database.execute(f'create unique index "{name}" on deployments ("projectId")')
    database.execute(
        f"update pg_index set indisvalid = false where indexrelid = '\"{name}\"'::regclass"
    )


FAULTS: dict[str, tuple[str, Severity, Step]] = {
    "missing": ("fk-missing", Severity.ERROR, run(DROP_KEY, deployments("ghost", "gone"))),
    "not valid": (
        "fk-not-valid",
        Severity.WARNING,
        run(DROP_KEY, deployments("ghost", "gone"), f"{KEY}{CASCADE} not valid"),
    ),
    "new rows not checked": (
        "child-triggers-off",
        Severity.ERROR,
        run("alter table deployments disable trigger all", deployments("ghost", "gone")),
    ),
    "deletes not checked": (
        "parent-triggers-off",
        Severity.ERROR,
        run('alter table "Project" disable trigger all', GONE),
    ),
    "wrong target": (
        "wrong-target",
        Severity.ERROR,
        run(
            'create schema legacy; create table legacy."Project" (id text primary key);'
            """insert into legacy."Project" values ('p1');"""
            "grant usage on schema legacy to dashboard_reader;"
            'grant select on legacy."Project" to dashboard_reader',
            DROP_KEY,
            f'{KEY} references legacy."Project" (id) on delete cascade on update cascade',
        ),
    ),
    "no action": (
        "action-drift",
        Severity.WARNING,
        run(DROP_KEY, f'{KEY} references "Project" (id)'),
    ),
    "set null in a column that is not null": (
        "action-drift",
        Severity.ERROR,
        run(DROP_KEY, KEY + SET_NULL),
    ),
    "two keys": (
        "double-fk",
        Severity.ERROR,
        run(KEY.replace(NAME, "stray key") + CASCADE),
    ),
    "no unique index": (
        "unique-missing",
        Severity.ERROR,
        run(DROP_UNIQUE, LOOSE_INDEX, DUPLICATES),
    ),
    "only some rows are unique": (
        "unique-missing",
        Severity.ERROR,
        run(
            DROP_UNIQUE,
            LOOSE_INDEX,
            'create unique index some_rows on deployments ("projectId") where published',
            'create unique index two_columns on deployments ("projectId", "appId")',
        ),
    ),
    "invalid index": ("unique-invalid", Severity.ERROR, invalid_index),
    "leftover of an index": ("unique-invalid", Severity.WARNING, leftover_index),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_goes_with_what_is_printed(name: str, place: Place) -> None:
    code, severity, tamper = FAULTS[name]
    place.staging.execute(GOOD)
    assert place.findings() == {}
    tamper(place.staging)
    found = place.findings()
    assert code in found
    assert found[code].severity is severity
    follow(place.staging, found[code].fix)
    assert place.findings() == {}
    assert place.here.constraint
    assert place.here.constraint.spec == STRICT
    (ghosts,) = place.staging.execute(
        "select count(*) from deployments where \"projectId\" = 'gone'"
    )
    assert ghosts == (0,)


def test_a_key_without_an_index(place: Place) -> None:
    """Where several rows of a key are wanted, an index that is not unique serves as well."""
    for database in (place.staging, place.local):
        run(PROJECTS, DROP_UNIQUE, DUPLICATES)(database)
    here, local = place.facts()
    (finding,) = checks.unindexed.judge(case(here, local))
    assert (finding.code, finding.severity) == ("fk-unindexed", Severity.INFO)
    place.staging.execute('create index some_rows on deployments ("projectId") where published')
    (still,) = checks.unindexed.judge(case(place.here))
    assert still.code == finding.code, "some rows are not all"
    follow(place.staging, finding.fix)
    assert list(checks.unindexed.judge(case(place.here))) == []


def test_a_key_that_is_not_enforced(place: Place) -> None:
    if place.staging.connection.info.server_version < 180000:
        pytest.skip("NOT ENFORCED came with PostgreSQL 18")
    run(GOOD, DROP_KEY, f"{KEY}{CASCADE} not enforced", deployments("ghost", "gone"))(place.staging)
    found = place.findings()
    assert list(found) == ["fk-not-enforced"]
    follow(place.staging, found["fk-not-enforced"].fix)
    assert place.findings() == {}


def test_a_deferred_key(place: Place) -> None:
    run(DROP_KEY, f"{KEY}{CASCADE} deferrable initially deferred")(place.staging)
    found = place.findings()
    assert list(found) == ["deferred"]
    assert found["deferred"].severity is Severity.INFO
    place.staging.execute(f'alter table deployments alter constraint "{NAME}" not deferrable')
    assert place.findings() == {}


def test_before_what_the_others_have_nothing_else_is_amiss(before: Place) -> None:
    assert before.here.proven
    found = before.findings()
    assert [(each.code, each.severity) for each in found.values()] == [
        ("action-drift", Severity.WARNING),
        ("fk-unindexed", Severity.INFO),
    ]
    assert found["fk-unindexed"].fix
    assert found["fk-unindexed"].fix.commands == (), "a unique one is to come"


def test_what_weakens_the_proof(place: Place) -> None:
    assert place.here.proven
    place.staging.execute("create table archived () inherits (deployments)")
    (doubt,) = place.here.doubts
    assert doubt == 'the key does not cover tables that inherit from "deployments"'
    place.staging.execute("drop table archived")
    place.staging.execute(
        "insert into pg_subscription_rel (srsubid, srrelid, srsubstate)"
        " values (1, '\"Project\"'::regclass, 'r')"
    )
    assert place.here.doubts == ("logical replication writes to these tables unchecked",)
    assert not place.here.proven
    place.staging.execute("delete from pg_subscription_rel")
    assert place.here.proven


def test_the_table_of_cells(before: Place) -> None:
    staging, local = before.facts()
    cells = {each.environment: each for each in (staging, local)}
    table = {row.name: row for row in drift.table(cells)}
    values = {name: [cell.value for cell in row.cells] for name, row in table.items()}
    assert values == {
        "foreign key to": ["Project.id", "Project.id"],
        "on delete": ["set null", "cascade"],
        "validated": ["yes", "yes"],
        "enforced": ["yes", "yes"],
        "triggers": ["on", "on"],
        "not null": ["no", "yes"],
        "unique": ["missing", "valid"],
        "supporting index": ["no", "yes"],
    }
    assert {name for name, row in table.items() if not row.agreed} == {
        "on delete", "not null", "unique", "supporting index",
    }  # fmt: skip


def test_names_that_have_to_be_quoted(place: Place) -> None:
    """The printed statements work for any spelling."""
    run(GOOD, DROP_KEY, f'{KEY} references "Project" (id)', DROP_UNIQUE, DUPLICATES)(place.staging)
    for database in (place.staging, place.local):
        database.execute(
            'alter table deployments rename column "projectId" to "project {ID}";'
            'alter table deployments rename to "Deployed ""Things""";'
            'alter table "Project" rename to "order"'
        )
    found = place.findings()
    assert set(found) == {"action-drift", "unique-missing", "fk-unindexed"}
    follow(place.staging, found["action-drift"].fix)
    follow(place.staging, found["unique-missing"].fix)
    assert place.findings() == {}
    assert place.here.constraint is not None
    assert place.here.constraint.unique is Unique.VALID
