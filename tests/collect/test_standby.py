"""A standby is never a full proof of absence, and one that lags is none at all."""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from dashboard.collect.collector import Collector
from dashboard.collect.health.inspection import check
from dashboard.demo.databases import create_database, reader_url
from dashboard.diagnose.finding import Confidence, Finding
from dashboard.postgres.cluster import Cluster
from dashboard.settings import Settings
from tests.asking import configured, look_up
from tests.cli.test_check import NEWEST
from tests.diagnose.health.test_repairs import ID, Database, add_project
from tests.replica import PRIMARY, replica_of


@pytest.fixture(scope="module")
def primary() -> Iterator[Cluster]:
    with Cluster(options=PRIMARY) as running:
        create_database(running, "app")
        yield running


@pytest.fixture(scope="module")
def standby_port(primary: Cluster) -> Iterator[int]:
    with replica_of(primary) as port:
        yield port


@pytest.fixture
def settings(primary: Cluster, standby_port: int, tmp_path: Path) -> Settings:
    url = reader_url(primary, "app").replace(f":{primary.port}/", f":{standby_port}/")
    return configured(tmp_path, {"staging": url})


def replay(primary: Cluster, standby_port: int, what: str) -> None:
    url = primary.url("app").replace(f":{primary.port}/", f":{standby_port}/")
    with psycopg.connect(url, autocommit=True) as standby:
        standby.execute(f"select pg_wal_replay_{what}()".encode())


def wait_until_received(primary: Cluster, standby_port: int) -> None:
    with psycopg.connect(primary.url("app"), autocommit=True) as connection:
        row = connection.execute("select pg_current_wal_insert_lsn()").fetchone()
    assert row
    url = primary.url("app").replace(f":{primary.port}/", f":{standby_port}/")
    with psycopg.connect(url, autocommit=True) as standby:
        received = "select pg_last_wal_receive_lsn() >= %s::pg_lsn"
        while standby.execute(received, row).fetchone() != (True,):
            time.sleep(0.01)


def settled(settings: Settings) -> Finding:
    """Ask until the standby has nothing left to replay."""
    while True:
        _, diagnosis = look_up(settings, ID, "staging")
        if diagnosis.verdict.code != "replica-lag":
            return diagnosis.verdict
        time.sleep(0.05)


def test_a_standby_that_has_caught_up_is_at_most_possible(settings: Settings) -> None:
    verdict = settled(settings)
    assert verdict.code == "stale-project-id"
    assert verdict.confidence is Confidence.POSSIBLE
    assert "a standby answered, not the primary" in verdict.caveats


def test_one_that_lags_proves_nothing_until_it_has_caught_up(
    settings: Settings, primary: Cluster, standby_port: int
) -> None:
    replay(primary, standby_port, "pause")
    with psycopg.connect(primary.url("app"), autocommit=True) as connection:
        add_project(Database("app", "", "", connection))
    wait_until_received(primary, standby_port)
    for _ in range(3):
        _, behind = look_up(settings, ID, "staging")
        assert behind.verdict.code == "replica-lag"
    replay(primary, standby_port, "resume")
    assert settled(settings).code == "project-present"


def test_a_standby_is_recognised_as_a_replica(
    primary: Cluster, standby_port: int, tmp_path: Path
) -> None:
    url = reader_url(primary, "app")
    urls = {"production": url, "staging": url.replace(f":{primary.port}/", f":{standby_port}/")}
    with contextlib.closing(Collector(configured(tmp_path, urls))) as collector:
        (finding,) = check(collector).findings
    assert (finding.code, finding.environment) == ("environment-copy", "staging")
    assert finding.summary.startswith("staging is a replica of production")


def test_a_migration_that_runs_on_the_primary_is_not_certain_to_have_failed(
    settings: Settings, primary: Cluster
) -> None:
    """Advisory locks are not replicated: only the primary tells a running one from a dead one."""
    started = "update _prisma_migrations set finished_at = null where migration_name = %s"
    with psycopg.connect(primary.url("app"), autocommit=True) as deploying:
        deploying.execute("select pg_advisory_lock(72707369)")
        deploying.execute(started, (NEWEST,))
        with contextlib.closing(Collector(settings)) as collector:
            failed = until_it_has(collector, "failed")
        deploying.execute(started.replace("null", "now()"), (NEWEST,))
    assert failed.confidence is Confidence.LIKELY
    assert "a standby answered, not the primary" in failed.caveats


def until_it_has(collector: Collector, code: str) -> Finding:
    """Check until the standby has replayed what leads to this finding."""
    while True:
        (health,) = check(collector).environments
        for each in health.findings:
            if each.code == code:
                return each
        time.sleep(0.05)
