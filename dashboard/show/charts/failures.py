"""Failed deployments by hour or day."""

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from dashboard.show.charts.row_counts import rows_per_day


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
    figure.update_layout(hovermode="closest", clickmode="event+select")
    figure.update_xaxes(tickformat="%H:%M\n%-d %b" if hourly else "%-d %b")
    return figure
