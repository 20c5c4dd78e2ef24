"""What is rehearsed in the background reaches the judgement, and is not asked for in vain."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.background import rehearsals
from dashboard.background.codec import decode, encode
from dashboard.background.periodic_task import Clock
from dashboard.background.snapshots import SnapshotStore
from dashboard.collect.collector import Collector
from dashboard.collect.rehearsing import Rehearser
from dashboard.diagnose.migrations.schema.rehearsed import Rehearsed, SchemaComparison
from dashboard.environments import Environment
from dashboard.settings import Settings
from tests.asking import configured
from tests.cli.test_check_pending import COLOUR, FOLDER, JOB, TEAM, built
from tests.conftest import MakeDatabase


@pytest.fixture
def settings(tmp_path: Path, make_database: MakeDatabase, throw_away: None) -> Settings:
    root = tmp_path / "prisma" / "migrations"
    for name, text in FOLDER.items():
        (root / name).mkdir(parents=True)
        (root / name / "migration.sql").write_text(text)
    staging = built(make_database(), TEAM, JOB, COLOUR, applied=FOLDER)
    staging.execute('alter table "Team" alter "name" set not null')
    more = f"[diagnosis]\nconstraint = 'Job_teamId_fkey'\nmigrations = '{root}'\n"
    return configured(tmp_path, {"staging": staging.url}, f"{more}[rehearsal]\nenabled = true\n")


@pytest.fixture
def store(settings: Settings) -> Iterator[SnapshotStore]:
    """Snapshots with what is rehearsed of them, as they are served."""

    def rehearsed() -> dict[Environment, Rehearsed]:
        return {each.environment: each.value for each in task if each.value}

    with contextlib.closing(Collector(settings)) as collector:
        clock, rehearser = Clock(), Rehearser(settings, collector.fleet)
        snapshots = SnapshotStore(clock, collector, rehearsals=rehearsed)
        task = rehearsals.task(clock, settings, snapshots, rehearser)
        clock.start()
        assert task.wait_until_idle(120)
        yield snapshots
        rehearser.close()
        clock.close()


def test_it_is_judged_as_soon_as_it_is_known(store: SnapshotStore) -> None:
    (said,) = store.rehearsals().values()
    assert isinstance(said.schema, SchemaComparison)
    assert store.checkup
    (health,) = store.checkup.environments
    assert "schema-drift" in {each.code for each in health.findings}
    assert health.rehearsed is said
    shared = decode(encode(said))  # by several processes
    assert encode(shared) == encode(said)
    assert shared.pending == said.pending
    assert shared.schema.differences == said.schema.differences


def test_where_it_is_switched_off_nothing_is_asked(tmp_path: Path) -> None:
    settings = configured(tmp_path, {"staging": "postgresql://reader@127.0.0.1:1/app"})
    with contextlib.closing(Collector(settings)) as collector:
        clock, rehearser = Clock(), Rehearser(settings, collector.fleet)
        task = rehearsals.task(clock, settings, SnapshotStore(clock, collector), rehearser)
        assert list(task) == []
