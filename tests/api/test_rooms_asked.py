"""What a program reads of all environments, and what of it a token may see."""

import json
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from dashboard.api.endpoints import ENDPOINTS
from dashboard.cli import main
from dashboard.diagnose.orphans import KINDS
from tests.api.conftest import bearer, error, same

NAMES = {"local", "staging", "production", "preview-412"}
ADDRESSES = [
    f"/api{each.path}"
    for each in ENDPOINTS
    if not each.asks and "{" not in each.path
]  # fmt: skip


def asked(client: TestClient, address: str, token: str | None = None) -> Any:
    answer = client.get(address, headers=bearer(token) if token else {})
    assert answer.status_code == 200, answer.text
    return answer.json()


def checked(config: Path, capsys: pytest.CaptureFixture[str], *options: str) -> Any:
    main(["check", "--config", str(config), "--json", *options])
    return json.loads(capsys.readouterr().out)


def test_health_is_what_check_prints(
    client: TestClient, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Apart from what is asked of failures, which a check does not."""
    health, printed = asked(client, "/api/v1/health"), checked(config, capsys)
    for name, each in health["environments"].items():
        assert each.keys() == printed["environments"][name].keys()
        same(each["migrations"], printed["environments"][name]["migrations"])
    assert health.keys() == printed.keys()
    same(health["drift"], printed["drift"])


def test_one_environment_is_what_check_prints_of_it(
    client: TestClient, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    production = asked(client, "/api/v1/environments/production")
    printed = checked(config, capsys, "--environment", "production")
    assert [*production["environments"]] == ["production"]
    same(production["environments"]["production"]["findings"],
         printed["environments"]["production"]["findings"])  # fmt: skip


def test_environments_tell_how_old_what_is_known_is(client: TestClient) -> None:
    environments = asked(client, "/api/v1/environments")["environments"]
    assert set(environments) == NAMES
    assert environments["staging"]["status"] == "error"
    assert environments["staging"]["answered_at"] >= environments["staging"]["asked_at"][:10]
    assert environments["preview-412"]["answered_at"] is None
    assert environments["preview-412"]["unavailable"]["kind"] == "refused"


def test_migrations_name_every_state(client: TestClient) -> None:
    migrations = asked(client, "/api/v1/migrations")["environments"]
    assert "failed" in migrations["staging"]["states"].values()
    assert migrations["preview-412"] is None, "who did not answer has none, which is not empty"


def test_a_count_never_stands_alone(client: TestClient) -> None:
    orphans = asked(client, "/api/v1/orphans")["environments"]
    kinds = orphans["staging"]["answer"]["kinds"]
    assert set(kinds) == {kind.code for kind in KINDS}
    for each in kinds.values():
        count = each["count"]
        assert count is None or (count["number"] is None) == (count["precision"] == "unknown")
    assert orphans["preview-412"]["answer"] is None
    assert orphans["preview-412"]["unavailable"]["kind"] == "refused"


def test_failures_are_counted_by_cause(client: TestClient) -> None:
    failures = asked(client, "/api/v1/failures")["environments"]
    told = failures["staging"]["answer"]
    assert {"kind", "label", "state", "says"} == told["sources"][0].keys()
    assert failures["preview-412"]["answer"] is None


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_hidden_environment_is_nowhere(address: str, client: TestClient) -> None:
    seen = asked(client, address, "narrow")
    assert set(seen["environments"]) == {"local", "staging"}
    text = json.dumps(seen)
    assert "production" not in text
    assert "preview-412" not in text


@pytest.mark.parametrize("name", ["production", "prodution", "%2e%2e", "x" * 3_000])
def test_a_hidden_environment_is_as_unknown_as_one_that_is_not_there(
    name: str, client: TestClient
) -> None:
    hidden = client.get(f"/api/v1/environments/{name}", headers=bearer("narrow"))
    assert error(hidden)[0] == 404
    assert "production" not in hidden.text


@pytest.mark.parametrize(
    "address",
    [
        "/api",
        "/api/",
        "/api/v1",
        "/api/v1/",
        "/api/v2/lookup",
        "/api/v1/lookup/",
        "/api/x",
    ],
)
def test_an_unknown_address_is_an_error_and_never_a_page(address: str, client: TestClient) -> None:
    assert error(client.get(address)) == (404, "not-found")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_nothing_can_be_changed(method: str, client: TestClient) -> None:
    assert error(client.request(method, "/api/v1/health")) == (405, "method-not-allowed")
