"""The seeded environments: what the demo shows is really there."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import combinations
from statistics import mean
from typing import Any

import psycopg
import pytest

from dashboard.demo.databases import connect, migrations
from dashboard.demo.history import DAYS, SIZES, SeedRows
from dashboard.demo.scenarios import (
    ATTEMPTS,
    DRAFT,
    ENVIRONMENTS,
    LOCAL,
    PEOPLE,
    PRODUCTION,
    PROJECTS,
    SCENARIOS,
    SHOP,
    SHOP_DEPLOYED,
    STAGING,
    TRACES,
    written_in,
)
from dashboard.demo.seed import FAILED, connect_urls, seed
from dashboard.postgres.cluster import Cluster
from dashboard.settings import Thresholds

SEEDED = (LOCAL, STAGING, PRODUCTION)
MONDAY = datetime(2026, 11, 23, 15, 30, tzinfo=UTC)
CUID = re.compile(r"c[0-9a-z]{24}")
# name -> where the id is a project, where something else still names it
WHEREABOUTS = {
    "environment-mismatch": ((LOCAL,), ()),
    "environment-mismatch-url": ((LOCAL,), ()),
    "stale-project-id": ((), ()),
    "deleted-project": ((), (STAGING,)),
    "deleted-project-lives-elsewhere": ((LOCAL,), (STAGING,)),
    "deleted-everywhere": ((), (LOCAL, STAGING)),
    "soft-deleted": ((STAGING,), ()),
    "project-present": ((STAGING,), ()),
    "project-present-undeployed": ((STAGING,), ()),
    "several-envs": ((STAGING, PRODUCTION), ()),
    "several-envs-collision": ((STAGING, PRODUCTION), ()),
    "owner-missing": ((STAGING,), ()),
    "other-entity-user": ((), ()),
    "other-entity-deployment": ((), ()),
    "other-entity-app": ((), ()),
    "id-typo": ((), ()),
    "id-truncated": ((), ()),
    "id-case": ((), ()),
    "id-dirty-paste": ((), ()),
    "id-dirty-paste-invisible": ((), ()),
    "env-unreachable": ((STAGING,), ()),
    "foreign-shape": ((), ()),
    "already-deployed": ((STAGING,), ()),
    "already-deployed-by-the-log": ((STAGING,), ()),
    "recent-failures": ((STAGING,), (STAGING,)),
    "appid-taken": ((STAGING,), ()),
    "present-unexplained": ((STAGING,), ()),
    "present-created-later": ((STAGING,), ()),
    "present-race": ((STAGING,), ()),
    "id-dirty-in-app": ((STAGING,), ()),
    "nested-connect": ((), ()),
    "no-id": ((), ()),
    "null-project": ((), ()),
    "reverse-direction": ((STAGING,), ()),
    "not-explained": ((STAGING,), ()),
    "other-relationship": ((), ()),
    "other-constraint": ((), ()),
}
TRACED = """
select 1 from uploads where "projectId" = %(id)s
union all
select 1 from convex_deployments where "projectId" = %(id)s
"""
PLACES = {
    "other-entity-user": "select 1 from users where id = %(id)s",
    "other-entity-deployment": "select 1 from deployments where id = %(id)s",
    "other-entity-app": 'select 1 from deployments where "appId" = %(id)s',
}
BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}
Ask = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def ask(demo: Cluster) -> Iterator[Ask]:
    """Ask an environment as superuser."""
    with ExitStack() as stack:
        open_to = {name: stack.enter_context(connect(demo, name)) for name in SEEDED}

        def run(environment: str, statement: str, **values: object) -> list[tuple[Any, ...]]:
            return open_to[environment].execute(statement.encode(), values or None).fetchall()

        yield run


def where(ask: Ask, statement: str, key: str) -> tuple[str, ...]:
    return tuple(name for name in SEEDED if ask(name, statement, id=key))


def test_every_scenario_is_checked_here() -> None:
    assert list(WHEREABOUTS) == [scenario.name for scenario in SCENARIOS]
    assert {scenario.environment for scenario in SCENARIOS} <= {e.name for e in ENVIRONMENTS}


@pytest.mark.parametrize("name", WHEREABOUTS)
def test_id_is_where_the_scenario_needs_it(ask: Ask, name: str) -> None:
    key = BY_NAME[name].project_id
    lives, traces = WHEREABOUTS[name]
    assert where(ask, 'select 1 from "Project" where id = %(id)s', key) == lives
    assert where(ask, TRACED, key) == traces


@pytest.mark.parametrize("name", PLACES)
def test_id_of_something_else_is_where_it_should_be(ask: Ask, name: str) -> None:
    assert STAGING in where(ask, PLACES[name], BY_NAME[name].project_id)


def test_present_project_has_its_one_deployment_and_the_draft_none(ask: Ask) -> None:
    deployed = 'select "appId" from deployments where "projectId" = %(id)s'
    assert ask(STAGING, deployed, id=SHOP.id) == [(SHOP_DEPLOYED.app_id,)]
    assert ask(STAGING, deployed, id=DRAFT.id) == []


def test_soft_deleted_project_is_marked(ask: Ask) -> None:
    marked = 'select 1 from "Project" where id = %(id)s and "deletedAt" < now()'
    assert ask(STAGING, marked, id=BY_NAME["soft-deleted"].project_id)


def test_owner_is_missing_only_where_meant(ask: Ask) -> None:
    ownerless = """
        select p.id from "Project" as p
        where not exists (select from users as u where u.id = p."userId")
    """
    found = [key for name in SEEDED for (key,) in ask(name, ownerless)]
    assert found == [BY_NAME["owner-missing"].project_id]


def test_copy_has_equal_facts_and_collision_different_ones(ask: Ask) -> None:
    facts = 'select name, "userId", "createdAt" from "Project" where id = %(id)s'
    copied, collided = BY_NAME["several-envs"], BY_NAME["several-envs-collision"]
    assert ask(STAGING, facts, id=copied.project_id) == ask(PRODUCTION, facts, id=copied.project_id)
    one = ask(STAGING, facts, id=collided.project_id)[0]
    other = ask(PRODUCTION, facts, id=collided.project_id)[0]
    assert all(left != right for left, right in zip(one, other, strict=True))


def test_environments_share_no_other_project(ask: Ask) -> None:
    ids = {name: {key for (key,) in ask(name, 'select id from "Project"')} for name in SEEDED}
    shared = [ids[one] & ids[other] for one, other in combinations(SEEDED, 2)]
    meant = {BY_NAME["several-envs"].project_id, BY_NAME["several-envs-collision"].project_id}
    assert set().union(*shared) == meant


def test_typo_and_cut_lead_to_one_project(ask: Ask) -> None:
    typo, cut = BY_NAME["id-typo"].project_id, BY_NAME["id-truncated"].project_id
    assert distance(typo, SHOP.id) == 1
    prefix = 'select id from "Project" where starts_with(id, %(id)s)'
    assert ask(STAGING, prefix, id=cut) == [(SHOP.id,)]
    assert BY_NAME["id-case"].project_id.lower() == SHOP.id


def test_ids_are_far_apart_unless_meant() -> None:
    literal = {scenario.project_id for scenario in SCENARIOS}
    literal |= {project.id for project in PROJECTS} | {person.id for person in PEOPLE}
    literal |= {trace.project_id for trace in TRACES}
    near = {
        frozenset((one, other))
        for one, other in combinations(filter(CUID.fullmatch, literal), 2)
        if distance(one, other) < 10
    }
    assert near == {frozenset((SHOP.id, BY_NAME["id-typo"].project_id))}


def test_pasted_texts_hold_the_id_that_is_looked_up() -> None:
    for scenario in SCENARIOS:
        assert scenario.project_id in scenario.paste
        assert scenario.paste


@pytest.mark.parametrize(
    ("name", "age"),
    [
        ("present-created-later", timedelta(hours=-2)),
        ("present-race", timedelta(seconds=3)),
        ("present-unexplained", timedelta(days=20)),
    ],
)
def test_error_is_as_old_as_the_scenario_says(ask: Ask, name: str, age: timedelta) -> None:
    scenario = BY_NAME[name]
    created = 'select "createdAt" from "Project" where id = %(id)s'
    (project,) = ask(STAGING, created, id=scenario.project_id)
    assert datetime.fromisoformat(scenario.paste[:23]) - project[0] == age


def test_history_falls_the_same_way_twice() -> None:
    one, other = SeedRows(STAGING, MONDAY), SeedRows(STAGING, MONDAY)
    assert one.rows == other.rows
    assert one.rows != SeedRows(STAGING, MONDAY + timedelta(days=1)).rows


def test_counts_are_the_rows() -> None:
    with Cluster() as cluster:
        counted = seed(cluster, MONDAY)
        for name, tables in counted.items():
            with connect(cluster, name) as connection:
                for table, rows in tables.items():
                    count = f'select count(*) from "{table}"'.encode()
                    assert connection.execute(count).fetchone() == (rows,)
    projects = {name: tables["Project"] for name, tables in counted.items()}
    planted = {name: sum(name in p.environments for p in PROJECTS) for name in SEEDED}
    assert projects == {name: SIZES[name].projects + planted[name] for name in SEEDED}


def test_history_grows_and_rests_at_weekends() -> None:
    at = [project[5] for project in SeedRows(PRODUCTION, MONDAY).rows["Project"]]
    per_day = Counter(moment.date() for moment in at if isinstance(moment, datetime))
    assert len(per_day) == DAYS
    assert max(at) <= MONDAY
    weekend = [count for day, count in per_day.items() if day.weekday() >= 5]
    working = [count for day, count in per_day.items() if day.weekday() < 5]
    assert max(weekend) < mean(working) / 1.5
    days = sorted(per_day)
    assert sum(per_day[day] for day in days[-28:]) > sum(per_day[day] for day in days[:28]) * 1.3


@pytest.mark.parametrize("environment", SEEDED)
def test_ids_look_like_cuids_of_their_time(ask: Ask, environment: str) -> None:
    tables = ("users", "teams", "Project", "deployments", "uploads", "convex_deployments")
    rows = [
        row
        for table in tables
        for row in ask(environment, f'select id, "createdAt" from "{table}"')
    ]
    assert all(CUID.fullmatch(key) for key, _ in rows)
    millisecond = timedelta(milliseconds=1)  # the id and the database may round differently
    odd = [key for key, at in rows if abs(written_in(key) - at.replace(tzinfo=UTC)) > millisecond]
    collided = BY_NAME["several-envs-collision"].project_id
    assert odd == ([collided] if environment == PRODUCTION else [])


def test_nothing_happens_in_the_future(ask: Ask) -> None:
    for name in SEEDED:
        for table, column in ask(
            name,
            """
            select table_name, column_name from information_schema.columns
            where table_schema = 'public' and data_type like 'timestamp%'
            """,
        ):
            late = (
                f'select count(*) from "{table}" where "{column}" > now() + interval \'1 second\''
            )
            assert ask(name, late) == [(0,)]


def test_migrations_stand_differently(ask: Ask) -> None:
    ledger = "select migration_name from _prisma_migrations order by started_at"
    names = [migration.name for migration in migrations()]
    applied = {name: [row[0] for row in ask(name, ledger)] for name in SEEDED}
    assert applied[PRODUCTION] == names
    assert applied[STAGING] == names[:-1], "the last of them failed"
    assert set(applied[LOCAL]) - set(names) == {"20261020093011_project_color"}
    assert set(names) <= set(applied[LOCAL])


@pytest.mark.parametrize("environment", SEEDED)
def test_ledger_is_in_order(ask: Ask, environment: str) -> None:
    checksums = {migration.name: migration.checksum for migration in migrations()}
    rows = ask(
        environment,
        """
        select migration_name, checksum, applied_steps_count, finished_at > started_at,
            rolled_back_at, logs
        from _prisma_migrations
        """,
    )
    for name, checksum, *outcome in rows:
        if (environment, name) != (STAGING, FAILED):
            assert outcome == [1, True, None, None]
        assert checksums.get(name, checksum) == checksum


def test_what_failed_in_staging_left_its_row_and_its_error(ask: Ask) -> None:
    failed = "select migration_name, applied_steps_count, rolled_back_at, logs"
    ((name, *outcome, logs),) = ask(
        STAGING, f"{failed} from _prisma_migrations where finished_at is null"
    )
    assert (name, outcome) == (FAILED, [0, None])
    assert "Database error code: 42P07" in logs
    assert 'relation "Project_name_idx" already exists' in logs


@pytest.mark.parametrize("environment", SEEDED)
def test_strict_migration_is_in_force(ask: Ask, environment: str) -> None:
    strict = """
        select c.confdeltype = 'c', c.convalidated, a.attnotnull
        from pg_constraint as c
        inner join pg_attribute as a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
        where c.conname = 'deployments_projectId_fkey'
    """
    assert ask(environment, strict) == [(True, True, True)]


def test_failures_really_happened_and_the_log_tells_them(ask: Ask) -> None:
    """A few ids are tried again and again: too few to look like an outage."""
    told = """
        select key_value, count(*) from ops.constraint_violations where table_name = 'deployments'
        group by key_value
    """
    for name in SEEDED:
        tried = {each.project_id: each.times for each in ATTEMPTS if each.environment == name}
        assert dict(ask(name, told)) == tried
        assert len(tried) <= Thresholds().all_fail_ids
    staging = Counter(
        code for (code,) in ask(STAGING, "select code from ops.constraint_violations")
    )
    assert staging == {"23503": 23, "23505": 3}


def test_production_is_healthy(ask: Ask) -> None:
    for table in ("uploads", "convex_deployments"):
        ghosts = f"""
            select 1 from "{table}" as t
            where not exists (select from "Project" as p where p.id = t."projectId")
        """
        assert ask(PRODUCTION, ghosts) == []
    mismatched = """
        select 1 from deployments as d inner join "Project" as p on d."projectId" = p.id
        where d."userId" <> p."userId" or p."deletedAt" is not null
    """
    assert ask(PRODUCTION, mismatched) == []
    assert ask(PRODUCTION, "select 1 from convex_deployments where status = 'DEPLOYING'") == []


def test_planner_knows_the_sizes(ask: Ask) -> None:
    estimate = "select reltuples from pg_class where oid = '\"Project\"'::regclass"
    assert ask(PRODUCTION, estimate) == ask(PRODUCTION, 'select count(*) from "Project"')


def test_addresses_are_the_reader_s(demo: Cluster) -> None:
    urls = connect_urls(demo)
    assert tuple(urls) == tuple(environment.name for environment in ENVIRONMENTS)
    for name in SEEDED:
        with psycopg.connect(urls[name], autocommit=True) as reader:
            assert reader.execute('select count(id) > 0 from "Project"').fetchone() == (True,)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute("select files from deployments")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute('delete from "Project"')
    with pytest.raises(psycopg.OperationalError, match="Connection refused"):
        psycopg.connect(urls["preview-412"])


def distance(one: str, other: str) -> int:
    return sum(left != right for left, right in zip(one, other, strict=True))
