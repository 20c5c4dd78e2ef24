"""On a million projects every count is what a plain query over everything says, scanned or not."""

import contextlib
from collections.abc import Iterator
from functools import partial
from typing import Any

import psycopg
import pytest

from dashboard.background import scans
from dashboard.background.scans import FullScan, FullScans, ScanState
from dashboard.collect.catalog import Definitions
from dashboard.collect.collector import Collector
from dashboard.collect.orphans import statements
from dashboard.collect.orphans.scan import SPARE_S, collect, page_of
from dashboard.demo.databases import create_database, drop_database, reader_url
from dashboard.diagnose.facts import Catalog
from dashboard.diagnose.orphans import BY_CODE, Ages, CountedColumn, Orphans, Precision
from dashboard.postgres import BACKGROUND, Deadline
from dashboard.postgres.cluster import Cluster
from tests.asking import configured
from tests.collect.orphans.counting import counted
from tests.servers import filled_once, per_worker

ROWS = 1_000_000
CHILDREN = 700_000
USERS = 50_000
KEY = "'c' || lpad(to_hex({}), 12, '0')"
FILL = f"""
alter table deployments drop constraint "deployments_projectId_fkey";
drop index "deployments_projectId_key", "deployments_appId_key", "Project_name_idx",
    "Project_userId_idx", "Project_teamId_idx", "uploads_userId_idx", "uploads_projectId_idx";
alter table deployments alter "projectId" drop not null;
alter table users set unlogged;
alter table "Project" set unlogged;
alter table deployments set unlogged;
alter table uploads set unlogged;
insert into users (id, email, "updatedAt")
    select 'u' || n, n || '@x', now() from generate_series(0, {USERS - 1}) as n;
insert into "Project" (id, name, "userId", "createdAt", "updatedAt", "deletedAt")
    select {KEY.format("n")}, 'p', case when n % 5000 = 0 then 'nobody' else 'u' || n % {USERS} end,
        now() - n % 400 * interval '1 day', now(), case when n % 400 = 3 then now() end
    from generate_series(1, {ROWS}) as n;
insert into deployments
    (id, "appId", "projectId", "userId", "createdAt", "updatedAt", "lastAccessed")
    select 'd' || lpad(n::text, 7, '0'), 'a',
        case when n % 1000 = 0 then 'ghost' || n when n % 700 = 1 then null
            when n % 900 = 1 then {KEY.format("n + 1")} else {KEY.format("n")} end,
        case when n % 1300 = 0 then null when n % 1100 = 0 then 'u1' else 'u' || n % {USERS} end,
        now() - n % 300 * interval '1 day', now(),
        case when n % 3 = 0 then now() - n % 90 * interval '1 day' end
    from generate_series(1, {CHILDREN}) as n;
insert into uploads (id, key, "projectId", "userId")
    select 'f' || n, 'k', case when n % 800 = 0 then 'lost' || n % 7 else {KEY.format("n")} end,
        case when n % 600 = 0 then 'gone' end
    from generate_series(1, {CHILDREN // 10}) as n;
insert into convex_deployments (id, "projectId", "convexDeploymentName", status, "updatedAt")
    select 'b' || n, case when n % 90 = 0 then 'lost' || n else {KEY.format("n")} end, n,
        (array['ACTIVE', 'DEPLOYING', 'ERROR', 'DELETED'])[n % 4 + 1]::"ConvexDeploymentStatus",
        now() - n % 120 * interval '1 hour'
    from generate_series(1, {CHILDREN // 70}) as n;
create index on deployments ("projectId");
create index on uploads ("projectId");
"""
MISSING = 'not exists (select from "Project" as p where p.id = d."projectId")'
NO_OWNER = 'not exists (select from users as u where u.id = d."userId")'
# written once more, without anything that the dashboard uses
PLAIN = {
    "ghost-child": f"""select count(*) from deployments as d
        where d."projectId" <> '' and {MISSING}""",
    "unowned-deployment": 'select count(*) from deployments where "projectId" is null',
    "duplicate-owner": """select count(*) from (select from deployments where "projectId" <> ''
        group by "projectId" having count(*) > 1) as x""",
    "undeployed-project": """select count(*) from "Project" as p left join deployments as d
        on d."projectId" = p.id where d.id is null and p."deletedAt" is null
        and p."createdAt" < (select now() at time zone 'UTC' - interval '30 days')""",
    "ownerless-project": f'select count(*) from "Project" as d where {NO_OWNER}',
    "ownerless-deployment": f"select count(*) from deployments as d where {NO_OWNER}",
    "owner-mismatch": """select count(*) from deployments as d, "Project" as p
        where d."projectId" = p.id and d."userId" <> p."userId" """,
    "soft-link-ghost": f"""select (select count(*) from uploads as d where {MISSING})
        + (select count(*) from convex_deployments as d where {MISSING})""",
    "service-leftover": """select count(*) from convex_deployments as d left join "Project" as p
        on d."projectId" = p.id where (p.id is null or p."deletedAt" is not null)
        and status in ('ACTIVE', 'DEPLOYING')""",
    "stuck": """select count(*) from convex_deployments where status = 'DEPLOYING'
        and "updatedAt" < (select now() at time zone 'UTC' - interval '30 minutes')""",
    "dead-file-upload": f"""select count(*) from uploads as d
        where "userId" is not null and {NO_OWNER}""",
    "soft-deleted-parent": """select count(*) from deployments as d join "Project" as p
        on d."projectId" = p.id where p."deletedAt" is not null""",
    "never-accessed": """select count(*) from deployments
        where "createdAt" < (select now() at time zone 'UTC' - interval '30 days')
        and coalesce("lastAccessed", '2000-01-01')
            < (select now() at time zone 'UTC' - interval '30 days')""",
}


@pytest.fixture(scope="module")
def crowded(cluster: Cluster) -> str:
    return filled_once(cluster, "crowded", FILL, "vacuum (analyze, parallel 0)")


@pytest.fixture(scope="module")
def collector(
    cluster: Cluster, crowded: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Collector]:
    empty = per_worker("empty")
    create_database(cluster, empty)
    urls = {"crowded": reader_url(cluster, crowded), "empty": reader_url(cluster, empty)}
    with contextlib.closing(Collector(configured(tmp_path_factory.mktemp("c"), urls))) as made:
        yield made
    drop_database(cluster, empty)


@pytest.fixture(scope="module")
def orphans(collector: Collector) -> Orphans:
    crowded = counted(collector)["crowded"]
    assert isinstance(crowded, Orphans)
    return crowded


@pytest.fixture(scope="module")
def plain(cluster: Cluster, crowded: str) -> dict[str, int]:
    with psycopg.connect(cluster.url(crowded)) as connection:
        return {code: answer(connection, text) for code, text in PLAIN.items()}


def answer(connection: psycopg.Connection[Any], text: str) -> int:
    ((number,),) = connection.execute(text.encode()).fetchall()
    return int(number)


@pytest.mark.parametrize("code", PLAIN)
def test_count_is_what_a_plain_query_says(
    orphans: Orphans, plain: dict[str, int], code: str
) -> None:
    """A count that ran into its time limit must not claim more than it knows."""
    count = orphans.of(BY_CODE[code]).count
    assert plain[code] > 0
    if count.precision is Precision.EXACT:
        assert count.number == plain[code]
    else:
        assert count.sure_of <= plain[code]
        assert not count.none
        assert count.reason


@pytest.mark.parametrize("code", PLAIN)
def test_full_scan_is_what_a_plain_query_says(
    collector: Collector, orphans: Orphans, plain: dict[str, int], code: str
) -> None:
    scanning = FullScans(collector)
    found = 0
    for each in orphans.of(BY_CODE[code]).columns:
        scan = scanned(scanning, orphans, each.column)
        assert scan.state is ScanState.DONE, scan.count.reason
        assert scan.count.precision is Precision.EXACT
        found += scan.count.number or 0
    assert found == plain[code]


def scanned(scanning: FullScans, orphans: Orphans, column: CountedColumn) -> FullScan:
    scanning.start(orphans.environment, column)
    assert scanning.wait_until_idle(orphans.environment, 60)
    scan = scanning.of(orphans.environment)
    assert scan
    return scan


def test_scan_goes_in_parts_and_can_be_cancelled(
    collector: Collector, orphans: Orphans, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scans, "STEP", 1_000)
    scanning = FullScans(collector)
    (each,) = orphans.of(BY_CODE["ghost-child"]).columns
    scanning.start(orphans.environment, each.column)
    running = scanning.of(orphans.environment)
    assert running
    scanning.start(orphans.environment, each.column)  # one at a time: this one goes on
    scanning.cancel(orphans.environment)
    assert scanning.wait_until_idle(orphans.environment, 60)
    scan = scanning.of(orphans.environment)
    assert scan
    assert scan.state is ScanState.CANCELLED
    assert scan.started_at == running.started_at
    assert not scan.count.none
    assert 0 <= scan.share < 1


def test_no_part_compares_row_by_row(cluster: Cluster, crowded: str, orphans: Orphans) -> None:
    """A part that seems to hold a single row must not be joined by a nested loop over a range."""
    (each,) = orphans.of(BY_CODE["ghost-child"]).columns
    ages = Ages()
    part = statements.Part("c000000010000", "c000000020000")
    order = statements.scan_order(each.column)
    assert order
    assert order.both
    found = statements.found_in(part, each.column, order, orphans.as_of, ages)
    statement = statements.counting(found, None)
    with psycopg.connect(cluster.url(crowded)) as connection:
        for setting in scans.BY_KEY.preamble[1:]:
            connection.execute(setting)
        text = f"explain {statement.text}"
        lines = [line for (line,) in connection.execute(text.encode(), statement.values)]
    assert "Nested Loop" not in "\n".join(lines)
    assert "Anti Join" in "\n".join(lines)


def test_pages_follow_one_another_without_gap_or_repetition(
    collector: Collector, orphans: Orphans, plain: dict[str, int]
) -> None:
    (each,) = orphans.of(BY_CODE["ghost-child"]).columns
    seen: list[str] = []
    after = None
    while True:
        page = page_of(collector, orphans.environment, each.column, after, 200)
        assert isinstance(page, tuple)
        seen += [each.id for each in page if each.id]
        if len(page) < 200:
            break
        after = page[-1].id
    assert len(seen) == len(set(seen)) == plain["ghost-child"]


def test_a_deadline_that_is_nearly_over_leaves_the_rest_unknown(
    collector: Collector, orphans: Orphans
) -> None:
    definitions = Definitions(collector.settings.databases)
    read = partial(collector.catalogs.read, definitions=definitions)
    assert all(isinstance(each, Catalog) for _, each in collector.fleet.run(read, BACKGROUND))
    late = collector.fleet.run_one(
        lambda each, _: collect(collector, each, Deadline(SPARE_S - 0.5), definitions),
        BACKGROUND,
        orphans.environment,
    )
    assert isinstance(late, Orphans)
    count = late.of(BY_CODE["ghost-child"]).count
    assert (count.precision, count.none) == (Precision.UNKNOWN, False)
