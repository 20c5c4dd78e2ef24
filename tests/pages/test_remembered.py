"""What the history tells on Health: since when a finding is there, and how it was before."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import serving
from dashboard.demo.scenarios import PREVIEW, STAGING
from dashboard.history import Entry, Noted, Place
from dashboard.settings import load
from dashboard.ui.ages import minute
from tests.history.entries import HOUR, entry, filled
from tests.pages.opening import open_page, said, unfold

SETTLE_S = 20
NOW = datetime.now(UTC).replace(microsecond=0)
FAILED = Noted("failed", "error")
Remember = Callable[[Callable[[dict[str, Place]], list[Entry]]], Path]


@pytest.fixture
def remember(demo_file: Path, configured: pytest.MonkeyPatch, tmp_path: Path) -> Remember:
    """Serve the demo with a history that holds what is known of its environments."""

    def fill(entries: Callable[[dict[str, Place]], list[Entry]]) -> Path:
        history, config = tmp_path / "history.sqlite", tmp_path / "kept.toml"
        words = demo_file.read_text().replace("enabled = false", f'path = "{history}"')
        config.write_text(words)
        databases = load(config).databases
        filled(history, entries({name: Place(name, databases[name].place) for name in databases}))
        configured.setenv("DASHBOARD_CONFIG", str(config))
        return history

    return fill


def health() -> str:
    assert serving.current().snapshots.settle(SETTLE_S)
    return plain(unfold(open_page("health")))


def plain(page: AppTest) -> str:
    assert not page.exception
    return said(page).replace("\\", "")


@pytest.mark.parametrize(("before", "more"), [(True, "."), (False, ", and maybe before")])
def test_since_when_a_finding_is_there(remember: Remember, *, before: bool, more: str) -> None:
    since = NOW - 5 * HOUR

    def entries(places: dict[str, Place]) -> list[Entry]:
        place = places[STAGING]
        calm = [entry(since - HOUR, place=place)] if before else []
        return [*calm, entry(since, FAILED, place=place), entry(NOW - HOUR, FAILED, place=place)]

    remember(entries)
    assert f"`failed` is seen here since {minute(since)}{more}" in health()


def test_a_finding_of_now_is_seen_since_now(remember: Remember) -> None:
    remember(lambda places: [entry(NOW - HOUR, place=places[STAGING])])
    assert f"`failed` is seen here since {minute(NOW)[:10]}" in health()


@pytest.mark.parametrize(
    ("status", "word"), [("ok", "Healthy"), ("warning", "Attention"), ("error", "Critical")]
)
def test_how_a_silent_environment_was(remember: Remember, status: str, word: str) -> None:
    last = NOW - timedelta(days=1)

    def entries(places: dict[str, Place]) -> list[Entry]:
        place = places[PREVIEW]
        silent = entry(NOW - HOUR, place=place, status="unknown", unavailable="unreachable")
        return [entry(last, place=place, status=status), silent]

    remember(entries)
    words = f"Before that it was last seen at {minute(last)}; then it was {word}."
    assert words in health()


def test_nothing_is_told_of_what_was_never_known(remember: Remember) -> None:
    remember(
        lambda places: [
            entry(NOW - HOUR, place=places[PREVIEW], status="unknown", unavailable="unreachable")
        ]
    )
    words = health()
    assert "It has not answered since the dashboard started." in words
    assert "it was last seen at" not in words


def test_nothing_is_told_by_a_history_that_cannot_be_read(remember: Remember) -> None:
    history = remember(lambda places: [entry(NOW - HOUR, place=places[STAGING])])
    history.write_bytes(b"no history")
    words = health()
    assert "The history cannot be read" in words
    assert "is seen here since" not in words


def test_answer_times_are_drawn_where_they_are_asked_for(remember: Remember) -> None:
    remember(lambda places: [entry(NOW - HOUR, place=places[STAGING], ms=7.0)])
    assert serving.current().snapshots.settle(SETTLE_S)
    page = open_page("health")
    view = next(each for each in page.button_group if each.label == "View")
    assert [each.content for each in view.proto.options] == ["Findings", "Answer times"]
    charts = [each.proto.alt for each in page.get("plotly_chart")]
    assert "Findings of all environments by severity, over time" in charts
    view.set_value("Answer times").run()
    charts = [each.proto.alt for each in page.get("plotly_chart")]
    assert "Median answer time of each environment, over time" in charts
    assert "Findings of all environments by severity, over time" not in charts
    assert not page.exception
