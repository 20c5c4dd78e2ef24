"""The demo on its way to Prisma 8: one environment in each state."""

import json
from pathlib import Path

import pytest

from dashboard.cli import main
from dashboard.demo import state
from dashboard.demo.handed_over import hand_over
from dashboard.demo.scenarios import LOCAL, PRODUCTION, STAGING
from dashboard.demo.seed import connect_urls, seed
from dashboard.postgres.cluster import Cluster

EXPECTED = {
    LOCAL: set[str](),
    STAGING: {"pending"},
    PRODUCTION: {"not-handed-over", "pending"},
}
OF_MIGRATIONS = {"pending", "not-handed-over", "migrations-unknown", "failed", "db-ahead"}


def test_each_environment_is_in_another_state(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Cluster() as cluster:
        seed(cluster)
        packages = hand_over(cluster, tmp_path)
        config = tmp_path / "dashboard.toml"
        config.write_text(state.configuration(connect_urls(cluster), beside=packages))
        main(["check", "--config", str(config), "--json"])
    answer = json.loads(capsys.readouterr().out)
    for name, codes in EXPECTED.items():
        found = {each["code"] for each in answer["environments"][name]["findings"]}
        assert found & OF_MIGRATIONS == codes, name
