"""What the tab, the bookmark and the history of the browser say: what is shown, and the page."""

import streamlit as st

from dashboard.show import pages

_PAGE = "title-of-page"


def page(name: str) -> None:
    """Begin with the page alone."""
    st.session_state[_PAGE] = name
    st.set_page_config(page_title=pages.title(name))


def show(what: str) -> None:
    """Say what is shown on the page: before it, for a tab shows the beginning."""
    st.set_page_config(page_title=f"{what} · {st.session_state[_PAGE]}")
