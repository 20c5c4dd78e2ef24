"""Ways to other pages and to the look-up of another id, in this tab: Back leads here again."""

from collections.abc import Iterable
from urllib.parse import urlencode

import streamlit as st

from dashboard.show.shared import address, toolbar
from dashboard.show.shared.escaping import escaped


def href(page: str, **params: str | None) -> str:
    """Write the address of a page of ours; all are side by side, whatever they are served below."""
    query = urlencode({name: value for name, value in params.items() if value})
    return f"{page}?{query}" if query else page


def to(label: str, page: str, **params: str | None) -> str:
    """Link to a page of ours, as Markdown; the label is Markdown, too."""
    return f"[{label}]({href(page, **params)})"


def to_environment(name: str, label: str | None = None) -> str:
    return to(label or escaped(name), "environment", env=name)


def to_finding(label: str, environment: str | None, code: str) -> str:
    """Link to a finding: opened, in its environment."""
    return to(label, "environment", env=environment, finding=code) if environment else label


def to_help(code: str) -> str:
    return to(f"`{code}`", "help", code=code)


def go(address: str) -> None:
    """Go to a page of ours, as if its link had been clicked."""
    st.session_state[toolbar.GO] = address
    st.rerun()


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
