"""A container with a secrets.toml mounted: read, refused or missing; and how it ends."""

import os
from pathlib import Path

import pytest

from dashboard.demo.scenarios import STAGING
from dashboard.demo.seed import connect_urls
from dashboard.demo.state import configuration
from dashboard.postgres.cluster import Cluster
from tests.image.containers import HISTORY, SECRETS, USER, eventually, looks, running, volume
from tests.image.viewing import viewing


@pytest.fixture
def secrets(demo: Cluster, tmp_path: Path) -> Path:
    """Write what only the image's user may read."""
    path = tmp_path / "secrets.toml"
    path.touch(mode=0o600)
    path.write_text(configuration(connect_urls(demo), Path(HISTORY, "history.sqlite")))
    os.chown(path, USER, USER)
    return path


def mounted(path: Path) -> str:
    return f"--volume={path}:{SECRETS}:ro"


def test_it_ends_though_somebody_looks_on(secrets: Path) -> None:
    with running(mounted(secrets)) as container:
        assert container.wait_for(200)["answering"] == 3
        with viewing("") as drawn:
            assert drawn.succeeded
            assert STAGING in drawn.text
            assert container.stop() == 0
        assert "Traceback" not in container.logged()


def test_the_history_goes_on_where_it_ended(secrets: Path) -> None:
    with volume() as (option, place):
        first = kept(place, mounted(secrets), option)
        assert kept(place, mounted(secrets), option) > first


def kept(place: Path, *options: str) -> int:
    """Run a container until it has kept a look, and return how many there are then."""
    before = len(looks(place))
    with running(*options) as container:
        assert eventually(lambda: len(looks(place)) > before)
        assert container.stop() == 0
        assert "history" not in container.logged()
    return len(looks(place))


def test_without_a_volume_it_says_once_that_no_history_is_kept(secrets: Path) -> None:
    with running(mounted(secrets)) as container:
        assert container.wait_for(200)["ready"]
        assert eventually(lambda: "The history is not kept" in container.logged())
        assert container.stop() == 0
        assert container.logged().count("The history is not kept") == 1


def test_secrets_that_its_user_may_not_read_are_one_sentence(secrets: Path) -> None:
    os.chown(secrets, 0, 0)
    with running(mounted(secrets)) as container:
        assert container.wait_for(503)["problems"] == [
            "The dashboard's log says what is wrong with its configuration."
        ]
        assert container.check_health() != 0
        assert f"{SECRETS} cannot be read" in container.logged()
        assert "Traceback" not in container.logged()


def test_without_a_configuration_it_is_not_healthy() -> None:
    with running() as container:
        assert container.wait_for(503) == {"ready": False, "environments": 0, "answering": 0}
        assert container.check_health() != 0
