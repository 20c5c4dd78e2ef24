"""Notices that several pages give in the same words."""

from collections.abc import Iterable

import streamlit as st

from dashboard.diagnose import words
from dashboard.show.shared.escaping import escaped


def unknown_environment(name: str, known: Iterable[str], then: str) -> None:
    """Name the environments there are, where an address asks for another one."""
    st.error(
        f"There are {escaped(', '.join(known))}. {then}",
        title=f"No environment is called {escaped(name)}",
        icon=":material/error:",
    )


def not_in_chart(names: Iterable[str], why: str = "no data") -> None:
    """Name who is missing from a chart: what is not drawn is not zero."""
    if missing := list(names):
        st.caption(f"Not shown ({why}): {escaped(words.some(missing))}.")
