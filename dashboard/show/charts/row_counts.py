"""Rows by the day they came."""

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from dashboard.show.charts.layout import HEIGHT, stack


def rows_per_day(frame: pd.DataFrame, colour_of: Mapping[str, str]) -> go.Figure:
    """Stack each day's rows by environment."""
    figure = go.Figure(
        [
            go.Bar(
                x=frame.index,
                y=frame[name],
                name=name,
                marker={"color": colour_of[name], "line": {"width": 0}},
                hovertemplate="%{fullData.name}: %{y:,.0f}<br>%{x|%-d %b}<extra></extra>",
            )
            for name in frame.columns
        ]
    )
    stack(figure, height=HEIGHT, hovermode="closest", bargap=0.2)
    figure.update_xaxes(fixedrange=True, title=None, showgrid=False, tickformat="%-d %b")
    figure.update_yaxes(fixedrange=True, title=None, rangemode="tozero", tickformat=",d", nticks=5)
    return figure
