"""Notices that several pages give in the same words."""

from collections.abc import Iterable

import streamlit as st

from dashboard.diagnose import words
from dashboard.show.shared.escaping import escaped

NAMED = 12


def unknown(what: str, value: str, known: Iterable[str], then: str) -> None:
    """Refuse a value of the address, and name those there are."""
    names = list(known)
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    there = f"There are {', '.join(names[:NAMED])}{more}. " if names else ""
    st.error(
        f"Unknown {what} {escaped(value)}. {escaped(there)}{escaped(then)}",
        title="Unknown value in this link",
        icon=":material/error:",
    )


def not_in_chart(names: Iterable[str], why: str = "no data") -> None:
    """Name who is missing from a chart: what is not drawn is not zero."""
    if missing := list(names):
        st.caption(f"Not shown ({why}): {escaped(words.some(missing))}.")
