"""Tables that somebody holds for himself while they are read: only they are not compared."""

import contextlib
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from dashboard.collect.collector import Collector
from dashboard.collect.health.inspection import check
from dashboard.demo.databases import READER
from dashboard.diagnose.health.ahead import Outlook, coming, schema_word
from dashboard.diagnose.health.report import EnvironmentHealth
from dashboard.diagnose.migrations.schema.forecast import Lock
from dashboard.postgres.cluster import Cluster
from dashboard.settings import load
from tests.cli.test_check_drift import source
from tests.cli.test_check_pending import COLOUR, FOLDER, JOB, TEAM, built
from tests.conftest import Database, MakeDatabase
from tests.repetitions import repetition

TAG = """create table "Tag" ("id" int primary key, "name" text not null, "size" serial);
create index "Tag_name_idx" on "Tag" ("name");
create statistics tag_sizes on "id", "name" from "Tag";"""
VIEWS = """create view "Tags" as select "name" from "Tag";
create view "Names" as select "name" from "Tags";
create function first_tag() returns text language sql return (select min("name") from "Tags");
create policy mine on "Team" using (exists (select from "Tag"));"""
ALL = {**FOLDER, "4_tag": TAG, "5_views": VIEWS}
HELD = {"Tag", "Tags", "Names", "Team", "first_tag()"}
LOCK = 'lock table "Tag" in access exclusive mode'

Judge = Callable[..., EnvironmentHealth]


@pytest.fixture(scope="module", params=["embedded", repetition("system")])
def cluster(request: pytest.FixtureRequest) -> Cluster:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Cluster)
    return found


@pytest.fixture
def staging(make_database: MakeDatabase) -> Database:
    return built(make_database(), TEAM, JOB, COLOUR, TAG, VIEWS, applied=ALL)


@pytest.fixture
def judge(tmp_path: Path, throw_away: None) -> Judge:
    def judged(database: Database, **more: str) -> EnvironmentHealth:
        settings = load(Path(source(tmp_path, {**ALL, **more}, database)))
        with contextlib.closing(Collector(settings)) as collector:
            (health,) = check(collector).environments
        return health

    return judged


@contextlib.contextmanager
def holding(database: Database, *statements: str, name: str = "psql") -> Iterator[None]:
    """Do something in a transaction that stays open."""
    with psycopg.connect(database.url, application_name=name) as other:
        for each in statements:
            other.execute(each.encode())
        yield
        other.rollback()


def test_only_what_is_held_is_not_compared(staging: Database, judge: Judge) -> None:
    staging.execute('drop index "Job_teamId_idx"')
    with holding(staging, LOCK):
        word = schema_word(judge(staging, **{"6_more": "create table more (id int);"}))
    assert word.says == ("index Job_teamId_idx of Job is missing",)
    with holding(staging, LOCK):
        staging.execute('create index "Job_teamId_idx" on "Job" ("teamId")')
        health = judge(staging)
    word = schema_word(health)
    assert word.alike is None
    assert {each.partition(":")[0].split()[-1] for each in word.says} == HELD
    (more,) = coming(health)
    assert (more.outlook, more.why.partition(":")[0]) == (
        Outlook.UNKNOWN,
        "being changed right now",
    )
    assert {each.code for each in health.findings} == {"pending"}
    assert schema_word(judge(staging)).alike is True


ADDED = {"6_more": 'alter table "Tag" add column "more" int;'}


def the_lock(health: EnvironmentHealth) -> Lock:
    assert health.rehearsed
    (pending,) = health.rehearsed.tried.values()
    (lock,) = pending.locks
    return lock


def test_who_is_in_the_way_of_a_pending_one(staging: Database, judge: Judge) -> None:
    with holding(staging, 'select from "Tag"', 'lock table "Team" in share mode', name="api"):
        lock = the_lock(judge(staging, **ADDED))
        assert lock.waiting
        (holder,) = lock.waiting.holders
    assert (holder.mode, holder.sessions, holder.application) == ("AccessShareLock", 1, "api")
    assert holder.longest_s is not None
    assert re.search(
        rf"; 1 session holds it now \(the longest for \d+ s: pid {holder.pid}, api\)", lock.sentence
    )
    assert "session" not in the_lock(judge(staging, **ADDED)).sentence


def test_what_a_role_may_not_see_is_said(staging: Database, judge: Judge) -> None:
    staging.execute(f"grant usage on schema public to {READER}")
    staging.execute(f"grant select on _prisma_migrations to {READER}")
    script = 'create index concurrently "Tag_size_idx" on "Tag" ("size");'
    with holding(staging, 'update "Tag" set "size" = 1', name="api"):
        seen = the_lock(judge(staging, **{"6_index": script}))
        reader = replace(staging, url=staging.reader_url)
        hidden = the_lock(judge(reader, **{"6_index": script}))
    assert seen.waiting
    assert seen.waiting.transactions
    assert seen.waiting.transactions.sees_all
    assert "waits for 1 open transaction" in seen.sentence
    assert hidden.waiting
    assert hidden.waiting.holders == ()  # ROW EXCLUSIVE is not against it
    assert "other roles' open transactions show with pg_read_all_stats only" in hidden.sentence


def test_who_waits_for_it_counts_as_well(staging: Database, judge: Judge) -> None:
    """Behind somebody who waits, everybody else waits, too."""
    with holding(staging, 'select from "Tag"'), psycopg.connect(staging.url) as waiting:
        pid = waiting.info.backend_pid

        def wait() -> None:
            with contextlib.suppress(psycopg.Error):
                waiting.execute(LOCK.encode())

        thread = threading.Thread(target=wait)
        thread.start()
        while not staging.execute("select 1 from pg_locks where pid = %s and not granted", pid):
            pass
        word = schema_word(judge(staging))
        staging.execute("select pg_cancel_backend(%s)", pid)
        thread.join()
    assert word.alike is None
