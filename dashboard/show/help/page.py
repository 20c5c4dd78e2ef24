"""What a code means: docs/verdicts.md, one section or all of them by name."""

from collections.abc import Iterable

import streamlit as st

from dashboard.show.help.manual import Manual, manual
from dashboard.show.shared import links, notices, titles

PARAMETER = "code"
_FIELD = "help-code"
_ADDRESS = "help-address"


def page() -> None:
    st.title("Help", anchor=False)
    pages, asked = manual(), st.query_params.get(PARAMETER) or None
    section = pages.section(asked) if asked else None
    if asked and section is None:
        known = pages.all_codes
        notices.unknown("code", asked, (), f"The {len(known)} codes there are stand below.")
    choose(pages.all_codes, asked)
    if asked and section is not None:
        titles.show(asked)
        st.header(asked, anchor=False)
        st.markdown(section)
        st.page_link("show/help/page.py", label="All codes", icon=":material/list:")
    else:
        contents(pages)


def choose(codes: Iterable[str], asked: str | None) -> None:
    """Let a code be found by typing part of it."""
    options = ["", *codes]
    if st.session_state.get(_ADDRESS) != asked or _FIELD not in st.session_state:
        st.session_state[_ADDRESS] = asked
        st.session_state[_FIELD] = asked if asked in options else ""
    st.selectbox(
        "Code",
        options,
        key=_FIELD,
        format_func=lambda code: code or "Type a code, such as environment-mismatch",
        on_change=_go,
    )


def _go() -> None:
    code = st.session_state[_FIELD]
    st.query_params.from_dict({PARAMETER: code} if code else {})


def contents(pages: Manual) -> None:
    """List the codes by chapter, and what holds for all of them."""
    for title, said in pages.chapters.items():
        codes = pages.codes[title]
        with st.container(border=True):
            st.header(title, anchor=False)
            if codes:
                st.markdown(" · ".join(links.to_help(code) for code in codes))
            if said:
                st.markdown(said)


page()
