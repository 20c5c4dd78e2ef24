"""What the history tells on Health: since when a finding is there, and how it was before."""

import array
import base64
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import serving
from dashboard.background import periodic_task
from dashboard.demo.scenarios import PREVIEW, STAGING
from dashboard.settings import load
from dashboard.show.shared.ages import minute
from dashboard.state import Entry, Noted, RecordedEnvironment
from tests.show.opening import open_page, said, unfold
from tests.state.entries import HOUR, entry, filled

SETTLE_S = 60
NOW = datetime.now(UTC).replace(microsecond=0)
PENDING = Noted("pending", "error")
Remember = Callable[[Callable[[dict[str, RecordedEnvironment]], list[Entry]]], Path]


@pytest.fixture
def remember(demo_file: Path, configured: pytest.MonkeyPatch, tmp_path: Path) -> Remember:
    """Serve the demo with a history that holds what is known of its environments."""

    def fill(entries: Callable[[dict[str, RecordedEnvironment]], list[Entry]]) -> Path:
        history, config = tmp_path / "history.sqlite", tmp_path / "kept.toml"
        words = demo_file.read_text().replace("enabled = false", f'path = "{history}"')
        config.write_text(words)
        databases = load(config).databases
        filled(
            history,
            entries({name: RecordedEnvironment(name, databases[name].place) for name in databases}),
        )
        configured.setenv("DASHBOARD_CONFIG", str(config))
        return history

    return fill


def health() -> str:
    assert serving.current().snapshots.wait_until_idle(SETTLE_S)
    return plain(unfold(open_page("health")))


def plain(page: AppTest) -> str:
    assert not page.exception
    return said(page).replace("\\", "")


@pytest.mark.parametrize("before", [True, False])
def test_since_when_a_finding_is_there(remember: Remember, *, before: bool) -> None:
    since = NOW - 5 * HOUR

    def entries(places: dict[str, RecordedEnvironment]) -> list[Entry]:
        place = places[STAGING]
        calm = [entry(since - HOUR, place=place)] if before else []
        return [*calm, entry(since, PENDING, place=place), entry(NOW - HOUR, PENDING, place=place)]

    remember(entries)
    assert f"Seen in every check since {minute(since)}; may have started earlier." in health()


def test_a_finding_of_now_is_seen_since_now(
    remember: Remember, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(periodic_task, "AT_MOST_EVERY_S", 0.0)
    remember(lambda places: [entry(NOW - HOUR, place=places[STAGING])])
    began = datetime.now(UTC)
    snapshots = serving.current().snapshots
    assert snapshots.wait_until_idle(SETTLE_S)
    snapshots.refresh_now()  # a look that came before the others' first ones is not kept
    told = re.findall(r"Seen in every check since (.{16}) UTC", health())
    assert told
    for since in told:
        assert datetime.fromisoformat(f"{since}+00:00") >= began.replace(second=0, microsecond=0)


def test_what_is_new_since_yesterday_and_what_was_resolved(remember: Remember) -> None:
    yesterday = NOW - timedelta(days=1, minutes=5)

    def entries(places: dict[str, RecordedEnvironment]) -> list[Entry]:
        orphaned, copied = Noted("fk-missing", "error"), Noted("environment-copy", "info")
        return [
            entry(yesterday, PENDING, orphaned, copied, place=places[STAGING]),
            entry(NOW - HOUR, place=places[STAGING]),  # nothing counts but then and now
            entry(yesterday, unavailable="refused", place=places[PREVIEW]),
        ]

    remember(entries)
    words = health()
    assert (
        "Since yesterday: **2 new** :small[(failed in staging, unreachable in preview-412)], "
        "1 resolved :small[(foreign key missing in staging)]."
    ) in words
    assert "**[staging](environment?env=staging)** broken since 10 Mar 2026." in words


def test_a_history_that_begins_today_does_not_speak_of_yesterday(remember: Remember) -> None:
    remember(lambda places: [entry(NOW - HOUR, place=places[STAGING])])
    assert "Since yesterday" not in health()


@pytest.mark.parametrize(
    ("status", "word"), [("ok", "No problems"), ("warning", "Attention"), ("error", "Critical")]
)
def test_how_a_silent_environment_was(remember: Remember, status: str, word: str) -> None:
    last = NOW - timedelta(days=1)

    def entries(places: dict[str, RecordedEnvironment]) -> list[Entry]:
        place = places[PREVIEW]
        silent = entry(NOW - HOUR, place=place, status="unknown", unavailable="unreachable")
        return [entry(last, place=place, status=status), silent]

    remember(entries)
    assert f"Last known status: {word} ({minute(last)})." in health()


@pytest.mark.parametrize("status", ["unknown", "a word of another version"])
def test_nothing_is_told_of_what_was_never_known(remember: Remember, status: str) -> None:
    remember(lambda places: [entry(NOW - HOUR, place=places[PREVIEW], status=status)])
    words = health()
    assert "It has not answered since the dashboard started." in words
    assert "Last known status" not in words


def test_an_answer_that_left_it_unknown_hides_nothing(remember: Remember) -> None:
    last = NOW - timedelta(days=3)

    def entries(places: dict[str, RecordedEnvironment]) -> list[Entry]:
        place = places[PREVIEW]
        return [entry(last, place=place), entry(NOW - HOUR, place=place, status="unknown")]

    remember(entries)
    assert f"Last known status: No problems ({minute(last)})." in health()


def test_nothing_is_told_by_a_history_that_cannot_be_read(remember: Remember) -> None:
    history = remember(lambda places: [entry(NOW - HOUR, place=places[STAGING])])
    history.write_bytes(b"no history")
    words = health()
    assert "The history cannot be read" in words
    assert "Seen in every check" not in words


def test_answer_times_are_drawn_where_they_are_asked_for(remember: Remember) -> None:
    remember(lambda places: [entry(NOW - HOUR, place=places[STAGING], ms=7.0)])
    assert serving.current().snapshots.wait_until_idle(SETTLE_S)
    page = open_page("health")
    view = next(each for each in page.button_group if each.label == "View")
    assert [each.content for each in view.proto.options] == ["Findings", "Answer times"]
    charts = [each.proto.alt for each in page.get("plotly_chart")]
    assert "Findings of all environments by severity, over time" in charts
    view.set_value("Answer times").run()
    charts = {each.proto.alt: json.loads(each.proto.spec) for each in page.get("plotly_chart")}
    drawn = charts["Median answer time of each environment, over time"]
    staging = next(each for each in drawn["data"] if each["name"] == STAGING)
    assert 7.0 in values(staging)
    assert PREVIEW not in {each["name"] for each in drawn["data"]}
    assert drawn["layout"]["yaxis"]["ticksuffix"] == " ms"
    assert "Gaps: no data collected, or no answer." in said(page)
    assert "Findings of all environments by severity, over time" not in charts
    assert not page.exception


def values(trace: dict[str, Any]) -> list[float]:
    """Read the numbers of a trace, which Plotly writes as bytes."""
    written = trace["y"]
    assert written["dtype"] == "f8"
    return list(array.array("d", base64.b64decode(written["bdata"])))
