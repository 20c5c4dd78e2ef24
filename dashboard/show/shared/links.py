"""Ways to the look-up of another id, in this tab, so that Back leads here again."""

from collections.abc import Iterable

import streamlit as st

from dashboard.show.shared import address
from dashboard.show.shared.escaping import escaped


def look_up(identifier: str, environment: str, key: str) -> None:
    """Offer the look-up of an id; `key` tells apart the places on a page that offer it."""
    label = f"Look up {escaped(identifier)}"
    if st.button(label, key=f"{key} {identifier}", icon=":material/search:"):
        address.ask(identifier, environment)
        st.rerun()


def environments(names: Iterable[str]) -> None:
    """Offer each environment for what was looked up without one; what was pasted is kept."""
    with st.container(horizontal=True, gap="small"):
        for name in names:
            st.button(escaped(name), key=f"choose {name}", on_click=address.choose, args=(name,))


def all_again(number: int, environment: str) -> None:
    """Offer the way back to all the ids that were pasted together."""
    st.button(
        f"All {number:,} IDs that were pasted",
        icon=":material/arrow_back:",
        on_click=address.turn_to,
        args=(None, environment),
    )
