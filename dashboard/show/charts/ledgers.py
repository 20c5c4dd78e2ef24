"""Migrations by their state."""

import pandas as pd
import plotly.graph_objects as go

from dashboard.show.charts.layout import stack

STATE_COLOURS = {
    "failed": "#d55e00",
    "broken-folder": "#cc79a7",
    "rolled-back": "#e8835a",
    "pending": "#e69f00",
    "running": "#8a94a6",
    "typescript": "#b5a27a",
    "extra": "#56b4e9",
    "edited": "#f0d264",
    "off-path": "#c9ced8",
    "squashed": "#7fc4ae",
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
    stack(figure, height=90 + 44 * len(frame), hovermode="y unified", bargap=0.35)
    figure.update_xaxes(fixedrange=True, title=None, rangemode="tozero", tickformat=",d", nticks=6)
    figure.update_yaxes(fixedrange=True, title=None, autorange="reversed", ticksuffix="  ")
    return figure
