"""How findings and counts came and went, from the history."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import streamlit as st

from dashboard import charts, frames
from dashboard.history import History, HistoryError, Place, Window
from dashboard.serving import Serving
from dashboard.ui.ages import minute
from dashboard.ui.plain import plain

SPANS = {
    "24 hours": (timedelta(days=1), 15 * 60),
    "7 days": (timedelta(days=7), 2 * 3600),
    "30 days": (timedelta(days=30), 6 * 3600),
    "90 days": (timedelta(days=90), 24 * 3600),
}
USUAL = "24 hours"
Draw = Callable[[History, Window, Sequence[Place]], None]


def findings(served: Serving) -> None:
    """Stack what was found in all environments."""

    def draw(history: History, window: Window, places: Sequence[Place]) -> None:
        frame = frames.findings_over_time(history.findings(window, places))
        st.plotly_chart(
            charts.findings_over_time(frame, window),
            key="findings over time",
            config={"displayModeBar": False},
            alt="Findings of all environments by severity, over time",
        )

    _trend(served, "Findings over time", draw)


def measure(served: Serving, title: str, name: str, environments: Sequence[str]) -> None:
    """Draw a count of each of these environments."""
    colours = charts.colours(list(served.settings.databases))

    def draw(history: History, window: Window, places: Sequence[Place]) -> None:
        shown = [each for each in places if each.environment in environments]
        frame = frames.measured(history.measured(name, window, shown), window)
        st.plotly_chart(
            charts.measured(frame, colours, window),
            key=f"trend of {name}",
            config={"displayModeBar": False},
            alt=f"{title}, by environment",
        )

    _trend(served, title, draw)


def _trend(served: Serving, title: str, draw: Draw) -> None:
    with st.container(border=True):
        st.header(title, anchor=False)
        if served.history is None:
            st.caption("No history is kept: `enabled = false` stands under `[history]`.")
            return
        try:
            _drawn(served.history, served.places, title, draw)
        except HistoryError as error:
            st.caption(f":material/warning: The history cannot be read: {plain(str(error))}")


def _drawn(history: History, places: Sequence[Place], title: str, draw: Draw) -> None:
    span = st.segmented_control(
        "Span", list(SPANS), default=USUAL, required=True, key=f"span of {title}",
        label_visibility="collapsed",
    )  # fmt: skip
    length, bucket_s = SPANS[str(span or USUAL)]
    now = datetime.now(UTC)
    draw(history, Window(now - length, now, bucket_s).fitted(now), places)
    if reach := history.reach(places):
        since = minute(min(each.since for each in reach))
        st.caption(f"Kept since {since}. Where nothing is drawn, nobody looked.")
