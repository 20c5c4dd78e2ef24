"""The thirty days before the demo: what its pages tell of them fits to what they tell of now."""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dashboard.cli import main
from dashboard.collect.collector import Collector
from dashboard.collect.failure_sources import SourceKind
from dashboard.collect.failures.sources import Failures, last_days, of_all
from dashboard.demo import failures, past, state
from dashboard.demo.databases import connect
from dashboard.demo.scenarios import LOCAL, PREVIEW, PRODUCTION, STAGING
from dashboard.demo.seed import connect_urls, seed
from dashboard.diagnose.failures import judge
from dashboard.postgres.cluster import Cluster
from dashboard.settings import load
from dashboard.state import FirstSeen, History, RecordedEnvironment, SqliteStore, Window

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Demo:
    cluster: Cluster
    config: Path
    now: datetime

    @property
    def history(self) -> History:
        path = load(self.config, environ={}).history
        assert path
        return History(SqliteStore(path))

    @property
    def places(self) -> list[RecordedEnvironment]:
        databases = load(self.config, environ={}).databases
        return [RecordedEnvironment(name, each.place) for name, each in databases.items()]

    def failures(self, days: int) -> dict[str, Failures]:
        with contextlib.closing(Collector(load(self.config, environ={}))) as collector:
            found = of_all(collector, last_days(days, datetime.now(UTC)))
            return {each.name: got for each, got in found if isinstance(got, Failures)}


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder, now = tmp_path_factory.mktemp("past"), datetime.now(UTC)
    with Cluster() as cluster:
        seed(cluster, now)
        failed = failures.fail_before(cluster, now)
        urls, file = connect_urls(cluster), folder / "history.sqlite"
        past.remember(file, urls, cluster, failed, now)
        config = folder / "dashboard.toml"
        config.write_text(state.configuration(urls, file), encoding="utf-8")
        yield Demo(cluster, config, now)


def test_the_last_look_found_what_is_found_now(
    lived: Demo, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["check", "--config", str(lived.config), "--json"])
    environments = json.loads(capsys.readouterr().out)["environments"]
    found = {
        (name, each["code"], each["severity"])
        for name, health in environments.items()
        for each in health["findings"]
    }
    episodes = (*past.EPISODES, *past.SILENT)
    assert found == {
        (each.environment, each.code, each.severity.value) for each in episodes if not each.until
    }
    seen = {(each.environment, each.code) for each in lived.history.first_seen(lived.places)}
    assert seen == {(name, code) for name, code, _ in found}


def test_since_yesterday_something_is_new_and_something_gone(lived: Demo) -> None:
    yesterday = lived.now - DAY
    new = [each for each in lived.history.first_seen(lived.places) if each.since > yesterday]
    assert [(each.environment, each.code) for each in new] == [(LOCAL, "db-ahead")]
    old = [each for each in past.EPISODES if each.covers(DAY) and not each.covers(timedelta())]
    assert [each.code for each in old if each.until] == ["invalid-index"]


def test_what_is_older_than_the_history_is_said_to_be(lived: Demo) -> None:
    seen = {each.code: each for each in lived.history.first_seen(lived.places[1:2])}
    assert isinstance(seen["failed"], FirstSeen)
    assert seen["failed"].or_earlier
    assert lived.now - seen["pending"].since > 16 * DAY
    assert not seen["pending"].or_earlier


def test_charts_of_a_month_have_no_gap_but_where_nobody_answered(lived: Demo) -> None:
    window = Window(lived.now - 30 * DAY, lived.now, 6 * 3600)
    for place in lived.places[:3]:
        assert len({each.at for each in lived.history.findings(window, [place])}) >= 120
        (*_, projects) = lived.history.measured("projects", window, [place])
        with connect(lived.cluster, place.environment) as connection:
            (counted,) = connection.execute('select count(*) from "Project"').fetchone() or (0,)
        assert counted - 10 <= projects.value <= counted


def test_every_source_tells_of_failures_on_many_days(lived: Demo) -> None:
    month = lived.failures(30)
    assert PREVIEW not in month
    staging = {each.source.kind: each for each in month[STAGING].counted}
    for kind, days in ((SourceKind.LOG, 12), (SourceKind.TABLE, 5), (SourceKind.STATUS, 2)):
        assert len({each.at.date() for each in staging[kind].recent}) >= days, kind
    assert month[PRODUCTION].total


def test_one_afternoon_everything_failed_and_not_within_a_week(lived: Demo) -> None:
    def outages(days: int) -> list[str]:
        bursts = (each for found in lived.failures(days).values() for each in found.bursts)
        nouns = Collector(load(lived.config, environ={})).nouns
        return [each.environment for each in bursts if judge(each, 3, nouns)]

    assert outages(7) == []
    assert outages(30) == [STAGING]


@pytest.mark.parametrize("day", range(23, 30))
def test_they_are_the_same_everywhere_and_rest_at_weekends(day: int) -> None:
    now = datetime(2026, 11, day, 0, 10, tzinfo=UTC)
    ids = [f"p{number}" for number in range(failures.AFFECTED)]
    listed = list(failures.failures(now, ids))
    assert listed == list(failures.failures(now, ids))
    assert all(each.at < now and each.at.weekday() < 5 for each in listed)
    assert now - failures.bad_afternoon(now) > 8 * DAY
