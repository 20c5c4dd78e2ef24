"""How the findings came and went, from the history."""

from datetime import UTC, datetime, timedelta

import streamlit as st

from dashboard import charts, frames
from dashboard.history import History, HistoryError, Window
from dashboard.serving import Serving
from dashboard.ui.ages import minute
from dashboard.ui.plain import plain

SPANS = {
    "24 hours": (timedelta(days=1), 15 * 60),
    "7 days": (timedelta(days=7), 2 * 3600),
    "30 days": (timedelta(days=30), 6 * 3600),
    "90 days": (timedelta(days=90), 24 * 3600),
}


def draw(served: Serving) -> None:
    with st.container(border=True):
        st.header("Findings over time", anchor=False)
        if served.history is None:
            st.caption("No history is kept: `enabled = false` stands under `[history]`.")
            return
        try:
            _chart(served, served.history)
        except HistoryError as error:
            st.caption(f":material/warning: The history cannot be read: {plain(str(error))}")


def _chart(served: Serving, history: History) -> None:
    span = st.segmented_control(
        "Span", list(SPANS), default="24 hours", required=True, key="span of the findings",
        label_visibility="collapsed",
    )  # fmt: skip
    length, bucket_s = SPANS[str(span)]
    now = datetime.now(UTC)
    window = Window(now - length, now, bucket_s).fitted(now)
    frame = frames.findings_over_time(history.findings(window, served.places))
    st.plotly_chart(
        charts.findings_over_time(frame, window),
        key="findings over time",
        config={"displayModeBar": False},
        alt=f"Findings of all environments by severity, the last {span}",
    )
    reach = history.reach(served.places)
    if reach:
        since = minute(min(each.since for each in reach))
        st.caption(
            f"Kept since {since}. Where there is no bar, nobody looked or nothing was found."
        )
