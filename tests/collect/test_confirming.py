"""A database in which nobody committed anything is asked one thing; any commit has all asked."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from dashboard.collect.health import confirming, inspection
from dashboard.collect.health.inspection import Inspector, context_of
from dashboard.diagnose.facts import EnvironmentFacts, Kind, Shared, Unavailable
from dashboard.diagnose.health.report import FactsOfAll
from dashboard.postgres.cluster import Cluster
from tests import servers
from tests.asking import collecting, configured, exchanged
from tests.cli.test_check import peopled
from tests.conftest import Database, MakeDatabase

KEY = 'alter table deployments drop constraint "deployments_projectId_fkey"'
PROJECT = """insert into "Project" (id, name, "userId", "updatedAt")
    select 'zzz', 'last', "userId", now() from "Project" limit 1"""


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """Start a server of one's own: transactions are numbered over all of its databases."""
    with servers.empty() as running:
        yield running


class Asked:
    """One environment asked again and again, beside what others said."""

    def __init__(self, inspector: Inspector, settings: inspection.Settings) -> None:
        self._inspector = inspector
        self._settings = settings
        self.environment = settings.environments[0]

    def whatever(self) -> tuple[EnvironmentFacts | Unavailable, bool]:
        return self._inspector.again(self.environment, {}, context_of(self._settings))

    def outdate(self) -> None:
        self._inspector.outdate(self.environment)

    def again(self, others: FactsOfAll | None = None) -> tuple[EnvironmentFacts, bool, int]:
        context = context_of(self._settings)
        with exchanged() as sent:
            facts, same = self._inspector.again(self.environment, others or {}, context)
        assert not isinstance(facts, Unavailable), facts
        return facts, same, len(sent)


@contextlib.contextmanager
def asking(database: Database, folder: Path, name: str = "staging") -> Iterator[Asked]:
    settings = configured(folder, {name: database.reader_url})
    with collecting(settings) as collector:
        yield Asked(Inspector(collector), settings)


def test_what_is_as_it_was_is_confirmed_in_one_round_trip(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    with asking(peopled(make_database()), tmp_path) as asked:
        first, same, _ = asked.again()
        assert not same
        again, same, exchanges = asked.again()
    assert (same, exchanges) == (True, 1)
    assert again.proof.as_of > first.proof.as_of
    assert again.all_keys is first.all_keys


@pytest.mark.parametrize("statement", [KEY, PROJECT, "create table other (id text)"])
def test_a_commit_has_everything_asked(
    make_database: MakeDatabase, tmp_path: Path, statement: str
) -> None:
    database = peopled(make_database())
    with asking(database, tmp_path) as asked:
        first, *_ = asked.again()
        database.execute(statement)
        second, same, exchanges = asked.again()
        third, confirmed, _ = asked.again()
    assert not same
    assert exchanges > 1
    assert (second.key is None) is (statement == KEY)
    if statement == PROJECT:
        assert second.sample != first.sample
    assert confirmed
    assert third.sample == second.sample


def test_a_lock_is_seen_though_nobody_commits(make_database: MakeDatabase, tmp_path: Path) -> None:
    database = peopled(make_database())
    with asking(database, tmp_path) as asked:
        asked.again()
        database.execute("select pg_advisory_lock(72707369)")
        locked, same, _ = asked.again()
    assert locked.migrating
    assert not same


def test_nothing_is_taken_for_granted_for_ever(
    make_database: MakeDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confirming, "ALL_ANEW_S", 0.0)
    with asking(peopled(make_database()), tmp_path) as asked:
        asked.again()
        assert not asked.again()[1]


def test_what_others_have_by_now_is_looked_for(make_database: MakeDatabase, tmp_path: Path) -> None:
    database, copy = peopled(make_database()), make_database()
    with asking(peopled(copy), tmp_path, "other") as other:
        theirs, *_ = other.again()
    with asking(database, tmp_path) as asked:
        alone, *_ = asked.again()
        beside, same, exchanges = asked.again({other.environment: theirs})
    assert alone.shared is None
    assert isinstance(beside.shared, Shared)
    assert same
    assert exchanges <= 2


def test_no_connection_is_kept_where_few_are_left(
    make_database: MakeDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = """select count(*) from pg_stat_activity
        where application_name = 'deployment-dashboard' and datname = current_database()"""
    database = peopled(make_database())
    with asking(database, tmp_path) as asked:
        asked.again()
        asked._inspector.rest(asked.environment)
        assert database.execute(ours) == [(1,)]
        monkeypatch.setattr(inspection, "FEW_LEFT", 1_000_000)
        asked._inspector.rest(asked.environment)
        database.execute("select pg_sleep(0.2)")
        assert database.execute(ours) == [(0,)]


def test_a_table_that_nobody_may_read_now_has_everything_asked(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    database = peopled(make_database())
    with asking(database, tmp_path) as asked:
        asked.again()
        with psycopg.connect(database.url) as other:
            other.execute('lock table "Project" in access exclusive mode')
            said, same = asked.whatever()
            assert not same
            sample = said if isinstance(said, Unavailable) else said.sample
            assert isinstance(sample, Unavailable)
            assert sample.kind is Kind.LOCKED
            other.rollback()
        asked.again()
        assert asked.again()[1]


def test_whoever_wants_to_know_now_has_everything_asked(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    with asking(peopled(make_database()), tmp_path) as asked:
        asked.again()
        asked.outdate()
        _, same, exchanges = asked.again()
    assert not same
    assert exchanges > 1
