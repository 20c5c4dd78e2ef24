"""Every fault of any foreign key on real databases: there with the defect, told once for all keys,
and gone with what is printed."""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dashboard.collect.collector import Collector
from dashboard.collect.environment import ConstraintPlan, EnvironmentPlan
from dashboard.collect.health.inspection import check
from dashboard.diagnose.facts import Kind, Unavailable
from dashboard.diagnose.finding import Finding, Severity
from dashboard.diagnose.health import checks
from dashboard.diagnose.health.matrix import Cell, matrix
from dashboard.diagnose.health.report import HealthReport, to_json
from dashboard.postgres.cluster import Cluster
from tests.asking import configured
from tests.conftest import Database, MakeDatabase
from tests.diagnose.builders import CATALOG
from tests.diagnose.reports import case, inspected
from tests.diagnose.reports import place as place_of
from tests.repetitions import every_nth, repetition

SCHEMA = """
create table "Customer" (id text primary key, "tenantId" text, unique ("tenantId", id));
create table "Order" (
    id text primary key,
    "customerId" text not null constraint "Order_customerId_fkey"
        references "Customer" (id) on delete cascade on update cascade,
    "parentId" text constraint "Order_parentId_fkey"
        references "Order" (id) on delete set null on update cascade
);
create index on "Order" ("customerId");
create index on "Order" ("parentId");
create table "Profile" (
    id text primary key,
    "customerId" text not null constraint "Profile_customerId_fkey"
        references "Customer" (id) on delete cascade on update cascade
);
create unique index "Profile_customerId_key" on "Profile" ("customerId");
create table "Invoice" (
    id text primary key,
    "tenantId" text not null,
    "customerId" text not null,
    constraint "Invoice_tenantId_customerId_fkey" foreign key ("tenantId", "customerId")
        references "Customer" ("tenantId", id) on delete cascade on update cascade
);
create index on "Invoice" ("customerId", "tenantId");
create table "_CustomerToOrder" (
    "A" text not null constraint "_CustomerToOrder_A_fkey" references "Customer" (id)
        on delete cascade on update cascade,
    "B" text not null constraint "_CustomerToOrder_B_fkey" references "Order" (id)
        on delete cascade on update cascade
);
create unique index on "_CustomerToOrder" ("A", "B");
create index on "_CustomerToOrder" ("B");
create domain identifier as text;
create schema billing;
create table billing.payments (
    id bigint generated always as identity primary key,
    customer_id identifier not null constraint payments_customer_id_fkey
        references public."Customer" (id)
);
create index on billing.payments (customer_id);
insert into "Customer" values ('c1', 't1'), ('c2', 't1');
insert into "Order" values ('o1', 'c1', null), ('o2', 'c1', 'o1');
insert into "Profile" values ('f1', 'c1');
insert into "Invoice" values ('i1', 't1', 'c1');
insert into billing.payments (customer_id) values ('c1');
"""
PARTED = """
create table events (
    id text not null, at date not null, "customerId" text not null
        constraint "events_customerId_fkey" references "Customer" (id) on delete cascade,
    primary key (id, at)
) partition by range (at);
create table events_old partition of events for values from ('2020-01-01') to ('2021-01-01')
    partition by range (at);
create table events_oldest partition of events_old
    for values from ('2020-01-01') to ('2020-02-01');
create table events_new partition of events for values from ('2021-01-01') to ('2022-01-01');
"""


@pytest.fixture(scope="module", params=["embedded", repetition("system")])
def cluster(request: pytest.FixtureRequest) -> Cluster:
    running: Cluster = request.getfixturevalue(request.param)
    return running


@dataclass
class Place:
    """Staging is tampered with; local and production are as they should be."""

    databases: Mapping[str, Database]
    folder: Path

    @property
    def staging(self) -> Database:
        return self.databases["staging"]

    def report(self) -> HealthReport:
        urls = {name: each.reader_url for name, each in self.databases.items()}
        with contextlib.closing(Collector(configured(self.folder, urls))) as collector:
            return check(collector)

    def findings(self, name: str = "staging") -> dict[str, Finding]:
        (health,) = (each for each in self.report().environments if each.environment.name == name)
        several = [each for each in health.findings if each.relationships]
        assert len({(each.code, each.severity) for each in several}) == len(several)
        return {each.code: each for each in several}

    def cells(self, name: str = "staging") -> dict[str, Cell]:
        return {
            line.check.title: next(each for each in line.cells if each.environment.name == name)
            for line in matrix(self.report())
        }


@pytest.fixture
def place(make_database: MakeDatabase, tmp_path: Path) -> Place:
    databases = {name: make_database() for name in ("local", "staging", "production")}
    for each in databases.values():
        each.execute(SCHEMA)
    return Place(databases, tmp_path)


@pytest.fixture
def alone(make_database: MakeDatabase, tmp_path: Path) -> Place:
    database = make_database()
    database.execute(SCHEMA)
    return Place({"staging": database}, tmp_path)


def follow(database: Database, finding: Finding) -> list[list[tuple[Any, ...]]]:
    """Run everything that is printed, each statement by itself."""
    assert finding.fix
    assert finding.fix.commands
    return [database.execute(each.text) for each in finding.fix.commands]


def names(finding: Finding) -> set[str]:
    return {each.constraint for each in finding.relationships}


def anew(table: str, name: str, rest: str) -> str:
    return (
        f'alter table {table} drop constraint "{name}";'
        f'alter table {table} add constraint "{name}" {rest}'
    )


def half_built(index: str) -> str:
    return f"update pg_index set indisvalid = false where indexrelid = '{index}'::regclass"


ORDER = 'foreign key ("customerId") references "Customer" (id) on delete cascade on update cascade'
INVOICE = 'foreign key ("tenantId", "customerId") references "Customer" ("tenantId", id)'
Step = Callable[[Database], object]


def run(*statements: str) -> Step:
    return lambda database: [database.execute(each) for each in statements]


def retyped(child: str, parent: str) -> str:
    return (
        f"create table codes (id {parent} primary key);"
        f"create table uses (code {child} constraint uses_code_fkey references codes (id));"
        "create index on uses (code)"
    )


FAULTS: dict[str, tuple[str, Severity, set[str], Step]] = {
    "not valid": (
        "fk-not-valid",
        Severity.WARNING,
        {"Order_customerId_fkey", "Invoice_tenantId_customerId_fkey"},
        run(
            anew('"Order"', "Order_customerId_fkey", f"{ORDER} not valid"),
            anew(
                '"Invoice"',
                "Invoice_tenantId_customerId_fkey",
                f"{INVOICE} on delete cascade on update cascade not valid",
            ),
        ),
    ),
    "children not checked": (
        "child-triggers-off",
        Severity.ERROR,
        {"payments_customer_id_fkey"},
        run("alter table billing.payments disable trigger all"),
    ),
    "deletes not checked": (
        "parent-triggers-off",
        Severity.ERROR,
        {
            "Order_customerId_fkey", "Profile_customerId_fkey", "Invoice_tenantId_customerId_fkey",
            "_CustomerToOrder_A_fkey", "payments_customer_id_fkey",
        },
        run('alter table "Customer" disable trigger all'),
    ),
    "a partition's children not checked": (
        "child-triggers-off",
        Severity.ERROR,
        {"events_customerId_fkey"},
        run(PARTED + 'create index on events ("customerId")',
            "alter table events_new disable trigger all"),
    ),
    "those of a partition of a partition": (
        "child-triggers-off",
        Severity.ERROR,
        {"events_customerId_fkey"},
        run(PARTED + 'create index on events ("customerId")',
            "alter table events_oldest disable trigger all"),
    ),
    "doubled": (
        "double-fk",
        Severity.ERROR,
        {"Order_customerId_fkey", "stray", "Invoice_tenantId_customerId_fkey", "turned round"},
        run(
            f'alter table "Order" add constraint stray {ORDER}',
            'alter table "Invoice" add constraint "turned round" foreign key'
            ' ("customerId", "tenantId") references "Customer" (id, "tenantId")',
        ),
    ),
    "too narrow": (
        "type-mismatch", Severity.ERROR, {"uses_code_fkey"}, run(retyped("integer", "bigint")),
    ),
    "padded": (
        "type-mismatch", Severity.ERROR, {"uses_code_fkey"}, run(retyped("char(8)", "text")),
    ),
    "of a domain that is narrower": (
        "type-mismatch",
        Severity.ERROR,
        {"uses_code_fkey"},
        run("create domain small as integer; create domain smaller as small",
            retyped("smaller", "bigint")),
    ),
    "no index": (
        "fk-unindexed",
        Severity.INFO,
        {"Order_parentId_fkey", "Invoice_tenantId_customerId_fkey", "payments_customer_id_fkey"},
        run('drop index "Order_parentId_idx", "Invoice_customerId_tenantId_idx",'
            "billing.payments_customer_id_idx"),
    ),
    "only a partial index, or of other columns first": (
        "fk-unindexed",
        Severity.INFO,
        {"Order_parentId_fkey", "Invoice_tenantId_customerId_fkey"},
        run('drop index "Order_parentId_idx", "Invoice_customerId_tenantId_idx"',
            'create index on "Order" ("parentId") where id > \'o\'',
            'create index on "Invoice" ("tenantId", id, "customerId")'),
    ),
    "no index on a partitioned table": (
        "fk-unindexed", Severity.INFO, {"events_customerId_fkey"}, run(PARTED),
    ),
    "half-built": (
        "invalid-index",
        Severity.WARNING,
        {"Order_parentId_fkey"},
        run(half_built('"Order_parentId_idx"')),
    ),
    "left over": (
        "invalid-index",
        Severity.WARNING,
        {"Profile_customerId_fkey"},
        run('create unique index "Profile_customerId_key_ccnew" on "Profile" ("customerId")',
            half_built('"Profile_customerId_key_ccnew"')),
    ),
    "half-built, and was to be unique": (
        "invalid-index",
        Severity.ERROR,
        {"Profile_customerId_fkey"},
        run(half_built('"Profile_customerId_key"')),
    ),
    "a key that others have": (
        "schema-drift",
        Severity.WARNING,
        {"Order_customerId_fkey", "Invoice_tenantId_customerId_fkey"},
        run('alter table "Order" drop constraint "Order_customerId_fkey"',
            'alter table "Invoice" drop constraint "Invoice_tenantId_customerId_fkey"'),
    ),
    "another action": (
        "schema-drift",
        Severity.WARNING,
        {"Order_customerId_fkey"},
        run(anew('"Order"', "Order_customerId_fkey", ORDER.replace("cascade", "restrict", 1))),
    ),
    "another parent": (
        "schema-drift",
        Severity.WARNING,
        {"Order_customerId_fkey"},
        run('create table billing."Customer" (like "Customer" including all);'
            'insert into billing."Customer" table "Customer"',
            anew('"Order"', "Order_customerId_fkey",
                 ORDER.replace('"Customer"', 'billing."Customer"'))),
    ),
    "nullable": (
        "schema-drift",
        Severity.WARNING,
        {"Order_customerId_fkey"},
        run('alter table "Order" alter column "customerId" drop not null'),
    ),
    "not unique": (
        "schema-drift",
        Severity.WARNING,
        {"Profile_customerId_fkey"},
        run('drop index "Profile_customerId_key"',
            'create index on "Profile" ("customerId")'),
    ),
}  # fmt: skip


def test_an_ordinary_schema_is_in_order(place: Place) -> None:
    for name in place.databases:
        assert place.findings(name) == {}
        cells = place.cells(name)
        for title in ("Other foreign keys", "Types of keys", "Indexes of other keys",
                      "Schema as expected"):  # fmt: skip
            assert cells[title].severity is Severity.OK


@pytest.mark.parametrize("name", every_nth(FAULTS, 2))
def test_a_fault_goes_with_what_is_printed(name: str, place: Place) -> None:
    code, severity, keys, tamper = FAULTS[name]
    tamper(place.staging)
    found = place.findings()
    assert list(found) == [code]
    assert found[code].severity is severity
    assert names(found[code]) == keys
    assert len(found[code].evidence) >= len({each.child for each in found[code].relationships})
    for other in ("local", "production"):
        assert place.findings(other) == {}
    follow(place.staging, found[code])
    assert place.findings() == {}


def test_what_is_not_enforced(place: Place) -> None:
    if place.staging.connection.info.server_version < 180000:
        pytest.skip("NOT ENFORCED came with PostgreSQL 18")
    place.staging.execute(anew('"Order"', "Order_customerId_fkey", f"{ORDER} not enforced"))
    found = place.findings()
    assert list(found) == ["fk-not-enforced"]
    assert found["fk-not-enforced"].severity is Severity.ERROR
    follow(place.staging, found["fk-not-enforced"])
    assert place.findings() == {}


@pytest.mark.parametrize(
    ("key", "ghost"),
    [
        ("Order_customerId_fkey", "insert into \"Order\" values ('o9', 'gone', null)"),
        ("Invoice_tenantId_customerId_fkey", "insert into \"Invoice\" values ('i9', 't2', 'c1')"),
    ],
)
def test_what_is_in_the_way_is_seen(key: str, ghost: str, alone: Place) -> None:
    table = key.split("_")[0]
    ((definition,),) = alone.staging.execute(
        f"select pg_get_constraintdef(oid) from pg_constraint where conname = '{key}'"
    )
    alone.staging.execute(f'alter table "{table}" drop constraint "{key}"')
    alone.staging.execute(ghost)
    alone.staging.execute(
        f'alter table "{table}" add constraint "{key}" {definition} not valid;'
        f'create table heirs () inherits ("{table}");'
        f'insert into heirs select * from "{table}"'
    )
    finding = alone.findings()["fk-not-valid"]
    assert finding.fix
    see, validate = finding.fix.commands
    ((*_, number),) = alone.staging.execute(see.text)
    assert number == 1, "rows of tables that inherit are not the key's"
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        alone.staging.execute(validate.text)


@pytest.mark.parametrize(
    ("child", "parent"),
    [("varchar(36)", "text"), ("text", "varchar(36)"), ("bigint", "integer"), ("uuid", "uuid"),
     ("identifier", "text"), ("integer", "integer")],
)  # fmt: skip
def test_types_that_hold_the_same_are_no_mismatch(child: str, parent: str, alone: Place) -> None:
    alone.staging.execute(retyped(child, parent))
    assert alone.findings() == {}


def test_the_configured_key_is_not_told_twice(place: Place) -> None:
    place.staging.execute(
        'alter table deployments drop constraint "deployments_projectId_fkey";'
        'alter table deployments add constraint "deployments_projectId_fkey" foreign key'
        ' ("projectId") references "Project" (id) not valid;'
        'drop index "deployments_projectId_key"'
    )
    assert place.findings() == {}
    health = place.report().environments[1]
    told = {each.code: each.relationship for each in health.findings}
    for code in ("fk-not-valid", "action-drift", "fk-unindexed"):
        relationship = told[code]
        assert relationship
        assert relationship.constraint == "deployments_projectId_fkey"


def test_many_keys_are_one_finding_that_names_all_of_them(alone: Place) -> None:
    for number in range(135):
        alone.staging.execute(
            f'create table "T{number}" ("customerId" text constraint "T{number}_customerId_fkey"'
            ' references "Customer" (id))'
        )
    finding = alone.findings()["fk-unindexed"]
    assert finding.summary == (
        "135 foreign keys have no index on their columns in staging: "
        "T0_customerId_fkey, T100_customerId_fkey, T101_customerId_fkey, T102_customerId_fkey, "
        "T103_customerId_fkey and 130 more."
    )
    assert len(finding.evidence) == len(finding.relationships) == 135
    assert finding.fix
    assert len(finding.fix.commands) == 20
    assert any("115 statements more" in step for step in finding.fix.steps)
    follow(alone.staging, finding)
    assert len(alone.findings()["fk-unindexed"].relationships) == 115


def test_what_is_worth_knowing_only_leaves_the_status_as_it_is(alone: Place) -> None:
    before = alone.report().environments[0].status
    alone.staging.execute('drop index "Order_parentId_idx"')
    after = alone.report().environments[0]
    assert [each.code for each in after.findings if each.relationships] == ["fk-unindexed"]
    assert after.status is before


def test_json_names_the_relationship(alone: Place) -> None:
    alone.staging.execute('drop index "Invoice_customerId_tenantId_idx"')
    findings = to_json(alone.report())["environments"]["staging"]["findings"]
    named = {each["code"]: each for each in findings}
    assert named["fk-unindexed"]["relationship"] == {
        "constraint": "Invoice_tenantId_customerId_fkey",
        "child": "public.Invoice(tenantId, customerId)",
        "parent": "public.Customer(tenantId, id)",
    }
    assert named["fk-unindexed"]["relationships"] == [named["fk-unindexed"]["relationship"]]
    alone.staging.execute("drop table _prisma_migrations")
    findings = to_json(alone.report())["environments"]["staging"]["findings"]
    (ledger,) = (each for each in findings if each["code"] == "no-ledger")
    assert (ledger["relationship"], ledger["relationships"]) == (None, [])


def test_a_schema_that_may_not_be_used_is_judged_all_the_same(alone: Place) -> None:
    """The system catalogs are open to every role: what they say is seen, whatever it may use."""
    alone.staging.execute("drop index billing.payments_customer_id_idx")
    reader = "dashboard_reader"
    ((usable,),) = alone.staging.execute(
        f"select has_schema_privilege('{reader}', 'billing', 'usage')"
    )
    assert not usable
    assert names(alone.findings()["fk-unindexed"]) == {"payments_customer_id_fkey"}
    assert "billing.payments_customer_id_fkey" in alone.findings()["fk-unindexed"].summary


def test_one_column_with_two_parents_is_not_doubled(alone: Place) -> None:
    """Prisma lets two relations share a scalar field."""
    alone.staging.execute(
        'create table shared ("customerId" text primary key,'
        ' constraint a foreign key ("customerId") references "Customer" (id),'
        ' constraint b foreign key ("customerId") references "Profile" (id))'
    )
    assert alone.findings() == {}


class TestDrift:
    def test_there_is_nothing_to_compare_with(self, alone: Place) -> None:
        cell = alone.cells()["Schema as expected"]
        assert (cell.severity, cell.looked) == (None, True)

    def test_other_migrations_explain_it(self, place: Place) -> None:
        ledger = (
            "insert into _prisma_migrations (id, checksum, migration_name, finished_at,"
            " applied_steps_count) values ('{0}', 'x', '{0}', now(), 1)"
        )
        for name, database in place.databases.items():
            database.execute(ledger.format("20260101000000_a"))
            if name != "staging":
                database.execute(ledger.format("20260102000000_b"))
        place.staging.execute('alter table "Order" drop constraint "Order_customerId_fkey"')
        assert place.findings() == {}
        assert place.cells()["Schema as expected"].severity is None
        place.staging.execute(ledger.format("20260102000000_b"))
        assert list(place.findings()) == ["schema-drift"]

    def test_what_only_one_has_is_not_missing_elsewhere(self, place: Place) -> None:
        place.staging.execute(
            'create table more (a text constraint more_a_fkey references "Customer" (id));'
            "create index on more (a);"
            'create unique index on "Order" ("parentId")'
        )
        for name in place.databases:
            assert place.findings(name) == {}

    def test_of_two_the_one_that_lacks_it_is_told(
        self, make_database: MakeDatabase, tmp_path: Path
    ) -> None:
        pair = {name: make_database() for name in ("staging", "production")}
        for each in pair.values():
            each.execute(SCHEMA)
        place = Place(pair, tmp_path)
        place.staging.execute('alter table "Order" drop constraint "Order_customerId_fkey"')
        assert list(place.findings("staging")) == ["schema-drift"]
        assert place.findings("production") == {}

    def test_of_two_that_differ_it_is_told_once_and_nothing_printed(
        self, make_database: MakeDatabase, tmp_path: Path
    ) -> None:
        pair = {name: make_database() for name in ("staging", "production")}
        for each in pair.values():
            each.execute(SCHEMA)
        place = Place(pair, tmp_path)
        place.staging.execute(
            anew('"Order"', "Order_customerId_fkey", ORDER.replace("cascade", "restrict", 1))
        )
        assert place.findings("staging") == {}
        (finding,) = place.findings("production").values()
        assert finding.fix
        assert finding.fix.commands == ()

    def test_schemas_of_another_name_are_compared(
        self, make_database: MakeDatabase, tmp_path: Path
    ) -> None:
        places = {name: make_database() for name in ("local", "staging", "production")}
        for each in places.values():
            each.execute("drop schema public cascade; create schema public")
        for name, each in places.items():
            each.execute(
                f"create schema app_{name}; create table app_{name}.a (id text primary key);"
                f"create table app_{name}.b (a text not null constraint b_a_fkey"
                f" references app_{name}.a (id)); create index on app_{name}.b (a)"
            )
        place = Place(places, tmp_path)
        for name in places:
            assert "schema-drift" not in place.findings(name)
        place.staging.execute("alter table app_staging.b alter column a drop not null")
        assert names(place.findings()["schema-drift"]) == {"b_a_fkey"}


def test_an_extension_s_tables_are_not_the_application_s(alone: Place) -> None:
    alone.staging.execute(
        'drop index "Order_parentId_idx";'
        "insert into pg_depend select 'pg_class'::regclass, '\"Order\"'::regclass, 0,"
        " 'pg_extension'::regclass, oid, 0, 'e' from pg_extension where extname = 'plpgsql'"
    )
    assert alone.findings() == {}
    alone.staging.execute(
        "delete from pg_depend where objid = '\"Order\"'::regclass and deptype = 'e'"
    )
    assert names(alone.findings()["fk-unindexed"]) == {"Order_parentId_fkey"}


@pytest.mark.parametrize(("kind", "left_out"), [(Kind.SLOW, True), (Kind.LOCKED, False)])
def test_where_time_runs_out_the_keys_are_unknown(kind: Kind, left_out: bool) -> None:
    plan = EnvironmentPlan(CATALOG, ConstraintPlan(CATALOG)).without(Unavailable(kind, "why"))
    assert plan
    asked = [each.name for each in plan.statements]
    assert ("foreign_key_columns" not in asked) is left_out
    assert asked.count("foreign_keys") == (1 if left_out else 2), "that of the child is asked"


def test_keys_that_were_not_read_are_never_green() -> None:
    seen = inspected(place_of("staging"), all_keys=None, reduced="a query was stopped")
    (finding,) = checks.other_keys.judge(case(seen))
    assert (finding.code, finding.severity) == ("keys-unknown", Severity.UNKNOWN)
    assert "a query was stopped" in finding.explanation
    assert list(checks.other_keys.judge(case(inspected(place_of("staging"))))) == []
