"""Whatever is pasted to the API, it answers as it describes, and tells no more than it may."""

import json
from collections.abc import Iterator
from functools import cache
from ipaddress import ip_network

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from dashboard.access.gate import Gate
from dashboard.api import app as api
from dashboard.api import pace
from dashboard.demo.scenarios import STAGING
from dashboard.serving import Serving
from dashboard.settings.access import Access, IdentityHeaders, Mode
from tests.api.conftest import bearer, error
from tests.hostile.pastes import CLASSES, NUMBER, Hostile, one_of_each
from tests.repetitions import every_nth, repetition

FEW, MANY = 3, NUMBER // len(CLASSES) + 1  # of every class
HIDDEN = ("production", "preview-412")  # from the token that asks
GUARDED = Access(
    Mode.PROXY, proxy=IdentityHeaders((ip_network("127.0.0.1"),)), forwarded_allow_ips=""
)


@pytest.fixture(autouse=True)
def _unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace.Pace, "admit", lambda _pace, _who: None)


@pytest.fixture
def guarded(served: Serving) -> Iterator[TestClient]:
    assert served
    app = Starlette(routes=api.routes())
    gate = Gate(app, lambda: GUARDED, "127.0.0.1", (), ("/api/",))
    with TestClient(gate, raise_server_exceptions=False) as client:
        yield client


@cache
def of_classes(times: int) -> dict[str, list[Hostile]]:
    pastes = one_of_each(times)
    return {kind: [each for each in pastes if each.kind == kind] for kind in CLASSES}


@pytest.mark.parametrize("times", [FEW, repetition(MANY)])
@pytest.mark.parametrize("kind", every_nth(CLASSES, 3))
def test_a_hostile_text_is_answered_behind_the_gate(
    kind: str, times: int, guarded: TestClient, capsys: pytest.CaptureFixture[str]
) -> None:
    for paste in of_classes(times)[kind]:
        answer = guarded.post(
            "/api/v1/lookup",
            content=json.dumps({"text": paste.text, "env": STAGING}).encode(),
            headers={"content-type": "application/json", **bearer("narrow")},
        )
        if answer.status_code == 200:
            results = answer.json().get("results", [answer.json()])
            assert all(each["verdict"]["code"] for each in results)
        else:
            assert error(answer)[0] in (400, 413), paste.text[:300]
        assert not any(each in answer.text and each not in paste.text for each in HIDDEN)
    for line in capsys.readouterr().out.splitlines():
        assert json.loads(line)["audit"] == 1, "nothing else is written, and no line is begun"
