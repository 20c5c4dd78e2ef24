"""The release that the demo is about to deploy: what waits, what it stops at, what it locks."""

import contextlib
from pathlib import Path

import pytest

from dashboard.collect.collector import Collector
from dashboard.collect.health.inspection import check
from dashboard.demo import next_release, state
from dashboard.demo.scenarios import LOCAL, PRODUCTION, STAGING
from dashboard.demo.seed import connect_urls, seed
from dashboard.diagnose.health.ahead import Coming, Outlook, coming, schema_word
from dashboard.diagnose.health.report import EnvironmentHealth
from dashboard.postgres.cluster import Cluster
from dashboard.settings import load

OWNER, SIZE = "20261118094512_upload_owner_required", "20261124141530_upload_size_bigint"

Healths = dict[str, EnvironmentHealth]


def judged(config: Path) -> Healths:
    with Cluster() as cluster:
        seed(cluster)
        beside = next_release.announce(cluster)
        config.write_text(state.configuration(connect_urls(cluster), beside=beside))
        with contextlib.closing(Collector(load(config))) as collector:
            return {each.environment.name: each for each in check(collector).environments}


@pytest.mark.usefixtures("throw_away")
def test_what_it_makes_of_each_environment(tmp_path: Path) -> None:
    healths = judged(tmp_path / "demo.toml")
    found: dict[str, dict[str, Coming]] = {
        name: {each.name: each for each in coming(health)} for name, health in healths.items()
    }
    assert found[LOCAL] == {}
    assert found[STAGING][OWNER].outlook is Outlook.FAILS
    assert "3 rows of uploads without userId" in found[STAGING][OWNER].why
    assert found[STAGING][SIZE].outlook is Outlook.NOT_REACHED
    assert {each.outlook for each in found[PRODUCTION].values()} == {Outlook.PASSES}
    (lock,) = found[PRODUCTION][SIZE].locks or ()
    assert lock.startswith("ACCESS EXCLUSIVE on uploads (about ")
    assert "rewrites the table" in lock
    assert schema_word(healths[STAGING]).alike
    (drift,) = schema_word(healths[PRODUCTION]).says
    assert drift.startswith("column entryPoint of deployments: default is 'main.html'")
    facts = healths[PRODUCTION].facts
    assert facts
    assert max(facts.catalog.tables, key=lambda each: each.estimate).name == "uploads"
