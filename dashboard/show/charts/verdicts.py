"""How many ids have which verdict."""

import pandas as pd
import plotly.graph_objects as go

from dashboard.show.charts.layout import BAR_HEIGHT, stack

BY_SEVERITY = {
    "Problem": "#d55e00",
    "Attention": "#e69f00",
    "Unknown": "#8a94a6",
    "Fine": "#009e73",
}


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
    stack(figure, height=BAR_HEIGHT * frame["verdict"].nunique() + 56, bargap=0.35)
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
