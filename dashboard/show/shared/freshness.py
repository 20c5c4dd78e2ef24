"""The title of a page that reads snapshots: how old what it shows is, and asking anew."""

from collections.abc import Sequence
from datetime import UTC, datetime

import streamlit as st

from dashboard.background.snapshots import Snapshot
from dashboard.serving import Serving
from dashboard.show.shared.ages import age, clock

REDRAW_S = 15
PATIENCE_S = 2.5  # the first viewer after a start sees answers rather than an empty page


def header(title: str, served: Serving) -> tuple[Snapshot, ...]:
    """Draw it, and return the snapshots as they are then."""
    heading = st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    )
    with heading:
        words = st.container(width="content", gap="xxsmall")
        asked = st.button("Refresh", icon=":material/refresh:", help="Ask every environment now")
    if asked:
        served.snapshots.refresh()
    if asked or not served.snapshots.attempted:  # else a slow environment would delay the page
        served.snapshots.settle(PATIENCE_S)
    snapshots = tuple(served.snapshots)
    with words:
        st.title(title, anchor=False)
        st.caption(as_of(snapshots, datetime.now(UTC)))
    return snapshots


def as_of(snapshots: Sequence[Snapshot], now: datetime) -> str:
    """Tell the age of the oldest answer on the page."""
    tried = [each.tried_at for each in snapshots if each.tried_at]
    if not tried:
        return "Nothing was asked yet."
    oldest = min(tried)
    return f"As of {clock(oldest)}, {age(oldest, now)}. Asked again every minute."
