"""The seeded demo, served to pages that run without a browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard import serving
from dashboard.background.periodic_task import Clock
from dashboard.demo.seed import connect_urls
from dashboard.demo.state import configuration
from dashboard.postgres.cluster import Cluster


@pytest.fixture(scope="session")
def demo(changeable_demo: Cluster) -> Cluster:
    """Let the tests of pages change what is shown."""
    return changeable_demo


@pytest.fixture(scope="session")
def demo_file(demo: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("demo") / "dashboard.toml"
    path.write_text(configuration(connect_urls(demo)), encoding="utf-8")
    return path


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Start with nothing served, and leave nothing served."""
    serving.stop()
    yield monkeypatch
    serving.stop()


@pytest.fixture
def nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask nothing in the background, which takes longer than a page that needs none of it."""
    monkeypatch.setattr(Clock, "start", lambda _clock: None)


@pytest.fixture
def served(demo_file: Path, configured: pytest.MonkeyPatch) -> None:
    """Serve the demo; preview-412 is a port where nothing answers."""
    configured.setenv("DASHBOARD_CONFIG", str(demo_file))
