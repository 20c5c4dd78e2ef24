"""What is rehearsed in the background reaches the judgement, and is not asked for in vain."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from dashboard.background import rehearsals
from dashboard.background.codec import decode, encode
from dashboard.background.long_questions import LongQuestions
from dashboard.background.periodic_task import Clock
from dashboard.background.snapshots import SnapshotStore
from dashboard.collect import rehearsing
from dashboard.collect.collector import Collector
from dashboard.collect.health.inspection import Inspector, context_of
from dashboard.collect.rehearsing import Rehearser
from dashboard.diagnose.migrations.schema.rehearsed import Rehearsed, SchemaComparison
from dashboard.diagnose.migrations.schema.verdict import Answer, Verdict
from dashboard.environments import Environment
from dashboard.postgres import Limits
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


def test_what_takes_too_long_is_asked_on_demand(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    (environment,) = settings.environments
    (root,) = settings.migrations
    (root / "4_check").mkdir()
    (root / "4_check" / "migration.sql").write_text(
        """alter table "Team" add constraint short check (length(md5(name)) < 99);"""
    )
    parameters = settings.databases["staging"].parameters
    with psycopg.connect(**dict(parameters), autocommit=True) as staging:
        staging.execute('insert into "Team" select n, n from generate_series(1, 100000) as n')
    hurried = Limits(deadline_s=20.0, statement_timeout_ms=3)
    monkeypatch.setattr(rehearsing, "PREFLIGHT", hurried)
    with contextlib.closing(Collector(settings)) as collector:
        rehearser = Rehearser(settings, collector.fleet)
        context = context_of(settings)
        facts = Inspector(collector).inspect([environment], {}, context)

        def verdict() -> Verdict | None:
            said = rehearser.rehearse([environment], facts, context)[environment]
            return said.tried["4_check"].verdict

        before = verdict()
        assert before
        assert (before.answer, before.too_slow) == (Answer.UNKNOWN, True)
        assert "takes too long to ask here" in before.reasons[0]
        clock = Clock()
        snapshots = SnapshotStore(clock, collector)
        task = rehearsals.task(clock, settings, snapshots, rehearser)
        questions = LongQuestions(rehearser, task)
        questions.start(environment)
        assert questions.wait_until_idle(environment, 120)
        after = verdict()
        assert after
        assert (after.answer, after.too_slow) == (Answer.PASSES, False)
