"""Muting on the page: what is not told again, by whom it was seen, and how that is lifted."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import serving
from dashboard.access.viewer import OPERATOR, Viewer
from dashboard.demo.scenarios import STAGING
from dashboard.diagnose.finding import Finding
from dashboard.settings.grants import Grant, Level
from dashboard.view import view_of
from tests.show.opening import open_page, said, unfold
from tests.show.test_remembered import SETTLE_S

CODE = "failed"


@pytest.fixture
def remembered(demo_file: Path, configured: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config = tmp_path / "kept.toml"
    history = f'path = "{tmp_path / "history.sqlite"}"'
    config.write_text(demo_file.read_text().replace("enabled = false", history, 1))
    configured.setenv("DASHBOARD_CONFIG", str(config))


def opened() -> AppTest:
    assert serving.current().snapshots.wait_until_idle(SETTLE_S)
    page = unfold(open_page("environment", env=STAGING))
    assert not page.exception
    return page


def found() -> Finding:
    checkup = serving.current().snapshots.checkup
    assert checkup
    (health,) = (each for each in checkup.environments if each.environment.name == STAGING)
    return next(each for each in (*health.findings, *health.muted) if each.code == CODE)


def is_muted() -> bool:
    checkup = serving.current().snapshots.checkup
    assert checkup
    (health,) = (each for each in checkup.environments if each.environment.name == STAGING)
    return CODE in {each.code for each in health.muted}


def click(page: AppTest, label: str, about: Callable[[str], bool]) -> AppTest:
    (button,) = (e for e in page.button if e.label == label and about(str(e.key)))
    return button.click().run()


def of_code(key: str) -> bool:
    return f" {CODE} " in key


@pytest.mark.usefixtures("remembered")
def test_it_is_muted_with_a_reason_and_lifted() -> None:
    page = opened()
    click(page, "Mute it", of_code)
    assert not is_muted()  # without a reason
    (reason,) = (e for e in page.text_input if e.label == "Reason" and of_code(str(e.key)))
    reason.input("we know *this*").run()
    click(page, "Mute it", of_code)
    assert is_muted()
    health = unfold(open_page("health"))
    assert "we know \\*this\\*" in said(health)
    assert "by anonymous" in said(health)
    lift = next(each for each in health.button if each.label == "Lift")
    lift.click().run()
    assert not is_muted()


@pytest.mark.usefixtures("remembered")
def test_what_was_seen_stays_listed() -> None:
    click(opened(), "Mark as seen", of_code)
    assert is_muted()
    for page in (opened(), unfold(open_page("health"))):
        labels = [each.label for each in page.expander]
        assert any("seen by anonymous" in each for each in labels), labels
    page = opened()
    next(each for each in page.button if each.label == "Lift").click().run()
    assert not is_muted()


@pytest.mark.usefixtures("remembered")
def test_only_an_admin_mutes_and_lifts() -> None:
    opened()
    served, finding = serving.current(), found()
    sam = Viewer("sam", (Grant(("sam",), Level.SUPPORT, names=True),))
    mutes = view_of(served, OPERATOR).mutes
    until = date(2030, 1, 1)
    assert view_of(served, sam).mutes.add(finding, "x", until) == "You may not mute this."
    assert not is_muted()
    assert mutes.add(finding, "x", until) is None
    assert is_muted()
    (mute,) = mutes.covering(finding)
    assert view_of(served, sam).mutes.lift(mute) == "You may not lift this."
    assert is_muted()


@pytest.mark.usefixtures("served")
def test_where_nothing_is_kept_the_configuration_is_offered() -> None:
    page = opened()
    assert not [each for each in page.button if each.label == "Mute it"]
    assert any(each.value.startswith("[[mute]]") for each in page.code)
