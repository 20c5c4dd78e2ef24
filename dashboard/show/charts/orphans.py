"""Orphan candidates by kind and by age."""

import math
from collections.abc import Mapping
from textwrap import wrap

import pandas as pd
import plotly.graph_objects as go

from dashboard.show.charts.layout import stack
from dashboard.show.charts.row_counts import rows_per_day

LABEL_WIDTH = 42  # characters: more of them would leave no room for the bars
LINE_HEIGHT = 12


def orphans_per_kind(frame: pd.DataFrame, colour_of: Mapping[str, str]) -> go.Figure:
    """Put the environments side by side, on a logarithmic scale: 3 stay visible beside 3,000."""
    labels = ["<br>".join(wrap(title, LABEL_WIDTH)) for title in frame.index]
    lines = sum(each.count("<br>") for each in labels)
    figure = go.Figure(
        [
            go.Bar(
                y=labels,
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
    bars = len(frame) * (18 + 16 * max(1, len(frame.columns)))
    stack(figure, height=96 + bars + LINE_HEIGHT * lines, bargap=0.3)
    figure.update_layout(barmode="group", margin_r=40)
    most = max([10.0, *(float(frame[name].max()) for name in frame.columns if len(frame))])
    exponent = math.log10(most) * 1.05
    figure.update_xaxes(
        fixedrange=True,
        title={"text": "rows, on a log scale", "font": {"size": 12}},
        type="log",
        range=[-0.3, exponent],
        dtick=1,
        tickformat=",d",
    )
    figure.update_yaxes(fixedrange=True, title=None, autorange="reversed", automargin=True)
    return figure


def orphan_ages(frame: pd.DataFrame, colour_of: Mapping[str, str]) -> go.Figure:
    """Stack the candidates of each age by environment."""
    figure = rows_per_day(frame, colour_of)
    figure.update_traces(hovertemplate="%{fullData.name}: %{y:,.0f}<br>%{x}<extra></extra>")
    figure.update_xaxes(type="category", tickformat=None)
    return figure
