"""How findings, answer times and counts came and went, from the history."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dashboard.show import charts, frames
from dashboard.show.same import Same
from dashboard.show.shared import clock
from dashboard.show.shared.ages import minute
from dashboard.show.shared.escaping import escaped
from dashboard.show.shared.history_answers import asked, this_minute
from dashboard.state import (
    AnswerTime,
    FindingCount,
    History,
    MeasuredValue,
    RecordedEnvironment,
    StateError,
    Window,
)
from dashboard.view import ServedView
from queries.records import dataclass

SPANS = {
    "24 hours": (timedelta(days=1), 15 * 60),
    "7 days": (timedelta(days=7), 2 * 3600),
    "30 days": (timedelta(days=30), 6 * 3600),
    "90 days": (timedelta(days=90), 24 * 3600),
}
MINUTE = timedelta(minutes=1)
KEPT = 16  # figures: a few choices of a few viewers
Draw = Callable[[History, Window, Sequence[RecordedEnvironment]], None]


@dataclass(frozen=True, slots=True)
class View:
    """What can be drawn, and what it means where nothing is."""

    draw: Draw
    gap: str


@dataclass(frozen=True, slots=True)
class _Look:
    """The time that is shown, by whose clock, and the environments in their order."""

    window: Window
    zone: str
    ranked: tuple[str, ...]


def environments(served: ServedView, only: str | None = None) -> None:
    """Stack what was found in all environments or one, or draw how long each took to answer."""
    ranked = tuple(frames.ranked(served.settings.environments))

    def findings(history: History, window: Window, places: Sequence[RecordedEnvironment]) -> None:
        shown = tuple(each for each in places if only in (None, each.environment))
        counts = asked(History.findings, history, window, shown)
        st.plotly_chart(
            _findings(Same(counts), window, clock.zone()),
            key="findings over time",
            config={"displayModeBar": False},
            alt="Findings of all environments by severity, over time",
        )

    def answer_times(
        history: History, window: Window, places: Sequence[RecordedEnvironment]
    ) -> None:
        shown = tuple(each for each in places if only in (None, each.environment))
        times = asked(History.answer_times, history, window, shown)
        st.plotly_chart(
            _answer_times(Same(times), _Look(window, clock.zone(), ranked)),
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
    ranked = tuple(frames.ranked(served.settings.environments))

    def draw(history: History, window: Window, places: Sequence[RecordedEnvironment]) -> None:
        shown = tuple(each for each in places if each.environment in environments)
        values = asked(History.measured, history, name, window, shown)
        st.plotly_chart(
            _measured(Same(values), _Look(window, clock.zone(), ranked)),
            key=f"trend of {name}",
            config={"displayModeBar": False},
            alt=f"{title}, by environment",
        )

    _trend(served, title, {title: View(draw, "no count")})


@lru_cache(maxsize=KEPT)
def _findings(counts: Same[tuple[FindingCount, ...]], window: Window, zone: str) -> go.Figure:
    frame = _on_the_clock(frames.findings_over_time(counts.thing), zone)
    return charts.findings_over_time(frame, _moved(window, zone))


@lru_cache(maxsize=KEPT)
def _answer_times(times: Same[tuple[AnswerTime, ...]], look: _Look) -> go.Figure:
    every = frames.answer_times(times.thing, look.window)
    return _lines(frames.few(every, look.ranked, others="max"), look, " ms")


@lru_cache(maxsize=KEPT)
def _measured(values: Same[tuple[MeasuredValue, ...]], look: _Look) -> go.Figure:
    return _lines(frames.few(frames.measured(values.thing, look.window), look.ranked), look)


def _lines(frame: pd.DataFrame, look: _Look, unit: str = "") -> go.Figure:
    colours = charts.colours(list(frame.columns), look.ranked)
    moved = _on_the_clock(frame, look.zone)
    return charts.measured(moved, colours, _moved(look.window, look.zone), unit)


def _on_the_clock(frame: pd.DataFrame, zone: str) -> pd.DataFrame:
    """Put moments as the viewer's clock shows them: a chart knows no zones."""
    moments = pd.DatetimeIndex(pd.to_datetime(frame.index, utc=True))
    return frame.set_axis(moments.tz_convert(zone).tz_localize(None))


def _moved(window: Window, zone: str) -> Window:
    moments = (window.since, window.until)
    since, until = (each.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for each in moments)
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
        until = this_minute() + MINUTE  # drawn anew once a minute, not whenever somebody looks
        window = Window(until - length, until, bucket_s).fitted(until)
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
    if reach := asked(History.reach, history, tuple(places)):
        since = minute(min(each.since for each in reach))
        st.caption(f"Kept since {since}. Gaps: {view.gap}.")
