"""The API on the seeded demo, asked as programs ask it."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from dashboard import serving
from dashboard.api import app as api
from dashboard.demo import state
from dashboard.demo.seed import connect_urls
from dashboard.postgres.cluster import Cluster

TOKENS = {
    "all": 'level = "support"\nnames = true',
    "nameless": 'level = "support"',
    "narrow": 'environments = ["staging", "local"]\nnames = true\nlevel = "support"',
}
WAIT_S = 60


def token(name: str) -> str:
    return f"secret of {name}"


def bearer(name: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token(name)}"}


def configuration() -> str:
    return "".join(
        f'[[access.token]]\nname = "{name}"\nsha256 = "'
        f'{hashlib.sha256(token(name).encode()).hexdigest()}"\n{more}\n'
        for name, more in TOKENS.items()
    )


@pytest.fixture(scope="package")
def config(demo: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("api") / "dashboard.toml"
    path.write_text(state.configuration(connect_urls(demo)) + configuration(), encoding="utf-8")
    return path


@pytest.fixture(scope="package")
def served(config: Path) -> Iterator[serving.Serving]:
    serving.stop()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DASHBOARD_CONFIG", str(config))
        served = serving.current()
        assert served.snapshots.wait_until_idle(WAIT_S)
        assert served.orphans.wait_until_idle(WAIT_S)
        yield served
        serving.stop()


@pytest.fixture
def client(served: serving.Serving) -> Iterator[TestClient]:
    """Ask an application of the test's own, so that it has a pace of its own."""
    with TestClient(Starlette(routes=api.routes()), raise_server_exceptions=False) as client:
        yield client


def error(answer: Any) -> tuple[int, str]:
    """Take an error apart, which has one form whatever went wrong."""
    content = answer.json()
    assert content.keys() == {"error"}
    assert content["error"].keys() == {"status", "code", "message"}
    assert content["error"]["status"] == answer.status_code
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] == "application/json"
    return answer.status_code, content["error"]["code"]


def without_times(value: Any) -> Any:
    """Leave out what differs between two answers: when they were given and how long it took."""
    if isinstance(value, dict):
        return {key: without_times(item) for key, item in value.items() if key not in CHANGING}
    return [without_times(each) for each in value] if isinstance(value, list) else value


CHANGING = {"ms", "as_of"}


def same(one: Any, other: Any) -> None:
    assert json.dumps(without_times(one), indent=1) == json.dumps(without_times(other), indent=1)
