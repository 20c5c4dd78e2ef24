"""Which failures a page is about: environment, range and code, as its address says."""

from collections.abc import Sequence

import streamlit as st

from dashboard.show.shared import environment_choice, notices
from queries import patterns
from queries.records import dataclass

RANGES = {"24h": 1, "7d": 7, "30d": 30, "90d": 90}
WORDS = {"24h": "24 hours", "7d": "7 days", "30d": "30 days", "90d": "90 days"}
USUAL = "7d"
PLACES = "failures-places"  # where the pages of the table begin
_ENVIRONMENT = "failures-env"
_RANGE = "failures-range"
_CODE = "failures-code"
_ADDRESS = "failures-address"
_CODE_SHAPE = patterns.lazy(r"[0-9A-Z]{5}|unrecorded")


@dataclass(frozen=True, slots=True)
class Filters:
    environment: str | None
    range: str
    code: str | None

    @property
    def days(self) -> int:
        return RANGES[self.range]


def current(environments: Sequence[str]) -> Filters:
    """Read the address, and show in the widgets what it says after Back or a link."""
    params = st.query_params
    asked = params.get("range") or USUAL
    if asked not in RANGES:
        notices.unknown("range", asked, RANGES, f"The last {WORDS[USUAL]} are shown.")
    code = params.get("code") or None
    if code and not _CODE_SHAPE.fullmatch(code):
        notices.unknown("code", code, (), "A code is one such as 23503 or P2003. All are shown.")
        code = None
    known = asked if asked in RANGES else USUAL
    filters = Filters(params.get("env") or None, known, code)
    state = st.session_state
    if state.get(_ADDRESS) != filters:
        state[_ADDRESS] = filters
        environment_choice.put(_ENVIRONMENT, filters.environment, environments)
        state[_RANGE], state[_CODE], state[PLACES] = filters.range, filters.code, []
    return filters


def draw(environments: Sequence[str]) -> None:
    labels = dict(zip(environments, environments, strict=True))
    environment_choice.field(environment_choice.SHOWN, labels, _ENVIRONMENT, on_change=_changed)
    st.segmented_control(
        "Range",
        list(RANGES),
        key=_RANGE,
        format_func=WORDS.__getitem__,
        required=True,
        on_change=_changed,
    )


def draw_codes(codes: Sequence[str], chosen: str | None) -> None:
    """Offer the codes that there are, and the one of the address in any case."""
    known = [*dict.fromkeys([*codes, *([chosen] if chosen else [])])]
    st.selectbox(
        "Code",
        known,
        key=_CODE,
        index=None,
        placeholder="All codes",
        on_change=_changed,
        width=170,
    )


def _changed() -> None:
    state = st.session_state
    environment = environment_choice.chosen(_ENVIRONMENT)
    asked = {"env": environment, "range": state[_RANGE], "code": state.get(_CODE)}
    st.query_params.from_dict({name: value for name, value in asked.items() if value})
