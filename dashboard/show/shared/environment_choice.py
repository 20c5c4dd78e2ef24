"""Which environment a page is about: all of them, or the one in its address."""

from collections.abc import Sequence

import streamlit as st

from dashboard.environments import Environment
from dashboard.show.shared import notices

KEY = "env"


def draw(environments: Sequence[Environment]) -> str | None:
    """Offer the environments; None stands for all of them."""
    named = [each.name for each in environments]
    asked = st.query_params.get(KEY)
    if asked is not None and asked not in named:
        notices.unknown_environment(asked, named, "All of them are shown.")
    return st.pills(
        "Environment",
        named,
        key=KEY,
        bind="query-params",  # which puts the label into the address: so it is the bare name
        help="None chosen: all of them",
    )
