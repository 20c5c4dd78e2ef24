"""The title of a page that reads snapshots: how old what it shows is, and asking anew."""

from collections.abc import Sequence
from datetime import UTC, datetime

import streamlit as st

from dashboard.background.snapshots import Snapshot
from dashboard.collect.result import LastResult
from dashboard.show.shared.ages import age, clock
from dashboard.view import ServedView

REDRAW_S = 15
PATIENCE_S = 2.5  # the first viewer after a start sees answers rather than an empty page


def header(title: str, served: ServedView) -> tuple[LastResult[Snapshot], ...]:
    """Draw it, and return what was last heard of each environment."""
    heading = st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    )
    with heading:
        words = st.container(width="content", gap="xxsmall")
        asked = st.button(
            "Refresh",
            icon=":material/refresh:",
            help="Ask every environment now",
            disabled=not served.may_ask_anew,
        )
    if asked:
        served.snapshots.refresh_now()
    if asked or not served.snapshots.attempted:  # else a slow environment would delay the page
        served.snapshots.wait_until_idle(PATIENCE_S)
    results = tuple(served.snapshots)
    with words:
        st.title(title, anchor=False)
        st.caption(as_of(results, datetime.now(UTC)))
    return results


def as_of(results: Sequence[LastResult[Snapshot]], now: datetime) -> str:
    """Tell the age of the oldest answer on the page."""
    tried = [each.tried_at for each in results if each.tried_at]
    if not tried:
        return "Nothing was asked yet."
    oldest = min(tried)
    return f"As of {clock(oldest)}, {age(oldest, now)}. Asked again every minute."
