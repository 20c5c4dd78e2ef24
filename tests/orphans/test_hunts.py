"""Hunts of real databases: shared, one at a time, and never waiting for who does not answer."""

import contextlib
from pathlib import Path

import pytest

from dashboard import hunts
from dashboard.collector import Collector
from dashboard.diagnosis.evidence import Kind
from dashboard.diagnosis.orphans import BY_CODE, Orphans, Precision
from dashboard.hunts import Hunts
from tests.asking import configured
from tests.conftest import MakeDatabase
from tests.orphans.hunting import hunted, in_staging

PATIENCE_S = 60
NOWHERE = "postgresql://reader@127.0.0.1:1/nowhere"


def test_one_round_serves_all_and_the_dead_do_not_hold_up_the_living(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    settings = configured(tmp_path, {"dead": NOWHERE, "staging": make_database().reader_url})
    with contextlib.closing(Collector(settings)) as collector:
        first, second = hunts.latest(collector), hunts.latest(collector)
        assert first is second
        assert first.settle(PATIENCE_S)
        dead, staging = first
        tried = staging.tried_at
        assert staging.orphans
        assert (staging.failure, staging.hunting) == (None, False)
        assert dead.failure
        assert (dead.failure.kind, dead.orphans) == (Kind.REFUSED, None)
        hunts.latest(collector)  # what is fresh is not asked again
        assert first.settle(PATIENCE_S)
        assert tuple(first)[1].tried_at == tried


def test_an_environment_that_went_away_keeps_its_last_counts(
    make_database: MakeDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hunts, "AT_MOST_EVERY_S", 0.0)
    staging, beside = make_database(), make_database()
    settings = configured(tmp_path, {"staging": staging.reader_url})
    with contextlib.closing(Collector(settings)) as collector:
        hunting = Hunts(collector)
        hunting.refresh(0.0)
        assert hunting.settle(PATIENCE_S)
        (before,) = hunting
        beside.execute(f'alter database "{staging.name}" with allow_connections false')
        beside.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where datname = %s and usename <> current_user",
            staging.name,
        )
        hunting.refresh(0.0)
        assert hunting.settle(PATIENCE_S)
        (after,) = hunting
        beside.execute(f'alter database "{staging.name}" with allow_connections true')
    assert after.failure
    assert after.orphans == before.orphans


def test_a_bug_is_told_and_leaves_nothing_running(
    make_database: MakeDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_anything: object) -> Orphans:
        raise ZeroDivisionError

    monkeypatch.setattr(hunts, "collect", broken)
    settings = configured(tmp_path, {"staging": make_database().reader_url})
    with contextlib.closing(Collector(settings)) as collector:
        hunting = Hunts(collector)
        hunting.refresh(0.0)
        assert hunting.settle(PATIENCE_S)
        (only,) = hunting
    assert only.failure
    assert (only.failure.kind, only.orphans) == (Kind.UNCLASSIFIED, None)


def test_a_table_that_is_locked_is_unknown(make_database: MakeDatabase, tmp_path: Path) -> None:
    staging = make_database()
    with staging.connection.transaction():
        staging.execute("lock table users in access exclusive mode")
        orphans = in_staging(tmp_path, staging=staging.reader_url)
    count = orphans.of(BY_CODE["ownerless-project"]).count
    assert count.precision is Precision.UNKNOWN
    assert "locked" in (count.reason or "")
    assert orphans.of(BY_CODE["stuck"]).count.none


def test_a_key_that_something_casts_doubt_on_is_counted(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    """A trigger may swallow what the key does: what looks whole is no proof then."""
    staging = make_database()
    ghosts = BY_CODE["ghost-child"]
    proven = in_staging(tmp_path, staging=staging.reader_url).of(ghosts).count
    assert proven.precision is Precision.PROOF
    staging.execute("""
        create function swallow() returns trigger language plpgsql as 'begin return null; end';
        create trigger keep before delete on deployments
            for each row execute function swallow();
        insert into users (id, email, "updatedAt") values ('u1', 'a@x', now());
        insert into "Project" (id, name, "userId", "updatedAt") values ('p1', 'x', 'u1', now());
        insert into deployments (id, "appId", "projectId", "updatedAt")
            values ('d1', 'a1', 'p1', now());
        delete from "Project"
    """)
    counted = in_staging(tmp_path, staging=staging.reader_url).of(ghosts).count
    assert (counted.precision, counted.number) == (Precision.EXACT, 1)


def test_not_null_that_old_rows_need_not_obey_is_no_proof(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    staging = make_database(strict=False)
    staging.execute("""
        insert into deployments (id, "appId", "updatedAt") values ('d1', 'a1', now());
        alter table deployments add constraint filled not null "projectId" not valid
    """)
    unowned = BY_CODE["unowned-deployment"]
    count = in_staging(tmp_path, staging=staging.reader_url).of(unowned).count
    assert (count.precision, count.number) == (Precision.EXACT, 1)
    staging.execute("""
        delete from deployments;
        alter table deployments validate constraint filled
    """)
    count = in_staging(tmp_path, staging=staging.reader_url).of(unowned).count
    assert count.precision is Precision.PROOF


def test_lost_projects_are_counted_where_they_live(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    staging, local = make_database(), make_database()
    elsewhere = BY_CODE["cross-environment-orphan"]
    staging.execute("""
        insert into uploads (id, key, "projectId")
            values ('f1', 'k1', 'p1'), ('f2', 'k2', 'p1'), ('f3', 'k3', 'nowhere')
    """)
    local.execute("""
        insert into users (id, email, "updatedAt") values ('u1', 'a@x', now());
        insert into "Project" (id, name, "userId", "updatedAt") values ('p1', 'x', 'u1', now())
    """)
    urls = {"staging": staging.reader_url, "local": local.reader_url}
    orphans = in_staging(tmp_path, **urls)
    assert orphans.of(elsewhere).count.number == 1
    assert orphans.of(elsewhere).count.precision is Precision.EXACT
    assert orphans.living == {"p1": ("local",)}
    # one that cannot be asked may have the other one
    partly = in_staging(tmp_path, **urls, preview=NOWHERE)
    assert partly.of(elsewhere).count.precision is Precision.AT_LEAST
    alone = hunted(configured(tmp_path, {"staging": staging.reader_url, "preview": NOWHERE}))
    assert isinstance(alone["staging"], Orphans)
    assert alone["staging"].of(elsewhere).count.precision is Precision.UNKNOWN
