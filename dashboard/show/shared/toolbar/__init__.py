"""At the right of the header, on every page: the way to a look-up, and the clock.

Its script also keeps links within the product in their tab, where Streamlit opens another one.
"""

import time
from pathlib import Path

import streamlit as st

from dashboard.show.pages import PAGES
from dashboard.show.shared import clock, component

FOLDER = Path(__file__).parent
HTML = "<div role='group' aria-label='Shortcuts'></div>"
KEY = "toolbar"
GO = "toolbar-go"


def draw(shown: str) -> None:
    """Draw it; where a click on a bar leads elsewhere, its page is not drawn once more."""
    address = st.session_state.pop(GO, None)
    component.of(FOLDER, HTML)(
        key=KEY,
        data={
            "page": shown,
            "pages": [each.path for each in PAGES],
            "clock": clock.chosen(),
            "zone": clock.zone(),
            "own": clock.own_zone(),
            "cookie": clock.COOKIE,
            "go": address,
            "run": time.monotonic(),  # that one address is not taken for the same order again
        },
        on_clock_change=_set_clock,
    )
    if address:
        st.stop()


def _set_clock() -> None:
    asked = st.session_state[KEY].get("clock")
    if asked in clock.CHOICES:
        st.session_state[clock.CHOSEN] = asked
