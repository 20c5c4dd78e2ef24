"""Which environment a page is about: all of them, or the one in its address."""

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from dashboard.environments import Environment
from dashboard.show.shared import notices

PARAMETER = "env"
KEY = "environment-shown"
MOST_PILLS = 8  # of more, one is found faster by typing its name
ALL = "All environments"
_ADDRESS = "environment-address"


def draw(
    environments: Sequence[Environment], otherwise: str = "All of them are shown."
) -> str | None:
    """Offer the environments; None stands for all of them."""
    names = [each.name for each in environments]
    asked = st.query_params.get(PARAMETER) or None
    if asked is not None and asked not in names:
        notices.unknown("environment", asked, names, otherwise)
    if st.session_state.get(_ADDRESS) != asked or KEY not in st.session_state:
        st.session_state[_ADDRESS] = asked
        put(KEY, asked, names)
    field("Environment", dict(zip(names, names, strict=True)), KEY, on_change=_go)
    return asked if asked in names else None


def _go() -> None:
    if name := chosen(KEY):
        st.query_params[PARAMETER] = name
    else:
        st.query_params.pop(PARAMETER, None)


def field(
    label: str,
    labels: Mapping[str, str],
    key: str,
    none: str = ALL,
    on_change: Callable[[], None] | None = None,
) -> None:
    """Offer environments, one click each; many are searched. Escape takes nothing away."""
    if chosen(key) not in labels:  # the configuration may have changed
        put(key, None, list(labels))
    if len(labels) <= MOST_PILLS:
        st.pills(label, list(labels), key=key, format_func=labels.__getitem__, on_change=on_change)
        return
    st.selectbox(
        label,
        ["", *labels],
        key=key,
        format_func=lambda name: labels.get(name, none),
        on_change=on_change,
        width=280,
    )


def put(key: str, name: str | None, names: Sequence[str]) -> None:
    """Choose one in a field before it is drawn; none where it is not among the names."""
    known = name if name in names else None
    st.session_state[key] = known if len(names) <= MOST_PILLS else known or ""


def chosen(key: str) -> str | None:
    return st.session_state.get(key) or None
