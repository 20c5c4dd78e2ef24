"""Which foreign key a page is about: the configured one, or the one in its address."""

from collections.abc import Mapping

import streamlit as st

from dashboard.diagnose.relationship import ChosenKey, choices
from dashboard.show.shared import notices
from dashboard.view import ServedView

PARAMETER = "relationship"
_FIELD = "relationship-field"
_ADDRESS = "relationship-address"


def current(served: ServedView) -> ChosenKey | None:
    """Read the address; None is the configured one, also where there is no key of that name."""
    asked = st.query_params.get(PARAMETER) or ""
    known = _known(served)
    if asked and asked not in known:
        notices.unknown(
            "foreign key",
            asked,
            known,
            f"Showing the configured {served.settings.constraint}.",
        )
    if st.session_state.get(_ADDRESS) != asked or _FIELD not in st.session_state:
        st.session_state[_ADDRESS] = asked
        st.session_state[_FIELD] = asked if asked in known else ""
    return next((each for each in known.values() if each.address == asked), None)


def draw(served: ServedView) -> None:
    """Offer all foreign keys, the configured one first."""
    known, labels = _known(served), _labels(served)
    st.selectbox(
        "Foreign key",
        ["", *known],
        key=_FIELD,
        format_func=lambda address: labels.get(address, address),
        on_change=_go,
    )


def params() -> Mapping[str, str]:
    """Give what a link within the page must keep of the address."""
    asked = st.query_params.get(PARAMETER)
    return {PARAMETER: asked} if asked else {}


def _known(served: ServedView) -> Mapping[str, ChosenKey]:
    return {
        key.address: key for key in _choices(served) if key != ChosenKey(served.settings.constraint)
    }


def _labels(served: ServedView) -> Mapping[str, str]:
    usual = served.settings.constraint
    named = {key.address: f"{key.address}: {tied}" for key, tied in _choices(served).items()}
    return {**named, "": f"{named.get(usual, usual)} (configured)"}


def _choices(served: ServedView) -> Mapping[ChosenKey, str]:
    """Take what the environments said last."""
    seen = (each.value for each in served.snapshots)
    return choices(each.facts.catalog.foreign_keys for each in seen if each)


def _go() -> None:
    chosen = st.session_state[_FIELD]
    if chosen:
        st.query_params[PARAMETER] = chosen
    else:
        st.query_params.pop(PARAMETER, None)
