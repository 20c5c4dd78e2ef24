"""Orphans counted in the background: what the others said holds for one that is asked alone."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.background import orphans, periodic_task
from dashboard.background.periodic_task import Clock, PeriodicTask
from dashboard.collect import catalog
from dashboard.collect.collector import Collector
from dashboard.diagnose.orphans import Orphans
from dashboard.diagnose.orphans.kinds import duplicate_owner
from dashboard.environments import Environment
from tests.asking import configured
from tests.background.test_snapshots import cut_off
from tests.cli.test_check import peopled
from tests.conftest import Database, MakeDatabase

PATIENCE_S = 60


@pytest.fixture
def strict(make_database: MakeDatabase) -> Database:
    return peopled(make_database())


@pytest.fixture
def task(
    strict: Database, make_database: MakeDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[PeriodicTask[Orphans]]:
    monkeypatch.setattr(periodic_task, "AT_MOST_EVERY_S", 0.0)
    monkeypatch.setattr(catalog, "KEPT_S", 0.0)
    loose = peopled(make_database(strict=False))
    urls = {"production": strict.reader_url, "staging": loose.reader_url}
    with (
        contextlib.closing(Collector(configured(tmp_path, urls))) as collector,
        contextlib.closing(Clock()) as clock,
    ):
        definitions = catalog.Definitions(collector.settings.databases)
        made = orphans.task(clock, collector, definitions)
        clock.start()
        assert made.wait_until_idle(PATIENCE_S)
        yield made


def named(task: PeriodicTask[Orphans], name: str) -> Environment:
    return next(each.environment for each in task if each.environment.name == name)


def duplicates_apply(task: PeriodicTask[Orphans]) -> bool:
    """Ask staging alone whether a second deployment of a project is one too many there."""
    staging = named(task, "staging")
    task.refresh_now(staging)
    assert task.wait_until_idle(PATIENCE_S)
    found = task[staging].value
    assert found
    assert task[staging].failure is None
    return found.of(duplicate_owner.KIND).applies


def test_who_does_not_answer_is_still_believed(
    task: PeriodicTask[Orphans], strict: Database, make_database: MakeDatabase
) -> None:
    cut_off(strict, make_database())
    task.refresh_now()
    assert task.wait_until_idle(PATIENCE_S)
    assert task[named(task, "production")].failure
    assert duplicates_apply(task)


def test_the_others_are_believed_until_they_say_something_else(
    task: PeriodicTask[Orphans], strict: Database
) -> None:
    assert duplicates_apply(task)
    strict.execute('alter table deployments drop constraint "deployments_projectId_fkey"')
    assert duplicates_apply(task)
    task.refresh_now(named(task, "production"))
    assert task.wait_until_idle(PATIENCE_S)
    assert not duplicates_apply(task)
