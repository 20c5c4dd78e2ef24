"""The title of a page that reads snapshots: how old what it shows is, and asking anew."""

from collections.abc import Sequence
from datetime import UTC, datetime

import streamlit as st

from dashboard.background.snapshots import Snapshot
from dashboard.collect.result import LastResult
from dashboard.diagnose import words
from dashboard.environments import Environment
from dashboard.show.shared.ages import age
from dashboard.show.shared.escaping import escaped
from dashboard.view import ServedView

REDRAW_S = 15
PATIENCE_S = 2.5  # the first viewer after a start sees answers rather than an empty page


def header(
    title: str, served: ServedView, only: Environment | None = None
) -> tuple[LastResult[Snapshot], ...]:
    """Draw it, and return what was last heard of each environment, or of the one it is about."""
    heading = st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    )
    with heading:
        left = st.container(width="content", gap="xxsmall")
        asked = st.button(
            "Refresh",
            icon=":material/refresh:",
            help=f"Ask {escaped(only.name) if only else 'every environment'} now",
            disabled=not served.may_ask_anew,
        )
    if asked:
        served.snapshots.refresh_now(only)
    results = _last(served, only)
    if asked or not all(each.tried_at for each in results):  # else a slow one would delay the page
        served.snapshots.wait_until_idle(PATIENCE_S)
        results = _last(served, only)
    with left:
        st.title(title, anchor=False)
        st.caption(as_of(results, datetime.now(UTC)))
    return results


def _last(served: ServedView, only: Environment | None) -> tuple[LastResult[Snapshot], ...]:
    return (served.snapshots[only],) if only else tuple(served.snapshots)


def as_of(results: Sequence[LastResult[Snapshot]], now: datetime) -> str:
    """Tell the age of the oldest answer that is shown, and who gives none.

    What somebody said before falling silent is old on its card alone.
    """
    said = [each.value.at for each in results if each.value and not each.failure]
    silent = [each.environment.name for each in results if each.failure]
    waiting = [each.environment.name for each in results if not each.failure and not each.value]
    told = f"Updated {age(min(said), now)}" if said else "Nothing was answered yet"
    notes = [
        f"no answer from {_named(silent)}" if silent else "",
        f"{_named(waiting)}: no answer yet" if waiting else "",
    ]
    missing = "; ".join(filter(None, notes))
    return f"{told}{f' ({missing})' if missing else ''}. Refreshes every minute."


def _named(names: Sequence[str]) -> str:
    return escaped(words.some(names))
