"""At the right of the header, on every page: the way to a look-up, and the clock.

Its script also keeps links within the product in their tab, where Streamlit opens another one.
"""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qsl

import streamlit as st
from streamlit.navigation.page import Page

from dashboard.show.shared import clock, component

FOLDER = Path(__file__).parent
HTML = "<div role='group' aria-label='Shortcuts'></div>"
KEY = "toolbar"
MOST_CHARACTERS = 4_000  # of an address: a browser follows no longer link of ours


def draw(pages: Mapping[str, Page], shown: Page) -> None:
    """Draw it, and go where a link or a key leads; `pages` are known by their address."""
    bar = component.of(FOLDER, HTML)(
        key=KEY,
        data={
            "page": shown.url_path,
            "pages": list(pages),
            "clock": clock.chosen(),
            "zone": clock.zone(),
            "own": clock.own_zone(),
            "cookie": clock.COOKIE,
        },
        on_clock_change=_set_clock,
        on_go_change=lambda: None,
    )
    if isinstance(bar.go, str) and len(bar.go) <= MOST_CHARACTERS:
        page, _, query = bar.go.partition("?")
        if page in pages:  # any client may send what no link of ours says
            st.switch_page(pages[page], query_params=dict(parse_qsl(query)))


def _set_clock() -> None:
    asked = st.session_state[KEY].get("clock")
    if asked in clock.CHOICES:
        st.session_state[clock.CHOSEN] = asked
