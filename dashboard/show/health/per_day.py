"""How many rows came on each day: drawn anew only when some were counted."""

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from functools import lru_cache

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dashboard.background.row_counts import RowCount
from dashboard.background.snapshots import Snapshot
from dashboard.collect.result import LastResult
from dashboard.show import charts, frames
from dashboard.show.same import Same
from dashboard.show.shared import bars, clock, links, notices
from dashboard.show.shared.escaping import escaped
from dashboard.view import ServedView

FIGURES_KEPT = 8  # both tables, of a few who see other environments


def draw(served: ServedView, results: Sequence[LastResult[Snapshot]]) -> None:
    parent, child = served.nouns.parent, served.nouns.child
    with st.grid("auto", min_column_width=420):
        _chart(served, f"New {parent.many} per day", results, lambda snapshot: snapshot.projects)
        if not any(each.value and each.value.self_related for each in results):
            _chart(
                served,
                f"{child.titles} per day",
                results,
                lambda snapshot: snapshot.deployments,
            )


def _chart(
    served: ServedView,
    title: str,
    results: Sequence[LastResult[Snapshot]],
    counted: Callable[[Snapshot], RowCount],
) -> None:
    ranked = tuple(frames.ranked(served.settings.environments))
    every = frames.per_day(results, counted, datetime.now(UTC).date())
    with st.container(border=True):
        st.header(escaped(title), anchor=False)
        if not every.columns.empty:
            names, figure = _drawn(Same(every), ranked)
            bars.draw(
                figure,
                title,
                f"{title} of the last 90 days, by environment",
                lambda bar: _page_of(names[bar[0]], ranked),
            )
        notices.not_in_chart(name for name in ranked if name not in every.columns)
        if clock.zone() != clock.UTC_NAME:
            st.caption("Days begin at midnight UTC.")  # so the databases count them


@lru_cache(maxsize=FIGURES_KEPT)
def _drawn(every: Same[pd.DataFrame], ranked: tuple[str, ...]) -> tuple[tuple[str, ...], go.Figure]:
    """Draw the important ones, and name what is drawn."""
    frame = frames.few(every.thing, ranked)
    names = tuple(map(str, frame.columns))
    return names, charts.rows_per_day(frame, charts.colours(names, ranked))


def _page_of(name: str, environments: Collection[str]) -> str | None:
    """Lead to an environment; the others of a chart have no page."""
    return links.href("environment", env=name) if name in environments else None
