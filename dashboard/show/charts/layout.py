"""What all charts have in common: colours, sizes, legend."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

# Okabe and Ito: told apart by people who see few colours, on a light and on a dark ground
PALETTE = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8a94a6")
HEIGHT = 260
BAR_HEIGHT = 34


def colours(names: Sequence[str]) -> Mapping[str, str]:
    """Give each environment the colour of its place in the configuration."""
    return {name: PALETTE[place % len(PALETTE)] for place, name in enumerate(names)}


def stack(figure: go.Figure, **more: object) -> None:
    """Lay out what all charts have in common; a redraw keeps what the viewer has hidden."""
    figure.update_layout(
        barmode="stack",
        margin={"l": 0, "r": 0, "t": 32, "b": 0},
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "traceorder": "normal"},
        showlegend=True,
        uirevision="kept",
        dragmode=False,
        **more,
    )
