"""Which environment a page is about: all of them, or the one in its address."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import streamlit as st

from dashboard.environments import Environment
from dashboard.show.shared import notices

PARAMETER = "env"
KEY = "environment-shown"
MOST_PILLS = 8  # of more, one is found faster by typing its name


class Words(NamedTuple):
    """What a field of environments is called, and what none of them is."""

    label: str
    none: str


SHOWN = Words("Environment", "All environments")
FAILED = Words("Where did it fail?", "Choose …")


def draw(
    environments: Sequence[Environment], otherwise: str = "All of them are shown."
) -> str | None:
    """Offer the environments; None stands for all of them."""
    names = [each.name for each in environments]
    asked = st.query_params.get(PARAMETER) or None
    if asked is not None and asked not in names:
        notices.unknown("environment", asked, names, otherwise)
    key = f"{KEY} {asked}"  # another address is another field: it shows what the address says
    known = asked if asked in names else None
    labels = dict(zip(names, names, strict=True))
    field(SHOWN, labels, key, start=known, on_change=partial(_go, key))
    return known


def _go(key: str) -> None:
    if name := chosen(key):
        st.query_params[PARAMETER] = name
    else:
        st.query_params.pop(PARAMETER, None)


def field(
    words: Words,
    labels: Mapping[str, str],
    key: str,
    start: str | None = None,
    on_change: Callable[[], None] | None = None,
) -> None:
    """Offer environments, one click each; many are searched. Escape takes nothing away.

    What a field without a choice of its own begins with is `start`.
    """
    if key in st.session_state and chosen(key) not in labels:  # the configuration may have changed
        put(key, None, list(labels))
    names = list(labels)
    if len(names) <= MOST_PILLS:
        show = labels.__getitem__
        st.pills(words.label, names, key=key, default=start, format_func=show, on_change=on_change)
        return
    st.selectbox(
        words.label,
        ["", *names],
        index=names.index(start) + 1 if start else 0,
        key=key,
        format_func=lambda name: labels.get(name, words.none),
        on_change=on_change,
        width=280,
    )


def put(key: str, name: str | None, names: Sequence[str]) -> None:
    """Choose one in a field before it is drawn; none where it is not among the names."""
    known = name if name in names else None
    st.session_state[key] = known if len(names) <= MOST_PILLS else known or ""


def chosen(key: str) -> str | None:
    return st.session_state.get(key) or None
