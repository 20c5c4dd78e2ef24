"""Charts whose bars lead somewhere: a click goes there, in this tab."""

from collections.abc import Callable
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from dashboard.show.shared import links

Bar = tuple[int, int]  # of which series, and its place in it


def draw(figure: go.Figure, key: str, alt: str, leads_to: Callable[[Bar], str | None]) -> None:
    """Draw a chart; `leads_to` gives the address that a bar stands for, if it has one."""
    event = st.plotly_chart(
        figure,
        key=key,
        on_select="rerun",
        selection_mode="points",
        config={"displayModeBar": False},
        alt=alt,
    )
    if clicked := _clicked(event):
        try:
            address = leads_to(clicked)
        except LookupError:
            return  # no browser sends such a bar, but any client may
        if address:
            links.go(address)


def _clicked(event: Any) -> Bar | None:
    try:
        point = event["selection"]["points"][0]
        bar = point["curve_number"], point["point_index"]
    except (LookupError, TypeError):
        return None
    return bar if all(type(each) is int and each >= 0 for each in bar) else None
