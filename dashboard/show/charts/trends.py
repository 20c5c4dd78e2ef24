"""Findings and counts over time."""

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from dashboard.show.charts.layout import HEIGHT, stack
from dashboard.state import Window

SEVERITIES = {
    "error": ("Critical", "#d55e00"),
    "unknown": ("Unknown", "#8a94a6"),
    "warning": ("Attention", "#e69f00"),
    "did not answer": ("Did not answer", "#c3cad6"),
}

NOTHING_FOUND = "#009e73"
FEW = 5


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
    _lay_out(figure, window, float(frame.sum(axis=1).max()))
    return figure


def measured(
    frame: pd.DataFrame, colour_of: Mapping[str, str], window: Window, unit: str = ""
) -> go.Figure:
    """Draw a line for each environment, broken where there is no value."""
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
                hovertemplate=f"%{{y:,.0f}}{unit}",
            )
            for name in frame.columns
        ]
    )
    _lay_out(figure, window, float(frame.max().max()), unit)
    return figure


def _lay_out(figure: go.Figure, window: Window, top: float, unit: str = "") -> None:
    stack(figure, height=HEIGHT, hovermode="x unified")
    span = [window.since, window.until]
    figure.update_xaxes(fixedrange=True, title=None, showgrid=False, range=span)
    figure.update_yaxes(
        fixedrange=True,
        title=None,
        rangemode="tozero",
        tickformat=",d",
        ticksuffix=unit,
        nticks=5,
        dtick=1 if top < FEW else None,  # else the same whole number stands there twice
    )
