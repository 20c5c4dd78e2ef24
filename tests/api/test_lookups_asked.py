"""GET and POST /api/v1/lookup: the command line's own object."""

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from dashboard.access.limits import ADDRESS_BURST
from dashboard.api import pace, v1
from dashboard.cli import main
from dashboard.demo.scenarios import ONLY_LOCAL, STAGING
from dashboard.diagnose.lookup.proof import Proof
from dashboard.serving import Serving
from tests.api.conftest import bearer, error, same

ADDRESS = "/api/v1/lookup"
ONE = f"{ADDRESS}?id={ONLY_LOCAL.id}&env={STAGING}"
PASTED = (
    "Foreign key constraint violated on the constraint: `deployments_projectId_fkey` "
    f"projectId: {ONLY_LOCAL.id}"
)


def printed(config: Path, text: str, capsys: pytest.CaptureFixture[str]) -> Any:
    capsys.readouterr()  # the audit
    main(["lookup", text, "--target", STAGING, "--config", str(config), "--json"])
    return json.loads(capsys.readouterr().out)


def test_an_id_is_judged_as_the_command_line_does(
    client: TestClient, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = client.get(ONE)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["verdict"]["code"] == "environment-mismatch"
    same(answer.json(), printed(config, ONLY_LOCAL.id, capsys))


def test_a_whole_error_is_judged_as_the_command_line_does(
    client: TestClient, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = client.post(ADDRESS, json={"text": PASTED, "env": STAGING})
    assert answer.status_code == 200
    same(answer.json(), printed(config, PASTED, capsys))


def test_a_replay_is_made_for_who_asks_for_it(
    client: TestClient, served: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.get(ONE).json()["proof"] is None
    prover = served.proofs._prover
    monkeypatch.setattr(type(prover), "possible", True)
    monkeypatch.setattr(prover, "prove", lambda _: Proof("Replayed.", reproduced=True))
    assert client.get(f"{ONE}&prove=true").json()["proof"]["summary"] == "Replayed."
    posted = client.post(ADDRESS, json={"text": PASTED, "env": STAGING, "prove": "true"})
    assert posted.json()["proof"]["reproduced"] is True


def test_several_ids_are_results(client: TestClient) -> None:
    answer = client.get(f"{ONE}&id=cmmeo08me00xlt9um9zz8106x")
    assert [each["project_id"] for each in answer.json()["results"]] == [
        ONLY_LOCAL.id, "cmmeo08me00xlt9um9zz8106x",
    ]  # fmt: skip


def test_without_an_environment_it_says_where_an_id_exists(
    client: TestClient, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = client.get(f"{ADDRESS}?id={ONLY_LOCAL.id}").json()
    assert (answer["target"], answer["verdict"], answer["findings"]) == (None, None, [])
    assert answer["environments"]["local"]["state"] == "found"
    capsys.readouterr()
    main(["lookup", ONLY_LOCAL.id, "--config", str(config), "--json"])
    same(answer, json.loads(capsys.readouterr().out))


@pytest.mark.parametrize(
    ("query", "status"),
    [
        (f"?env={STAGING}", 400),
        (f"?id=%20&env={STAGING}", 400),
        (f"?id=x&env={STAGING}&env=local", 400),
        ("?id=x&env=stagng", 404),
        (f"?env={STAGING}" + "".join(f"&id=p{n}" for n in range(v1.MOST_IDS + 1)), 413),
    ],
)
def test_what_cannot_be_looked_up_is_said(query: str, status: int, client: TestClient) -> None:
    assert error(client.get(ADDRESS + query))[0] == status


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b'{"text": "x", "env": "staging"}', "text/plain", 415),
        (b"text=x&env=staging", "application/x-www-form-urlencoded", 415),
        (b"{", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"[]", "application/json", 400),
        (b"\xff", "application/json", 400),
        (b'{"text": 7, "env": "staging"}', "application/json", 400),
        (b'{"text": "' + b"x" * 5_000_000, "application/json", 413),
    ],
)
def test_a_body_that_is_none_is_refused(
    body: bytes, kind: str, status: int, client: TestClient
) -> None:
    answer = client.post(ADDRESS, content=body, headers={"content-type": kind})
    assert error(answer)[0] == status


def test_half_a_surrogate_is_answered(client: TestClient) -> None:
    body = b'{"text": "\\ud800 cmuh3zi8j00cocfpecxvm11hu", "env": "staging"}'
    answer = client.post(ADDRESS, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 200


def test_another_sites_page_cannot_ask_in_a_viewers_name(client: TestClient) -> None:
    """A browser asks before it sends JSON elsewhere, and nobody says that it may."""
    asking = {"origin": "https://evil.example", "access-control-request-method": "POST"}
    assert error(client.options(ADDRESS, headers=asking))[0] == 405
    answer = client.get(ONE, headers=asking)
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        (bearer("all"), 200),
        (bearer("nobody"), 401),
        ({"authorization": "Basic c2VjcmV0"}, 401),
        ({"authorization": "Bearer"}, 401),
        ({"authorization": ""}, 401),
        (bearer("nameless"), 200),
        (bearer("narrow"), 200),
    ],
)
def test_a_token_is_asked_for_what_it_was_granted(
    headers: dict[str, str], status: int, client: TestClient
) -> None:
    answer = client.get(ONE, headers=headers)
    assert answer.status_code == status
    if status == 401:
        assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_token_without_names_gets_the_verdict_without_names(client: TestClient) -> None:
    answer = client.get(ONE, headers=bearer("nameless"))
    project = answer.json()["environments"]["local"]["project"]
    assert answer.json()["verdict"]["code"] == "environment-mismatch"
    assert (project["id"], project["name"]) == (ONLY_LOCAL.id, "(hidden)")
    assert "Portfolio draft" in client.get(ONE, headers=bearer("all")).text
    assert "Portfolio draft" not in answer.text


def test_what_a_token_may_not_see_is_unknown_and_not_named(client: TestClient) -> None:
    """Only counted: the verdict says by itself what could make it wrong."""
    answer = client.get(ONE, headers=bearer("narrow"))
    content = answer.json()
    assert content["environments"].keys() == {"local", "staging", "2 environments you may not see"}
    assert content["environments"]["2 environments you may not see"]["state"] == "unknown"
    assert any("you may not see" in each for each in content["verdict"]["caveats"])
    assert "production" not in answer.text
    assert "preview-412" not in answer.text


def test_a_hidden_environment_cannot_be_looked_up_in(client: TestClient) -> None:
    address = f"{ADDRESS}?id={ONLY_LOCAL.id}&env=production"
    hidden, none = (
        client.get(each, headers=bearer("narrow"))
        for each in (address, address.replace("production", "prodution"))
    )
    assert error(hidden) == error(none) == (404, "not-found")
    assert hidden.json() == none.json()


def test_two_tokens_at_once_are_refused(client: TestClient) -> None:
    given = [(name, value) for each in ("all", "nobody") for name, value in bearer(each).items()]
    assert error(client.get(ONE, headers=given))[0] == 401


def test_who_asks_too_often_is_told_when_to_ask_again(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "ADDRESS_PER_S", 0.001)  # however slow this machine is just now
    answers = [client.get("/api/v1/environments") for _ in range(int(ADDRESS_BURST) + 20)]
    assert answers[0].status_code == 200
    late = [each for each in answers if each.status_code == 429]
    assert late
    assert error(late[0]) == (429, "too-many-requests")
    assert int(late[0].headers["retry-after"]) >= 1


def test_people_come_first(
    client: TestClient, served: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So many look-ups run at once; who waits too long for a place is told to come again."""
    going, free = threading.Semaphore(0), threading.Event()
    plain = type(served.collector).evidence_of_all

    def slow(*arguments: Any) -> Any:
        going.release()
        assert free.wait(60)
        return plain(*arguments)

    monkeypatch.setattr(type(served.collector), "evidence_of_all", slow)
    monkeypatch.setattr(pace, "PATIENCE_S", 0.1)
    statuses: list[int] = []
    asking = [
        threading.Thread(target=lambda: statuses.append(client.get(ONE).status_code))
        for _ in range(pace.AT_ONCE)
    ]
    for each in asking:
        each.start()
    for _ in asking:
        assert going.acquire(timeout=30)
    assert error(client.get(ONE)) == (429, "too-many-requests")
    assert client.get("/api/v1/environments").status_code == 200, "these ask no database"
    free.set()
    for each in asking:
        each.join(60)
    assert statuses == [200] * pace.AT_ONCE


def test_a_bug_is_told_by_a_number(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, served: Serving
) -> None:
    def fail(*_: Any) -> Any:
        raise ValueError("secret rows")

    monkeypatch.setattr(type(served.collector), "evidence_of_all", fail)
    answer = client.get(ONE)
    assert error(answer) == (500, "bug")
    assert "secret rows" not in answer.text


def test_one_program_does_not_use_up_what_another_may_ask(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind a proxy all of them have one address."""
    monkeypatch.setattr(pace, "ADDRESS_PER_S", 0.001)
    address = "/api/v1/environments"
    for _ in range(int(ADDRESS_BURST) + 20):
        client.get(address, headers=bearer("nobody"))
    assert client.get(address, headers=bearer("nobody")).status_code == 429
    assert client.get(address, headers=bearer("all")).status_code == 200
