"""The routes of alerts on Health: for an admin, with a button that tests them, and no URL."""

from pathlib import Path

import pytest

from dashboard import serving
from dashboard.access.viewer import Viewer
from dashboard.background import delivery
from dashboard.settings.grants import Grant, Level
from dashboard.view import view_of
from tests.show.opening import open_page, press, said, unfold
from tests.show.test_remembered import SETTLE_S

ROUTES = """
[[alerts.route]]
name = "on *call*"
url = "json://geheim@127.0.0.1:1/x"
quiet = "22:00-07:00"
"""


@pytest.fixture(autouse=True)
def routed(demo_file: Path, configured: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config = tmp_path / "routed.toml"
    history = f'path = "{tmp_path / "history.sqlite"}"'
    words = demo_file.read_text().replace("enabled = false", history, 1)
    config.write_text(words + ROUTES)
    configured.setenv("DASHBOARD_CONFIG", str(config))
    configured.setattr(delivery, "mistakes", lambda _alerts: iter(()))


def test_a_test_is_sent_by_an_admin(configured: pytest.MonkeyPatch) -> None:
    sent: list[tuple[str, str]] = []

    def deliver(url: str, title: str, _body: str, _key: str) -> bool:
        sent.append((url, title))
        return len(sent) > 1

    serving.current()
    assert serving.current().alerting
    configured.setattr(serving.current().alerting, "_deliver", deliver)
    assert serving.current().snapshots.wait_until_idle(SETTLE_S)
    page = unfold(open_page("health"))
    assert "on \\*call\\*" in said(page)
    assert "not from 22" in said(page)
    assert "geheim" not in said(page)
    page = press(page, "Send a test")
    assert "not delivered" in page.toast[0].value
    page = press(unfold(page), "Send a test")
    assert "was delivered" in page.toast[0].value
    assert sent == [("json://geheim@127.0.0.1:1/x", "Test of the route on *call*")] * 2


def test_nobody_else_sees_the_routes() -> None:
    sam = Viewer("sam", (Grant(("sam",), Level.SUPPORT, names=True),))
    seen = view_of(serving.current(), sam).alerts
    assert seen.routes == ()
    assert not seen.test("on *call*")
