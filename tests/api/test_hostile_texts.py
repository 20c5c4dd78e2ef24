"""Whatever is pasted to the API, it answers as it describes, and tells no more than it may."""

import json

import pytest
from starlette.testclient import TestClient

from dashboard.api import pace
from dashboard.demo.scenarios import STAGING
from tests.api.conftest import bearer, error
from tests.hostile.pastes import CLASSES, one_of_each
from tests.repetitions import every_nth

EACH = 3  # of every class


@pytest.fixture(autouse=True)
def _unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace.Pace, "admit", lambda _pace, _who: None)


@pytest.mark.parametrize("kind", every_nth(CLASSES, 3))
def test_a_hostile_text_is_answered(
    kind: str, client: TestClient, capsys: pytest.CaptureFixture[str]
) -> None:
    for paste in (each for each in one_of_each(EACH) if each.kind == kind):
        body = json.dumps({"text": paste.text, "env": STAGING}).encode()
        answer = client.post(
            "/api/v1/lookup",
            content=body,
            headers={"content-type": "application/json", **bearer("narrow")},
        )
        if answer.status_code == 200:
            results = answer.json().get("results", [answer.json()])
            assert all(each["verdict"]["code"] for each in results)
        else:
            assert error(answer)[0] in (400, 413), paste.text[:300]
    for line in capsys.readouterr().out.splitlines():
        assert json.loads(line)["audit"] == 1, "nothing else is written, and no line is begun"
