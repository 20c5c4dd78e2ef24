"""Every kind on a real database: there with the defect, gone after its own clean-up, never green
where the role may not see.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from dashboard.demo.databases import READER, create_database, drop_database, reader_url
from dashboard.diagnose.finding import Finding, Severity
from dashboard.diagnose.orphans import (
    BY_CODE,
    KINDS,
    Ages,
    Kind,
    Orphans,
    Precision,
    findings,
    kinds,
    remedy,
)
from dashboard.diagnose.orphans.remedies import NEW_OWNER
from dashboard.postgres.cluster import Cluster
from tests.collect.orphans.hunting import in_staging
from tests.conftest import Database, MakeDatabase

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
Hunt = Callable[[], Orphans]
BY_KIND = {each.kind: each for each in DEFECTS}


@pytest.fixture(scope="module")
def local(cluster: Cluster) -> Iterator[str]:
    """An environment that still has the constraint, for those that have lost it."""
    create_database(cluster, "beside")
    yield reader_url(cluster, "beside")
    drop_database(cluster, "beside")


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
def hunt(database: Database, local: str, tmp_path: Path) -> Hunt:
    return lambda: in_staging(tmp_path, staging=database.reader_url, local=local)


def each(function: Callable[..., None]) -> Callable[..., None]:
    names = [defect.kind for defect in DEFECTS]
    return pytest.mark.parametrize(
        ("database", "defect"), [(one, one) for one in DEFECTS], indirect=["database"], ids=names
    )(function)


def test_every_kind_that_counts_rows_has_a_defect() -> None:
    elsewhere = {kinds.CROSS_ENVIRONMENT_ORPHAN.code, kinds.HIDDEN_ROWS.code}
    assert {kind.code for kind in KINDS} == BY_KIND.keys() | elsewhere


@each
def test_comes_with_its_defect_and_goes_with_its_own_clean_up(
    database: Database, defect: Defect, hunt: Hunt
) -> None:
    kind = BY_CODE[defect.kind]
    before = hunt().of(kind).count
    assert before.none, before

    database.execute(defect.make)
    orphans = hunt()
    sighting = orphans.of(kind)
    assert (sighting.count.number, sighting.count.precision) == (defect.number, Precision.EXACT)
    assert sighting.gaps == () or kind is kinds.STUCK
    finding = found(orphans, kind)
    assert finding
    assert finding.severity is kind.severity
    assert str(defect.number) in finding.summary
    assert finding.fix
    assert finding.fix.risk

    for asked in sighting.asked:
        if not asked.count.none:
            look, *clean = remedy(asked.question, asked.cascades, Ages()).commands
            assert len(run(database, look.text)) == asked.count.number
            assert bool(clean) is (defect.kind not in MENDED)
            for each in clean:
                run(database, each.text.replace(NEW_OWNER, "u1"))
    database.execute(MENDED.get(defect.kind, "select 1"))
    orphans = hunt()
    assert (orphans.of(kind).count.number, orphans.of(kind).count.none) == (0, True)
    assert found(orphans, kind) is None


@each
def test_is_never_none_where_the_role_may_not_see(
    database: Database, defect: Defect, hunt: Hunt
) -> None:
    kind = BY_CODE[defect.kind]
    database.execute(defect.make)
    table, column = defect.needed.split(".")
    database.execute(f"revoke select ({column}) on {table} from {READER}")
    orphans = hunt()
    sighting = orphans.of(kind)
    assert not sighting.count.none
    assert column.strip('"') in " ".join(sighting.gaps)
    if sighting.count.number is None:
        finding = found(orphans, kind)
        assert finding
        assert finding.severity is Severity.UNKNOWN

    for each in ('"Project"', "deployments", "uploads", "convex_deployments"):
        if database.execute("select to_regclass(%s)", each) != [(None,)]:
            database.execute(f"alter table {each} enable row level security")
    orphans = hunt()
    assert orphans.of(kind).count.precision is Precision.UNKNOWN
    assert "row security" in orphans.of(kind).gaps[0]
    assert found(orphans, kinds.HIDDEN_ROWS)


def found(orphans: Orphans, kind: Kind) -> Finding | None:
    return next((each for each in findings(orphans, Ages()) if each.code == kind.code), None)


def run(database: Database, text: str) -> list[tuple[object, ...]]:
    """Run what was copied, statement by statement; the last one's rows are the answer."""
    *before, last = [part for part in text.split(";") if part.strip()]
    for statement in before:
        database.execute(statement)
    return database.execute(last)
