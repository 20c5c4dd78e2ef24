"""Snapshots of real databases: what they hold, what they keep, and how often they ask."""

import contextlib
import threading
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dashboard.background import periodic_task
from dashboard.background import snapshots as module
from dashboard.background.periodic_task import Clock
from dashboard.background.recording import Recorder
from dashboard.background.row_counts import Precision
from dashboard.background.snapshots import Snapshot, SnapshotStore, beyond_reading
from dashboard.collect.catalog import CatalogReader
from dashboard.collect.collector import Collector
from dashboard.collect.result import LastResult
from dashboard.diagnose.facts import Catalog, Kind, Unavailable
from dashboard.diagnose.finding import Severity
from dashboard.postgres import Conversation
from dashboard.settings import Settings
from dashboard.state import History, RecordedEnvironment, Window
from tests.asking import configured
from tests.cli.test_check import peopled
from tests.conftest import Database, MakeDatabase

PATIENCE_S = 60
NOWHERE = "postgresql://reader@127.0.0.1:1/nowhere"


KEY = """"deployments_projectId_fkey" foreign key ("projectId")
    references "Project" (id) on update cascade on delete cascade"""


@pytest.fixture(autouse=True)
def unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    unlimited_now(monkeypatch)


def unlimited_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(periodic_task, "AT_MOST_EVERY_S", 0.0)
    monkeypatch.setattr(module, "COUNTING_SHARE", 1000.0)
    monkeypatch.setattr(module, "FIRST_PAUSE_S", 3600.0)


@contextlib.contextmanager
def started(collector: Collector, history: History | None = None) -> Iterator[SnapshotStore]:
    record = Recorder(collector.settings, None, history).keep
    with contextlib.closing(collector), contextlib.closing(Clock()) as clock:
        snapshots = SnapshotStore(clock, collector, record=record)
        clock.start()
        assert snapshots.wait_until_idle(PATIENCE_S)
        yield snapshots


def settings(folder: Path, **urls: str) -> Settings:
    return configured(folder, urls)


def again(snapshots: SnapshotStore) -> Mapping[str, LastResult[Snapshot]]:
    snapshots.refresh_now()
    assert snapshots.wait_until_idle(PATIENCE_S)
    return {each.environment.name: each for each in snapshots}


def only_one(snapshots: SnapshotStore) -> Snapshot:
    (only,) = snapshots
    assert only.value
    return only.value


def cut_off(database: Database, beside: Database) -> None:
    """Let nobody into a database any more; that cannot be said from inside."""
    beside.execute(f'alter database "{database.name}" with allow_connections false')
    beside.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", database.name
    )


def test_reads_server_role_and_exact_counts(make_database: MakeDatabase, tmp_path: Path) -> None:
    database = make_database()
    database.execute(
        "insert into users (id, email, \"updatedAt\") values ('u1', 'a@example.com', now())"
    )
    database.execute(
        'insert into "Project" (id, name, "userId", "updatedAt") '
        "values ('p1', 'one', 'u1', now()), ('p2', 'two', 'u1', now())"
    )
    with started(Collector(settings(tmp_path, staging=database.reader_url))) as snapshots:
        seen = only_one(snapshots)
    assert (seen.projects.number, seen.projects.precision) == (2, Precision.EXACT)
    assert (seen.deployments.number, seen.deployments.precision) == (0, Precision.EXACT)
    assert not isinstance(seen.projects.per_day, Unavailable)
    assert sum(each.rows for each in seen.projects.per_day) == 2
    assert seen.version[0].isdigit()
    assert seen.powers == ()


def test_tells_what_the_role_could_do_beyond_reading(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    with started(Collector(settings(tmp_path, local=make_database().url))) as snapshots:
        seen = only_one(snapshots)
    assert not isinstance(seen.powers, Unavailable)
    assert beyond_reading(seen.powers) == "it is a superuser"


def test_an_environment_that_is_lost_keeps_its_last_snapshot(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    database, other = make_database(), make_database()
    urls = settings(tmp_path, staging=database.reader_url, local=other.reader_url)
    with started(Collector(urls)) as snapshots:
        before = {each.environment.name: each for each in snapshots}
        cut_off(database, other)
        after = again(snapshots)
    lost = after["staging"]
    assert lost.failure
    assert lost.value == before["staging"].value
    assert after["local"].failure is None


def test_an_environment_that_never_answered_has_no_snapshot(tmp_path: Path) -> None:
    with started(Collector(settings(tmp_path, preview=NOWHERE))) as snapshots:
        (only,) = snapshots
    assert only.value is None
    assert only.failure
    assert only.failure.kind is Kind.REFUSED
    assert only.tried_at


def test_a_table_that_cannot_be_counted_is_estimated_or_unknown(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    database = peopled(make_database())
    database.execute('analyze "Project"')
    with database.connection.transaction():
        database.execute('lock table "Project", deployments in access exclusive mode')
        with started(Collector(settings(tmp_path, staging=database.reader_url))) as snapshots:
            seen = only_one(snapshots)
    assert seen.projects.precision is Precision.ESTIMATE
    assert seen.deployments.precision is Precision.UNKNOWN
    assert seen.projects.reason
    assert seen.projects.reason.kind is Kind.LOCKED
    assert isinstance(seen.projects.per_day, Unavailable)


class Counting(CatalogReader):
    """Knows how many are in it at once."""

    inside = 0
    most = 0
    asked = 0

    def read(self, *asked: Any) -> Conversation[Catalog | Unavailable]:
        self.inside += 1
        self.asked += 1
        self.most = max(self.most, self.inside)
        time.sleep(0.02)
        schema = yield from super().read(*asked)
        self.inside -= 1
        return schema


def counting(settings: Settings) -> tuple[Collector, Counting]:
    collector, catalogs = Collector(settings), Counting(settings)
    collector.catalogs = catalogs
    return collector, catalogs


def test_an_environment_is_refreshed_once_at_a_time(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    collector, catalogs = counting(settings(tmp_path, staging=make_database().reader_url))
    with started(collector) as snapshots:
        viewers = [threading.Thread(target=snapshots.refresh_now) for _ in range(30)]
        for each in viewers:
            each.start()
        for each in viewers:
            each.join()
        assert snapshots.wait_until_idle(PATIENCE_S)
        assert catalogs.most == 1
        assert 1 <= catalogs.asked < 30


def test_refreshing_has_a_limit(
    make_database: MakeDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(periodic_task, "AT_MOST_EVERY_S", 3600.0)
    collector, catalogs = counting(settings(tmp_path, staging=make_database().reader_url))
    with started(collector) as snapshots:
        again(snapshots)
        again(snapshots)
        assert catalogs.asked == 1


class Broken(CatalogReader):
    broken = True

    def read(self, *asked: Any) -> Conversation[Catalog | Unavailable]:
        if self.broken:
            raise ZeroDivisionError
        return super().read(*asked)


def test_a_bug_is_logged_and_ends_with_its_cause(
    make_database: MakeDatabase, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    collector = Collector(settings(tmp_path, staging=make_database().reader_url))
    collector.catalogs = catalogs = Broken(collector.settings)
    with started(collector) as snapshots:
        (broken,) = snapshots
        catalogs.broken = False
        mended = again(snapshots)["staging"]
    assert broken.failure
    assert "ZeroDivisionError" in caplog.text
    assert mended.failure is None
    assert mended.value


def test_a_judgement_that_fails_is_dropped(
    make_database: MakeDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with started(Collector(settings(tmp_path, staging=make_database().reader_url))) as snapshots:
        assert snapshots.checkup
        monkeypatch.setattr(module.Judging, "judge", lambda *_: 1 / 0)
        again(snapshots)
        assert snapshots.checkup is None
        monkeypatch.undo()
        unlimited_now(monkeypatch)
        again(snapshots)
        assert snapshots.checkup


def status(snapshots: SnapshotStore, name: str) -> Severity:
    assert snapshots.checkup
    found = {each.environment.name: each.status for each in snapshots.checkup.environments}
    return found[name]


def test_environments_are_judged_beside_what_the_others_said_last(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    whole, broken = peopled(make_database()), peopled(make_database())
    urls = settings(tmp_path, production=whole.reader_url, staging=broken.reader_url)
    with started(Collector(urls)) as snapshots:
        again(snapshots)
        assert status(snapshots, "staging") is Severity.OK
        broken.execute('alter table deployments drop constraint "deployments_projectId_fkey"')
        again(snapshots)
        assert status(snapshots, "staging") is Severity.ERROR
        assert status(snapshots, "production") is Severity.OK
        broken.execute(f"alter table deployments add constraint {KEY}")
        again(snapshots)
        assert status(snapshots, "staging") is Severity.OK


def test_an_environment_that_is_lost_is_unknown_and_its_last_judgement_is_kept(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    database, other = peopled(make_database()), peopled(make_database())
    urls = settings(tmp_path, staging=database.reader_url, local=other.reader_url)
    with started(Collector(urls)) as snapshots:
        again(snapshots)
        cut_off(database, other)
        again(snapshots)
        again(snapshots)
        assert status(snapshots, "staging") is Severity.UNKNOWN
        assert status(snapshots, "local") is Severity.OK
        assert snapshots.checkup
        lost = next(each for each in snapshots.checkup.environments if each.unavailable)
        assert lost.earlier
        assert lost.earlier.status is Severity.OK
        other.execute(f'alter database "{database.name}" with allow_connections true')
        again(snapshots)
        assert status(snapshots, "staging") is Severity.OK


def test_what_was_seen_is_kept_in_the_history(make_database: MakeDatabase, tmp_path: Path) -> None:
    database = make_database()
    database.execute("alter table deployments disable trigger all")
    loaded = settings(tmp_path, staging=database.reader_url, preview=NOWHERE)
    history = History.open(tmp_path / "history.sqlite")
    with started(Collector(loaded), history) as snapshots:
        again(snapshots)
    now = datetime.now(UTC)
    window = Window(now - timedelta(minutes=5), now + timedelta(minutes=5), 600)
    places = [RecordedEnvironment(name, each.place) for name, each in loaded.databases.items()]
    found = {(each.severity, each.unavailable) for each in history.findings(window, places)}
    assert {("error", False), (None, True)} <= found
    (projects,) = history.measured("projects", window, places)
    assert (projects.environment, projects.value, projects.precision) == ("staging", 0, "exact")


def test_what_is_strict_is_remembered_while_the_one_that_has_it_is_lost(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    whole, loose = peopled(make_database()), peopled(make_database())
    urls = settings(tmp_path, production=whole.reader_url, staging=loose.reader_url)
    loose.execute('drop index "deployments_projectId_key"')
    with started(Collector(urls)) as snapshots:
        again(snapshots)
        assert "unique-missing" in codes(snapshots, "staging")
        cut_off(whole, loose)
        again(snapshots)
        again(snapshots)
        assert status(snapshots, "production") is Severity.UNKNOWN
        assert "unique-missing" in codes(snapshots, "staging")
        loose.execute(f'alter database "{whole.name}" with allow_connections true')
        loose.execute('create unique index on deployments ("projectId")')
        again(snapshots)
        assert "unique-missing" not in codes(snapshots, "staging")


def codes(snapshots: SnapshotStore, name: str) -> set[str]:
    assert snapshots.checkup
    (found,) = (each for each in snapshots.checkup.environments if each.environment.name == name)
    return {each.code for each in found.findings}
