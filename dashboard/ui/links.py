"""Ways to the look-up of another id, in this tab, so that Back leads here again."""

from collections.abc import Callable

import streamlit as st

from dashboard.ui import address
from dashboard.ui.plain import plain


def look_up(identifier: str, environment: str, key: str) -> None:
    """Offer the look-up of an id; `key` tells apart the places on a page that offer it."""
    _offer(identifier, environment, key, address.ask)


def turn_to(identifier: str, environment: str) -> None:
    """Offer the look-up of another id of what was pasted."""
    _offer(identifier, environment, "pasted", address.turn_to)


def _offer(identifier: str, environment: str, key: str, go: Callable[[str, str], None]) -> None:
    label = f"Look up {plain(identifier)}"
    if st.button(label, key=f"{key} {identifier}", icon=":material/search:"):
        go(identifier, environment)
        st.rerun()
