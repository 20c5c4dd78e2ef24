"""Where people sign in a program needs a token; where nobody does, it must be on this machine."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from dashboard import asgi
from dashboard.access.gate import Gate
from dashboard.api import app as api
from dashboard.serving import Serving
from dashboard.settings.access import Access, IdentityHeaders, Mode
from tests.api.conftest import bearer, error

HEALTH = "/api/v1/health"
OPEN = Access()
GUARDED = Access(mode=Mode.PROXY, proxy=IdentityHeaders(()), forwarded_allow_ips="")


def client(served: Serving, access: Access, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    settings = replace(served.settings, access=access)
    monkeypatch.setattr("dashboard.serving.current", lambda: replace(served, settings=settings))
    gate = Middleware(
        Gate,
        access=lambda: access,
        address="127.0.0.1",
        open_paths=asgi.OPEN,
        token_paths=(*asgi.FOR_PROGRAMS, "/base/api/"),
    )
    app = Starlette(routes=api.routes(("", "/base")), middleware=[gate])
    return TestClient(app, base_url="http://127.0.0.1")


@pytest.fixture
def guarded(served: Serving, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    with client(served, GUARDED, monkeypatch) as asking:
        yield asking


@pytest.mark.parametrize("path", [HEALTH, "/api", "/api/", "/base/api/v1/health"])
def test_without_a_token_a_program_is_told_that_one_is_needed(
    path: str, guarded: TestClient
) -> None:
    status, code = error(guarded.get(path))
    expected = (401, "token-needed") if path.endswith("health") else (404, "not-found")
    assert (status, code) == expected


@pytest.mark.parametrize("path", [HEALTH, "/base/api/v1/health"])
def test_with_a_token_a_program_comes_in(path: str, guarded: TestClient) -> None:
    assert guarded.get(path, headers=bearer("all")).status_code == 200


@pytest.mark.parametrize(
    "header",
    ["X-Dashboard-User", "X-Dashboard-Identity", "X_Dashboard_User", "X-Forwarded-Email"],
)
def test_no_header_stands_for_a_token(header: str, guarded: TestClient) -> None:
    assert error(guarded.get(HEALTH, headers={header: "sam@example.com"}))[0] == 401


@pytest.mark.parametrize("path", ["/", "/apiary", "/api.txt", "/metricsx", "/base/"])
def test_a_token_opens_nothing_else(path: str, guarded: TestClient) -> None:
    assert guarded.get(path, headers=bearer("all")).status_code == 401


def test_on_this_machine_the_operator_needs_no_token(
    served: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    with client(served, OPEN, monkeypatch) as asking:
        assert asking.get(HEALTH).status_code == 200


def test_from_elsewhere_nobody_comes_in_without_a_token(
    served: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    with client(served, OPEN, monkeypatch) as asking:
        asking.base_url = "http://10.0.0.7"
        assert asking.get(HEALTH).status_code == 403
        assert asking.get(HEALTH, headers=bearer("nobody")).status_code == 401
        assert asking.get(HEALTH, headers=bearer("all")).status_code == 200
