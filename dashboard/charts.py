"""From data frames to Plotly figures."""

import math
from collections.abc import Mapping, Sequence

import pandas as pd
import plotly.graph_objects as go

from dashboard.history import Window

# Okabe and Ito: told apart by people who see few colours, on a light and on a dark ground
PALETTE = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8a94a6")
HEIGHT = 260
BAR_HEIGHT = 34
BY_SEVERITY = {
    "Critical": "#d55e00",
    "Attention": "#e69f00",
    "Unknown": "#8a94a6",
    "Healthy": "#009e73",
}


def colours(names: Sequence[str]) -> Mapping[str, str]:
    """Give each environment the colour of its place in the configuration."""
    return {name: PALETTE[place % len(PALETTE)] for place, name in enumerate(names)}


STATE_COLOURS = {
    "failed": "#d55e00",
    "broken-folder": "#cc79a7",
    "rolled-back": "#e8835a",
    "pending": "#e69f00",
    "running": "#8a94a6",
    "extra": "#56b4e9",
    "edited": "#f0d264",
    "applied": "#009e73",
}


def migrations_by_state(frame: pd.DataFrame) -> go.Figure:
    """Lay each environment's migrations side by side, one bar an environment, the worst left."""
    figure = go.Figure(
        [
            go.Bar(
                x=frame[state],
                y=list(frame.index),
                orientation="h",
                name=state.replace("-", " "),
                marker={"color": STATE_COLOURS[state], "line": {"width": 0}},
                hovertemplate="%{x}",
            )
            for state in frame.columns
        ]
    )
    _stack(figure, height=90 + 44 * len(frame), hovermode="y unified", bargap=0.35)
    figure.update_xaxes(fixedrange=True, title=None, rangemode="tozero", tickformat=",d", nticks=6)
    figure.update_yaxes(fixedrange=True, title=None, autorange="reversed", ticksuffix="  ")
    return figure


SEVERITIES = {
    "error": ("Critical", "#d55e00"),
    "unknown": ("Unknown", "#8a94a6"),
    "warning": ("Attention", "#e69f00"),
    "did not answer": ("Did not answer", "#c3cad6"),
}
NOTHING_FOUND = "#009e73"


def findings_over_time(frame: pd.DataFrame, window: Window) -> go.Figure:
    """Stack the findings of each moment by severity; where nobody looked there is nothing."""
    figure = go.Figure(
        [
            go.Bar(
                x=frame.index,
                y=frame[name],
                name=words,
                width=window.bucket_s * 1000,
                offset=0,
                marker={"color": colour, "line": {"width": 0}},
                hovertemplate="%{y:,.0f}",
            )
            for name, (words, colour) in SEVERITIES.items()
        ]
    )
    quiet = pd.DatetimeIndex(frame.index[(frame == 0).all(axis=1)])
    figure.add_scatter(
        x=quiet + pd.Timedelta(seconds=window.bucket_s / 2),
        y=[0] * len(quiet),
        mode="markers",
        name="Nothing found",
        marker={"color": NOTHING_FOUND, "symbol": "square", "size": 5},
        hoverinfo="skip",
        cliponaxis=False,
    )
    _stack(figure, height=HEIGHT, hovermode="x unified")
    span = [window.since, window.until]
    figure.update_xaxes(fixedrange=True, title=None, showgrid=False, range=span)
    figure.update_yaxes(fixedrange=True, title=None, rangemode="tozero", tickformat=",d", nticks=5)
    return figure


def rows_per_day(frame: pd.DataFrame, colour_of: Mapping[str, str]) -> go.Figure:
    """Stack each day's rows by environment."""
    figure = go.Figure(
        [
            go.Bar(
                x=frame.index,
                y=frame[name],
                name=name,
                marker={"color": colour_of[name], "line": {"width": 0}},
                hovertemplate="%{y:,.0f}",
            )
            for name in frame.columns
        ]
    )
    _stack(figure, height=HEIGHT, hovermode="x unified", bargap=0.2)
    figure.update_xaxes(fixedrange=True, title=None, showgrid=False, tickformat="%-d %b")
    figure.update_yaxes(fixedrange=True, title=None, rangemode="tozero", tickformat=",d", nticks=5)
    return figure


def per_verdict(frame: pd.DataFrame) -> go.Figure:
    """Draw how many ids have each verdict, a bar for each in the colour of its severity."""
    figure = go.Figure(
        [
            go.Bar(
                x=part["ids"],
                y=part["verdict"],
                name=severity,
                orientation="h",
                text=part["ids"],
                texttemplate="%{text:,d}",
                textposition="outside",
                cliponaxis=False,
                marker={"color": BY_SEVERITY[str(severity)], "line": {"width": 0}},
                hovertemplate="%{y}: %{x:,d}<extra>%{fullData.name}</extra>",
            )
            for severity, part in frame.groupby("severity", sort=False)
        ]
    )
    _stack(figure, height=BAR_HEIGHT * frame["verdict"].nunique() + 56, bargap=0.35)
    figure.update_layout(margin_r=48)
    figure.update_xaxes(visible=False, fixedrange=True, rangemode="tozero")
    figure.update_yaxes(
        fixedrange=True,
        title=None,
        ticks="",
        automargin=True,
        categoryorder="array",
        categoryarray=list(frame["verdict"])[::-1],
    )
    return figure


def orphans_per_kind(frame: pd.DataFrame, colour_of: Mapping[str, str]) -> go.Figure:
    """Put the environments side by side, on a logarithmic scale: 3 stay visible beside 3,000."""
    figure = go.Figure(
        [
            go.Bar(
                y=frame.index,
                x=frame[name],
                name=name,
                orientation="h",
                marker={"color": colour_of[name], "line": {"width": 0}},
                text=[f"{value:,.0f}" if value > 0 else "" for value in frame[name]],
                textposition="outside",
                cliponaxis=False,
                hovertemplate="%{x:,.0f}",
            )
            for name in frame.columns
        ]
    )
    _stack(figure, height=72 + len(frame) * (18 + 16 * max(1, len(frame.columns))), bargap=0.3)
    figure.update_layout(barmode="group", margin_r=40)
    most = max([10.0, *(float(frame[name].max()) for name in frame.columns if len(frame))])
    exponent = math.log10(most) * 1.05
    figure.update_xaxes(
        fixedrange=True, title=None, type="log", range=[-0.3, exponent], dtick=1, tickformat=",d"
    )
    figure.update_yaxes(fixedrange=True, title=None, autorange="reversed", automargin=True)
    return figure


def orphan_ages(frame: pd.DataFrame, colour_of: Mapping[str, str]) -> go.Figure:
    """Stack the candidates of each age by environment."""
    figure = rows_per_day(frame, colour_of)
    figure.update_xaxes(type="category", tickformat=None)
    return figure


def failures(frame: pd.DataFrame, colour_of: Mapping[str, str], hourly: bool) -> go.Figure:
    """Stack the failures of each hour or day; a bar tells its time in UTC too."""
    figure = rows_per_day(frame, colour_of)
    day = "%{x|%-d %b %H:%M}" if hourly else "%{x|%-d %b}"
    for trace in figure.data:
        trace.update(
            customdata=frame.attrs["utc"],
            hovertemplate=f"%{{fullData.name}}: %{{y:,.0f}}<br>{day} (from %{{customdata}})"
            "<extra></extra>",
        )
    # the very bar below the pointer, so that a click means one
    figure.update_layout(hovermode="closest", clickmode="event+select", dragmode=False)
    figure.update_xaxes(tickformat="%H:%M\n%-d %b" if hourly else "%-d %b")
    return figure


def measured(frame: pd.DataFrame, colour_of: Mapping[str, str], window: Window) -> go.Figure:
    """Draw a line for each environment, broken where nobody looked."""
    figure = go.Figure(
        [
            go.Scatter(
                x=frame.index,
                y=frame[name],
                name=name,
                mode="lines+markers",
                connectgaps=False,
                line={"color": colour_of[name], "width": 2},
                marker={"size": 4},
                hovertemplate="%{y:,.0f}",
            )
            for name in frame.columns
        ]
    )
    _stack(figure, height=HEIGHT, hovermode="x unified")
    span = [window.since, window.until]
    figure.update_xaxes(fixedrange=True, title=None, showgrid=False, range=span)
    figure.update_yaxes(fixedrange=True, title=None, rangemode="tozero", tickformat=",d", nticks=5)
    return figure


def _stack(figure: go.Figure, **more: object) -> None:
    """Lay out what all charts have in common; a redraw keeps what the viewer has hidden."""
    figure.update_layout(
        barmode="stack",
        margin={"l": 0, "r": 0, "t": 32, "b": 0},
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "traceorder": "normal"},
        showlegend=True,
        uirevision="kept",
        **more,
    )
