"""Every fault of the constraint on real databases: there with the defect, gone with the printed
repair; and every state in which the strict migration can stop, with what finishes it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dashboard.collect.lookup.ids import names_of
from dashboard.demo import MIGRATIONS
from dashboard.demo.databases import STRICT_MIGRATION
from dashboard.diagnose.facts import Blocker, EnvironmentFacts, IdFacts
from dashboard.diagnose.finding import Confidence, Finding, Fix, Severity
from dashboard.diagnose.health import checks, drift
from dashboard.diagnose.health.strict import prediction
from dashboard.diagnose.migrations.strict.migration import (
    StrictMigration,
    StrictState,
    strict_among,
)
from dashboard.diagnose.relationship import Unique
from dashboard.postgres.cluster import Cluster
from queries import registry
from queries.query import Row, Statement
from queries.rows import Blocking
from tests.asking import configured, look_up
from tests.conftest import Database, MakeDatabase
from tests.diagnose.reports import case
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
    checks.strict_migration.CHECK,
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
    applied: bool | None = None

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
        (shape,), indexes, added = ask(
            database,
            registry.KEY_SHAPE.bind(child_oid=oid, names=names),
            registry.KEY_INDEXES.bind(child_oid=oid, names=names),
            registry.COLUMN_DEFINITIONS.bind(child_oid=oid, names=["published"]),
        )
        return replace(facts, column=shape, indexes=indexes, added_columns=added)

    def strict(self, *facts: EnvironmentFacts) -> StrictMigration:
        found = strict_among(facts or self.facts(), STRICT_MIGRATION, ["published"])
        assert found is not None
        return found

    @property
    def here(self) -> EnvironmentFacts:
        return self.facts()[0]

    def findings(self) -> dict[str, Finding]:
        here, local = self.facts()
        strict = self.strict(here, local)
        cases = (
            case(here, local, strict=strict, applied=self.applied),
            case(local, here, strict=strict, applied=True),
        )
        found = [each for judged in cases for check in CHECKED for each in check.judge(judged)]
        assert {each.environment for each in found} <= {"staging"}, "local is in order"
        return {each.code: each for each in found}

    def counted(self, facts: EnvironmentFacts | None = None) -> Mapping[Blocker, Blocking]:
        here = facts or self.here
        assert here.ends is not None
        child, parent = here.ends
        names = {
            **names_of(child, "child"),
            "parent": (parent.table.schema, parent.table.name),
            "parent_key": parent.key,
        }
        queries = {
            Blocker.NULL: registry.NULL_KEYS,
            Blocker.DUPLICATE: registry.DUPLICATE_KEYS,
            Blocker.DANGLING: registry.DANGLING_KEYS,
        }
        return {
            each: ask(self.staging, queries[each].bind(names))[0][0]
            for each in prediction.to_count(here)
        }

    def would_fail(self) -> Finding | None:
        here, local = self.facts()
        counted = replace(here, blocking=self.counted(here))
        strict = self.strict(here, local)
        return prediction.judge(case(counted, local, strict=strict, applied=self.applied))


@pytest.fixture
def place(make_database: MakeDatabase, tmp_path: Path) -> Place:
    return Place(make_database(), make_database(), tmp_path, applied=True)


@pytest.fixture
def before(make_database: MakeDatabase, tmp_path: Path) -> Place:
    """Staging as it is before the strict migration."""
    return Place(make_database(strict=False), make_database(), tmp_path, applied=False)


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
    assert place.strict().state(place.here) is StrictState.S1
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


def test_drift_that_no_migration_leaves(place: Place) -> None:
    run(DROP_KEY, NULLABLE, KEY + SET_NULL)(place.staging)
    found = place.findings()
    assert set(found) == {"unknown-drift", "action-drift"}
    shown = " | ".join(each.fact for each in found["unknown-drift"].evidence)
    assert "not null: no (before the migration no, after it yes)" in shown
    assert "unique: valid (before the migration missing, after it valid)" in shown
    run(
        DROP_KEY,
        'alter table deployments alter column "projectId" set not null',
        KEY + CASCADE,
    )(place.staging)
    assert place.findings() == {}


def test_after_and_before_the_strict_migration(place: Place, before: Place) -> None:
    assert place.strict().state(place.here) is StrictState.S1
    assert before.strict().state(before.here) is StrictState.S0
    assert before.here.proven
    found = before.findings()
    assert [(each.code, each.severity) for each in found.values()] == [
        ("action-drift", Severity.WARNING),
        ("fk-unindexed", Severity.INFO),
    ]
    assert found["action-drift"].fix is not None
    assert found["action-drift"].fix.option == 3
    assert before.would_fail() is None
    strict_migration(before.staging, stop=True)
    assert before.findings() == {}


def strict_migration(database: Database, *, stop: bool) -> list[str]:
    """Run its statements one by one; go on after an error, as psql -f does, or stop."""
    script = (MIGRATIONS / STRICT_MIGRATION / "migration.sql").read_text()
    plain = re.sub(r"/\*.*?\*/|--[^\n]*", "", script, flags=re.DOTALL)
    errors = []
    for statement in filter(str.strip, plain.split(";")):
        try:
            database.execute(statement)
        except psycopg.errors.IntegrityError as error:
            errors.append(error.sqlstate or "")
            if stop:
                break
    return errors


STATES = {
    # state: rows in the way, whether the runner stops, what it stops at
    StrictState.P1: (NULLS, True, "23502"),
    StrictState.P2: (DUPLICATES, True, "23505"),
    StrictState.P3: (GHOSTS, True, "23503"),
    StrictState.P4: (NULLS, False, "23502"),
    StrictState.P5: (DUPLICATES, False, "23505"),
}
P3_BY_PSQL = (StrictState.P3, (GHOSTS, False, "23503"))
RUNS = [*STATES.items(), P3_BY_PSQL]


@pytest.mark.parametrize(("state", "way"), RUNS, ids=lambda each: str(each)[:2])
@pytest.mark.parametrize(
    "applied", [pytest.param(False, id="failed"), repetition(None, id="no ledger")]
)
def test_half_a_migration_is_recognised_and_finished(
    state: StrictState, way: tuple[str, bool, str], applied: bool | None, before: Place
) -> None:
    rows, stop, sqlstate = way
    before.applied = applied
    before.staging.execute(GOOD + rows)
    assert strict_migration(before.staging, stop=stop) == [sqlstate]
    assert before.strict().state(before.here) is state
    finding = before.findings()["partial"]
    assert f"({state.value})" in finding.summary
    assert finding.confidence is (Confidence.LIKELY if applied is None else Confidence.CERTAIN)
    assert before.would_fail() is None, "this is not a migration still to come"
    follow(before.staging, finding.fix)
    assert before.findings() == {}
    assert before.strict().state(before.here) is StrictState.S1
    assert finding.fix is not None
    assert finding.fix.commands[-1].text.endswith(f"resolve --applied {STRICT_MIGRATION}")
    assert before.staging.execute("select id from deployments where id = 'ok1'") == [("ok1",)]


def test_only_the_newest_duplicate_stays(before: Place) -> None:
    before.staging.execute(GOOD + DUPLICATES)
    strict_migration(before.staging, stop=True)
    follow(before.staging, before.findings()["partial"].fix)
    left = before.staging.execute("select id from deployments order by id")
    assert left == [("dup2",), ("dup4",), ("ok1",)]


def test_findings_beside_a_half_migration_have_no_other_way_out(before: Place) -> None:
    before.staging.execute(GOOD + DUPLICATES)
    strict_migration(before.staging, stop=True)
    found = before.findings()
    assert set(found) == {"partial", "fk-missing", "unique-missing"}
    assert len({each.fix for each in found.values()}) == 1


def test_an_applied_migration_is_not_called_partial(place: Place) -> None:
    place.staging.execute(DROP_KEY)
    assert set(place.findings()) == {"fk-missing"}
    place.staging.execute(f"{KEY}{CASCADE};{NULLABLE}")
    assert set(place.findings()) == {"unknown-drift"}


def test_the_strict_migration_is_foretold(before: Place) -> None:
    before.staging.execute(GOOD + NULLS + DUPLICATES)
    finding = before.would_fail()
    assert finding is not None
    assert finding.summary == (
        f"The migration {STRICT_MIGRATION} would fail in staging: 3 NULL, 2 duplicates; "
        "first IDs null1, null2, null3, p2, p3."
    )
    assert "23502" in finding.explanation
    assert Blocker.DANGLING not in before.counted(), "the foreign key is proof enough"
    follow(before.staging, finding.fix)
    assert before.would_fail() is None
    assert strict_migration(before.staging, stop=True) == []
    assert before.findings() == {}


def test_ghosts_are_counted_where_the_key_is_no_proof(before: Place) -> None:
    before.staging.execute(GOOD + GHOSTS)
    assert before.would_fail() is None, "under a key that is valid they are not looked for"
    before.staging.execute(
        "create function swallow() returns trigger language plpgsql as 'begin return old; end';"
        "create trigger swallow before delete on deployments for each row"
        " execute function swallow()"
    )
    (doubt,) = before.here.doubts
    assert doubt == 'triggers on "deployments" may override the key: swallow'
    finding = before.would_fail()
    assert finding is not None
    assert "1 ghost; first IDs gone" in finding.summary
    assert finding.fix
    assert "triggers or rules of deployments have further effects" in " ".join(finding.fix.steps)
    assert not [each for each in finding.fix.commands if "delete from" in each.text]
    before.staging.execute("drop function swallow cascade")
    assert before.would_fail() is None, "without the trigger the key is proof again"


def test_counting_stops_at_a_thousand(before: Place) -> None:
    before.staging.execute(
        'insert into deployments (id, "appId", "updatedAt")'
        " select 'n' || n, 'a' || n, now() from generate_series(1, 1500) as n"
    )
    finding = before.would_fail()
    assert finding is not None
    assert "≥ 1000 NULL; first IDs" in finding.summary


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
    assert set(found) == {"action-drift", "unique-missing", "fk-unindexed", "unknown-drift"}
    follow(place.staging, found["action-drift"].fix)
    follow(place.staging, found["unique-missing"].fix)
    assert place.findings() == {}
    assert place.here.constraint is not None
    assert place.here.constraint.unique is Unique.VALID
