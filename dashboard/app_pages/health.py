"""Environment health at a glance: reads snapshots only."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import streamlit as st

from dashboard import charts, frames
from dashboard.snapshots import Census, Reading, Snapshot
from dashboard.ui import cards, configuration, reachability
from dashboard.ui.ages import age, clock
from dashboard.ui.plain import plain

REDRAW_S = 15
PATIENCE_S = 2.5  # the first viewer after a start sees answers rather than an empty page


@st.fragment(run_every=REDRAW_S)
def page() -> None:
    served = configuration.require()
    header = st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    )
    with header:
        heading = st.container(width="content", gap="xxsmall")
        asked = st.button("Refresh", icon=":material/refresh:", help="Ask every environment now")
    if asked:
        served.snapshots.refresh()
    if asked or not served.snapshots.attempted:  # else a slow environment would delay the page
        served.snapshots.settle(PATIENCE_S)
    snapshots = tuple(served.snapshots)
    now = datetime.now(UTC)
    with heading:
        st.title("Environment health", anchor=False)
        st.caption(as_of(snapshots, now))
    reachability.draw(snapshots)
    cards.draw(snapshots, now)
    chart("New projects per day", "projects", snapshots, lambda reading: reading.projects)
    chart("Deployments per day", "deployments", snapshots, lambda reading: reading.deployments)


def as_of(snapshots: Sequence[Snapshot], now: datetime) -> str:
    """Tell the age of the oldest answer on the page."""
    tried = [each.tried_at for each in snapshots if each.tried_at]
    if not tried:
        return "Nothing was asked yet."
    oldest = min(tried)
    return f"As of {clock(oldest)}, {age(oldest, now)}. Asked again every minute."


def chart(
    title: str, what: str, snapshots: Sequence[Snapshot], census: Callable[[Reading], Census]
) -> None:
    frame = frames.per_day(snapshots, census, datetime.now(UTC).date())
    names = [each.environment.name for each in snapshots]
    with st.container(border=True):
        st.header(title, anchor=False)
        st.plotly_chart(
            charts.rows_per_day(frame, charts.colours(names)),
            key=f"{what} per day",
            config={"displayModeBar": False},
            alt=f"{title} of the last 90 days, by environment",
        )
        if missing := [name for name in names if name not in frame.columns]:
            st.caption(f"Not in this chart, because it is not known: {plain(', '.join(missing))}.")


page()
