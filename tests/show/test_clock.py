"""One clock: the viewer's zone, or UTC where they choose it."""

import pytest
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

from dashboard.show.shared.clock import COOKIE


def page() -> None:
    from datetime import UTC, datetime

    import streamlit as st

    from dashboard.show.shared import ages, clock

    time = datetime(2026, 7, 5, 12, tzinfo=UTC)
    st.text(ages.clock(time))
    st.text(ages.minute(time))
    st.text(clock.in_words("It began 2026-07-05 23:30:00 UTC, x2026-07-05 23:30:00 UTCx."))
    st.text(clock.zone())


def told(zone: str | None, chosen: str | None = None) -> list[str]:
    app = AppTest.from_function(page)
    if zone:
        app.context["timezone"] = zone
    if chosen:
        app.session_state["clock"] = chosen
    return [each.value.replace("\N{NO-BREAK SPACE}", " ") for each in app.run().text]


IN_UTC = [
    "12:00:00 UTC",
    "2026-07-05 12:00 UTC",
    "It began 2026-07-05 23:30:00 UTC, x2026-07-05 23:30:00 UTCx.",
    "UTC",
]


def test_times_are_of_the_viewer_s_zone() -> None:
    assert told("Europe/Berlin") == [
        "14:00:00 CEST",
        "2026-07-05 14:00 CEST",
        "It began 2026-07-06 01:30:00 CEST, x2026-07-05 23:30:00 UTCx.",
        "Europe/Berlin",
    ]


def test_a_zone_without_letters_is_told_by_its_distance() -> None:
    assert told("Asia/Dubai")[0] == "16:00:00 UTC+04"


@pytest.mark.parametrize("zone", [None, "Nowhere/Land", "UTC"])
def test_what_no_clock_knows_is_utc(zone: str | None) -> None:
    assert told(zone) == IN_UTC


def test_utc_is_chosen_in_the_tab() -> None:
    assert told("Europe/Berlin", "UTC") == IN_UTC
    assert told("Europe/Berlin", "own")[3] == told("Europe/Berlin", "x")[3] == "Europe/Berlin"


def test_utc_is_chosen_in_the_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the tab chose since goes before it."""
    monkeypatch.setattr(ContextProxy, "cookies", {COOKIE: "UTC"})
    assert told("Europe/Berlin") == IN_UTC
    assert told("Europe/Berlin", "own")[3] == "Europe/Berlin"
    monkeypatch.setattr(ContextProxy, "cookies", {COOKIE: "x"})
    assert told("Europe/Berlin")[3] == "Europe/Berlin"
