"""Every kind on a real database: there with the defect, gone after its own clean-up, never green
where the role may not see.
"""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pglast import parse_sql
from pglast.ast import BoolExpr
from pglast.enums import BoolExprType

from dashboard.background.scans import FullScan, FullScans, ScanState
from dashboard.collect.collector import Collector
from dashboard.collect.orphans import statements
from dashboard.collect.orphans.scan import page_of
from dashboard.demo.databases import READER, create_database, drop_database, reader_url
from dashboard.diagnose.orphans import (
    BY_CODE,
    KINDS,
    Ages,
    CountedColumn,
    Orphans,
    Precision,
    remedy,
)
from dashboard.diagnose.orphans.kind import WITHOUT_KEY
from dashboard.environments import Environment
from dashboard.postgres.cluster import Cluster
from queries.rows import Orphan
from tests.asking import configured
from tests.collect.orphans.counting import NEW_OWNER, counted, in_staging
from tests.conftest import Database, MakeDatabase
from tests.queries.test_contract import plain
from tests.servers import per_worker

WHOLE = """
insert into users (id, email, "updatedAt") values ('u1', 'a@x', now()), ('u2', 'b@x', now());
insert into "Project" (id, name, "userId", "createdAt", "updatedAt")
    values ('p1', 'one', 'u1', '2026-01-01', now()), ('p2', 'two', 'u2', '2026-01-01', now());
insert into deployments (id, "appId", "projectId", "userId", "updatedAt", "lastAccessed")
    values ('d1', 'a1', 'p1', 'u1', now(), now()), ('d2', 'a2', 'p2', 'u2', now(), now());
insert into uploads (id, key, "projectId", "userId") values ('f1', 'k1', 'p1', 'u1');
"""
BACKENDS = """
insert into convex_deployments (id, "projectId", "convexDeploymentName", status, "updatedAt")
    values ('c1', 'p1', 'calm-garden', 'ACTIVE', now());
"""
NO_KEY = 'alter table deployments drop constraint "deployments_projectId_fkey";'
LOOSE = 'alter table deployments alter "projectId" drop not null; alter table deployments '


@dataclass(frozen=True, slots=True)
class Defect:
    """What makes `number` rows of a kind, and the column whose loss blinds the role."""

    kind: str
    number: int
    make: str
    needed: str
    strict: bool = True


DEFECTS = (
    Defect(
        "ghost-child",
        2,
        f"""{NO_KEY}
        insert into deployments (id, "appId", "projectId", "userId", "updatedAt", "lastAccessed")
        values ('d3', 'a3', 'gone', 'u1', now(), now()), ('d4', 'a4', 'lost', 'u1', now(), now());
        """,
        'deployments."projectId"',
    ),
    Defect(
        "unowned-deployment",
        1,
        """insert into deployments (id, "appId", "userId", "updatedAt")
        values ('d3', 'a3', 'u1', now())""",
        'deployments."projectId"',
        strict=False,
    ),
    Defect(
        "duplicate-owner",
        1,
        """insert into deployments (id, "appId", "projectId", "userId", "updatedAt")
        values ('d3', 'a3', 'p1', 'u1', now()), ('d4', 'a4', 'p1', 'u1', now())""",
        'deployments."projectId"',
        strict=False,
    ),
    Defect(
        "undeployed-project",
        1,
        """insert into "Project" (id, name, "userId", "createdAt", "updatedAt", "deletedAt") values
        ('p3', 'old', 'u1', '2026-01-01', now(), null), ('p4', 'new', 'u1', now(), now(), null),
        ('p5', 'deleted', 'u1', '2026-01-01', now(), now())""",
        '"Project"."createdAt"',
    ),
    Defect(
        "ownerless-project",
        2,
        """insert into "Project" (id, name, "userId", "updatedAt")
        values ('p3', 'three', 'nobody', now()), ('p4', 'four', 'gone', now())""",
        "users.id",
    ),
    Defect(
        "ownerless-deployment",
        2,
        """update deployments set "userId" = 'nobody' where id = 'd1';
        update deployments set "userId" = null where id = 'd2'""",
        'deployments."userId"',
    ),
    Defect(
        "owner-mismatch",
        1,
        """update deployments set "userId" = 'u2' where id = 'd1'""",
        'deployments."userId"',
    ),
    Defect(
        "soft-link-ghost",
        3,
        """insert into uploads (id, key, "projectId") values ('f2', 'k2', 'gone'),
        ('f3', 'k3', 'gone'), ('f4', 'k4', null);
        insert into convex_deployments (id, "projectId", "convexDeploymentName", status,
        "updatedAt") values ('c2', 'gone', 'kind-museum', 'DELETED', now())""",
        'uploads."projectId"',
    ),
    Defect(
        "service-leftover",
        2,
        """update "Project" set "deletedAt" = now() where id = 'p1';
        insert into convex_deployments (id, "projectId", "convexDeploymentName", status,
        "updatedAt") values ('c2', 'gone', 'kind-museum', 'DEPLOYING', now()),
        ('c3', 'lost', 'cosy-market', 'DELETED', now())""",
        "convex_deployments.status",
    ),
    Defect(
        "stuck",
        1,
        """update convex_deployments
        set status = 'DEPLOYING', "updatedAt" = now() - interval '2 hours'""",
        "convex_deployments.status",
    ),
    Defect(
        "dead-file-upload",
        1,
        """insert into uploads (id, key, "projectId", "userId")
        values ('f2', 'k2', 'p1', 'nobody'), ('f3', 'k3', 'p1', null)""",
        'uploads."userId"',
    ),
    Defect(
        "soft-deleted-parent",
        1,
        """update "Project" set "deletedAt" = now() where id = 'p1'""",
        '"Project"."deletedAt"',
    ),
    Defect(
        "never-accessed",
        2,
        """update deployments set "createdAt" = '2026-01-01', "lastAccessed" = null
        where id = 'd1';
        update deployments set "createdAt" = '2026-01-01', "lastAccessed" = '2026-01-02'
        where id = 'd2'""",
        'deployments."lastAccessed"',
    ),
)
# nothing in these rows tells that they are over, so no statement removes them all
MENDED = {
    "undeployed-project": """update "Project" set "createdAt" = now()""",
    "soft-deleted-parent": 'update "Project" set "deletedAt" = null',
    "never-accessed": 'update deployments set "lastAccessed" = now()',
}
Counting = Callable[[], Orphans]
BY_KIND = {each.kind: each for each in DEFECTS}


@pytest.fixture(scope="module")
def local(cluster: Cluster) -> Iterator[str]:
    """An environment that still has the constraint, for those that have lost it."""
    name = per_worker("beside")
    create_database(cluster, name)
    yield reader_url(cluster, name)
    drop_database(cluster, name)


@pytest.fixture
def database(make_database: MakeDatabase, request: pytest.FixtureRequest) -> Database:
    defect: Defect | None = getattr(request, "param", None)
    strict = defect.strict if defect else True
    made = make_database(strict=strict)
    made.execute(WHOLE)
    if strict:
        made.execute(BACKENDS)
    return made


@pytest.fixture
def count(database: Database, local: str, tmp_path: Path) -> Counting:
    return lambda: in_staging(tmp_path, staging=database.reader_url, local=local)


def each(function: Callable[..., None]) -> Callable[..., None]:
    names = [defect.kind for defect in DEFECTS]
    return pytest.mark.parametrize(
        ("database", "defect"), [(one, one) for one in DEFECTS], indirect=["database"], ids=names
    )(function)


def test_every_kind_that_counts_rows_has_a_defect() -> None:
    assert [kind.code for kind in KINDS if kind.query] == [each.kind for each in DEFECTS]


@pytest.mark.parametrize("stem", sorted({k.query for k in KINDS if k.query} | {WITHOUT_KEY}))
def test_a_query_is_one_condition_on_the_rows_of_one_table(stem: str) -> None:
    """Bounds of a part are added to it, a sample of the table taken, a clean-up made of it."""
    query = statements.QUERIES[stem]
    assert query.row is Orphan
    _, table, condition = query.body.partition("from {counted} as d\nwhere\n")
    assert table not in condition
    bounded = plain(query).replace("where\n", "where true and ", 1)
    where = parse_sql(bounded)[0].stmt.whereClause
    assert isinstance(where, BoolExpr)
    assert where.boolop == BoolExprType.AND_EXPR
    compared = statements.IN_PART[stem].body.count(":parent_low")
    assert compared == 2 * condition.count("exists (")


def test_every_kind_that_may_be_cleaned_up_says_what_that_risks() -> None:
    for kind in KINDS:
        assert bool(kind.cleanup) is bool(kind.risk)
        grouped = "group by" in statements.QUERIES[kind.query].body if kind.query else False
        assert kind.grouped is grouped
        if kind.cleanup and not kind.cleanup.blocker:
            assert "{condition}" in kind.cleanup.statement
            assert not grouped


@each
def test_comes_with_its_defect_and_goes_with_its_own_clean_up(
    database: Database, defect: Defect, count: Counting
) -> None:
    kind = BY_CODE[defect.kind]
    before = count().of(kind).count
    assert before.none, before

    database.execute(defect.make)
    counted = count().of(kind)
    assert (counted.count.number, counted.count.precision) == (defect.number, Precision.EXACT)
    assert counted.gaps == () or kind.code == "stuck"
    for each in counted.columns:
        if not each.count.none:
            fix = remedy(each.column, each.cascades, Ages())
            look, *clean = fix.commands
            risk = each.column.nouns.fill(kind.risk)
            assert fix.risk == (risk or "none (read-only)")
            assert len(run(database, look.text)) == each.count.number
            assert bool(clean) is (defect.kind not in MENDED)
            for command in clean:
                run(database, command.text.replace(NEW_OWNER, "u1"))
    database.execute(MENDED.get(defect.kind, "select 1"))
    after = count().of(kind).count
    assert (after.number, after.none) == (0, True)


@each
def test_what_is_shown_is_what_is_counted_paged_sampled_and_scanned(
    database: Database, defect: Defect, tmp_path: Path, local: str
) -> None:
    """One text finds the rows, whoever asks: the statement for people is run as printed."""
    database.execute(f"{defect.make}; analyze")
    settings = configured(tmp_path, {"staging": database.reader_url, "local": local})
    with contextlib.closing(Collector(settings)) as collector:
        orphans = counted(collector)["staging"]
        assert isinstance(orphans, Orphans)
        columns = [each for each in orphans.of(BY_CODE[defect.kind]).columns if each.count.number]
        assert columns
        for each in columns:
            look = remedy(each.column, each.cascades, Ages()).commands[0]
            shown = [str(first) for first, *_ in run(database, look.text)]
            page = page_of(collector, orphans.environment, each.column, None, 100)
            assert isinstance(page, tuple)
            assert sorted(shown) == sorted(str(row.id) for row in page)
            assert len(shown) == each.count.number == sampled(database, orphans, each.column)
            if statements.scan_order(each.column):
                scan = scanned(collector, orphans.environment, each.column)
                assert (scan.state, scan.count.number) == (ScanState.DONE, len(shown))


def sampled(database: Database, orphans: Orphans, column: CountedColumn) -> int:
    """Count the rows in a sample of everything."""
    statement, percent = statements.sampling(column, orphans.as_of, Ages())
    found = database.connection.execute(statement.text.encode(), statement.values).fetchall()
    ((_, rows, hits),) = found
    assert (percent, rows > 0) == (100, True)
    return int(hits)


def scanned(collector: Collector, environment: Environment, column: CountedColumn) -> FullScan:
    scans = FullScans(collector)
    scans.start(environment, column)
    assert scans.wait_until_idle(environment, 60)
    scan = scans.of(environment)
    assert scan
    return scan


@each
def test_is_never_none_where_the_role_may_not_see(
    database: Database, defect: Defect, count: Counting
) -> None:
    kind = BY_CODE[defect.kind]
    database.execute(defect.make)
    table, column = defect.needed.split(".")
    database.execute(f"revoke select ({column}) on {table} from {READER}")
    counted = count().of(kind)
    assert not counted.count.none
    assert column.strip('"') in " ".join(counted.gaps)

    for each in ('"Project"', "deployments", "uploads", "convex_deployments"):
        if database.execute("select to_regclass(%s)", each) != [(None,)]:
            database.execute(f"alter table {each} enable row level security")
    orphans = count()
    assert orphans.of(kind).count.precision is Precision.UNKNOWN
    assert "row security" in orphans.of(kind).gaps[0]
    assert orphans.hidden


def run(database: Database, text: str) -> list[tuple[object, ...]]:
    """Run what was copied, statement by statement; the last one's rows are the answer."""
    *before, last = [part for part in text.split(";") if part.strip()]
    for statement in before:
        database.execute(statement)
    return database.execute(last)
