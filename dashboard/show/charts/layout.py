"""What all charts have in common: colours, sizes, legend."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

# Streamlit puts the theme's chartCategoricalColors in their place, in the light and in the dark one
PALETTE = tuple(f"#{number:06}" for number in range(1, 7))
OTHERS = PALETTE[-1]
HEIGHT = 260
BAR_HEIGHT = 34


def colours(shown: Sequence[str], ranked: Sequence[str]) -> Mapping[str, str]:
    """Give the most important names colours that are always theirs, and the others what is left.

    Production, which is the first, has the strongest; nobody else gets it.
    """
    own = dict(zip(ranked, PALETTE[:-1], strict=False))
    free = [each for each in PALETTE[1:-1] if each not in {own.get(name) for name in shown}]
    rest = iter(free)
    return {name: own.get(name) or next(rest, OTHERS) for name in shown}


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
