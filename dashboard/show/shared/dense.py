"""Many environments as a table of one line each: the one that is clicked is gone to."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard.show.shared import links, picking

ROWS = 12  # that are seen at once
ROW_PX = 35
NAME_PX = 190


def height(rows: int) -> int:
    return min(rows, ROWS) * ROW_PX + ROW_PX + 2


def draw(
    page: str,
    names: Sequence[str],
    columns: Mapping[str, Sequence[object]],
    config: Mapping[str, Any],
    alt: str,
) -> None:
    """Draw a line for each name; a click on it leads to the page of a room, on it alone."""
    event = st.dataframe(
        {"Environment": names, **columns},
        hide_index=True,
        placeholder="–",
        height=height(len(names)),
        row_height=ROW_PX,
        column_config={
            "Environment": st.column_config.TextColumn(pinned=True, width=NAME_PX),
            **config,
        },
        on_select="rerun",
        selection_mode="single-row",
        key=f"{page} {hash(tuple(names))}",
        alt=alt,
    )
    chosen = picking.row(event.selection.rows, len(names))
    if chosen is not None:
        links.go(links.href(page, env=names[chosen]))
