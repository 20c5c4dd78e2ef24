"""The seeded demo on a server where only clients write, and everything that they write is told."""

from collections.abc import Iterator

import pytest

from dashboard import serving
from dashboard.demo.seed import seed
from dashboard.postgres.cluster import Cluster
from tests.hostile import witness


@pytest.fixture(scope="session")
def quiet() -> Iterator[Cluster]:
    with Cluster(options=witness.QUIET) as running:
        seed(running)
        witness.prepare(running)
        yield running


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Start with nothing served, and leave nothing served."""
    serving.stop()
    yield monkeypatch
    serving.stop()
