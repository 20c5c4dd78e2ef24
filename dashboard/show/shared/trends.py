"""How findings, answer times and counts came and went, from the history."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pandas as pd
import streamlit as st

from dashboard.show import charts, frames
from dashboard.show.shared import clock
from dashboard.show.shared.ages import minute
from dashboard.show.shared.escaping import escaped
from dashboard.state import History, RecordedEnvironment, StateError, Window
from dashboard.view import ServedView

SPANS = {
    "24 hours": (timedelta(days=1), 15 * 60),
    "7 days": (timedelta(days=7), 2 * 3600),
    "30 days": (timedelta(days=30), 6 * 3600),
    "90 days": (timedelta(days=90), 24 * 3600),
}
Draw = Callable[[History, Window, Sequence[RecordedEnvironment]], None]


@dataclass(frozen=True, slots=True)
class View:
    """What can be drawn, and what it means where nothing is."""

    draw: Draw
    gap: str


def environments(served: ServedView, only: str | None = None) -> None:
    """Stack what was found in all environments or one, or draw how long each took to answer."""
    ranked = frames.ranked(served.settings.environments)

    def findings(history: History, window: Window, places: Sequence[RecordedEnvironment]) -> None:
        shown = [each for each in places if only in (None, each.environment)]
        frame = _on_the_clock(frames.findings_over_time(history.findings(window, shown)))
        st.plotly_chart(
            charts.findings_over_time(frame, _moved(window)),
            key="findings over time",
            config={"displayModeBar": False},
            alt="Findings of all environments by severity, over time",
        )

    def answer_times(
        history: History, window: Window, places: Sequence[RecordedEnvironment]
    ) -> None:
        shown = [each for each in places if only in (None, each.environment)]
        times = frames.answer_times(history.answer_times(window, shown), window)
        frame = _on_the_clock(frames.few(times, ranked, others="max"))
        colours = charts.colours(list(frame.columns), ranked)
        st.plotly_chart(
            charts.measured(frame, colours, _moved(window), unit=" ms"),
            key="answer times",
            config={"displayModeBar": False},
            alt="Median answer time of each environment, over time",
        )

    views = {
        "Findings": View(findings, "no data collected"),
        "Answer times": View(answer_times, "no data collected, or no answer"),
    }
    _trend(served, "Over time", views)


def measure(served: ServedView, title: str, name: str, environments: Sequence[str]) -> None:
    """Draw a count of each of these environments."""
    ranked = frames.ranked(served.settings.environments)

    def draw(history: History, window: Window, places: Sequence[RecordedEnvironment]) -> None:
        shown = [each for each in places if each.environment in environments]
        measured = frames.measured(history.measured(name, window, shown), window)
        frame = _on_the_clock(frames.few(measured, ranked))
        colours = charts.colours(list(frame.columns), ranked)
        st.plotly_chart(
            charts.measured(frame, colours, _moved(window)),
            key=f"trend of {name}",
            config={"displayModeBar": False},
            alt=f"{title}, by environment",
        )

    _trend(served, title, {title: View(draw, "no count")})


def _on_the_clock(frame: pd.DataFrame) -> pd.DataFrame:
    """Put moments as the viewer's clock shows them: a chart knows no zones."""
    moments = pd.DatetimeIndex(pd.to_datetime(frame.index, utc=True))
    return frame.set_axis(moments.tz_convert(clock.zone()).tz_localize(None))


def _moved(window: Window) -> Window:
    since, until = (clock.local(each).replace(tzinfo=None) for each in (window.since, window.until))
    return replace(window, since=since, until=until)


def _trend(served: ServedView, title: str, views: Mapping[str, View]) -> None:
    with st.container(border=True):
        st.header(title, anchor=False)
        if served.history is None:
            st.caption("No history is kept: `enabled = false` stands under `[history]`.")
            return
        with st.container(horizontal=True):
            view = _chosen("View", title, list(views))
            length, bucket_s = SPANS[_chosen("Span", title, list(SPANS))]
        now = datetime.now(UTC)
        window = Window(now - length, now, bucket_s).fitted(now)
        try:
            _drawn(served.history, served.places, window, views[view])
        except StateError as error:
            st.caption(f":material/warning: The history cannot be read: {escaped(str(error))}")


def _chosen(label: str, title: str, choices: Sequence[str]) -> str:
    """Let one of several be chosen; the first is the usual one."""
    if len(choices) == 1:
        return choices[0]
    chosen = st.segmented_control(
        label, choices, default=choices[0], required=True, key=f"{label} of {title}",
        label_visibility="collapsed",
    )  # fmt: skip
    return str(chosen or choices[0])  # a browser always sends one; any other client may not


def _drawn(
    history: History, places: Sequence[RecordedEnvironment], window: Window, view: View
) -> None:
    view.draw(history, window, places)
    if reach := history.reach(places):
        since = minute(min(each.since for each in reach))
        st.caption(f"Kept since {since}. Gaps: {view.gap}.")
