"""A look-up in the address bar: a clean id and an environment, never what was pasted."""

from dataclasses import dataclass

import streamlit as st

from dashboard import serving
from dashboard.diagnosis.paste import Paste, pointed_at, read

TEXT = "lookup-text"
TARGET = "lookup-target"
MOST_PASTES = 10
_ADDRESS = "lookup-address"
_PASTES = "lookup-pastes"
_INCOMPLETE = "lookup-incomplete"
_LAST_TARGET = "lookup-last-target"


@dataclass(frozen=True, slots=True)
class Address:
    id: str | None
    environment: str | None

    @property
    def params(self) -> dict[str, str]:
        named = {"id": self.id, "env": self.environment}
        return {name: value for name, value in named.items() if value}


def current() -> Address:
    params = st.query_params
    return Address(params.get("id") or None, params.get("env") or None)


def fill_form(address: Address, names: tuple[str, ...]) -> None:
    """Show in the form what the address asks, after Back, Forward or a link."""
    state = st.session_state
    if state.get(_ADDRESS) == address and TEXT in state:
        return
    if address.environment in names:
        state[_LAST_TARGET] = address.environment
    known = state.get(_LAST_TARGET)
    state[_ADDRESS] = address
    state[TEXT] = _pasted(address)
    state[TARGET] = known if known in names else None


def ask(text: str, environment: str) -> None:
    """Go to the look-up of what was pasted; the text stays in this tab."""
    paste = _read(text)
    address = Address(paste.id.text if paste.id else None, environment)
    pastes = st.session_state.setdefault(_PASTES, {})
    for each in paste.project_ids[1:MOST_PASTES]:  # the others can be asked next
        pastes.setdefault(each, text)
    pastes.pop(address.id, None)
    pastes[address.id] = text
    for oldest in list(pastes)[:-MOST_PASTES]:
        del pastes[oldest]
    st.session_state.pop(_ADDRESS, None)  # the form shows this text, whatever it showed before
    st.query_params.from_dict(address.params)


def turn_to(identifier: str, environment: str) -> None:
    """Go to the look-up of another id of the same paste, which keeps its error."""
    st.session_state.pop(_ADDRESS, None)
    st.query_params.from_dict(Address(identifier, environment).params)


def submit() -> None:
    """Ask what the form says; without an environment the form stays as it is."""
    if st.session_state[TARGET]:
        ask(st.session_state[TEXT], st.session_state[TARGET])
    else:
        st.session_state[_INCOMPLETE] = True


def incomplete() -> bool:
    """Whether the form was just sent without an environment."""
    return bool(st.session_state.pop(_INCOMPLETE, False))


def paste_of(address: Address) -> Paste:
    """Read what was pasted for the address in this tab, or the id that it names."""
    paste = _read(_pasted(address))
    if address.id and address.id not in paste.project_ids:
        paste = _read(address.id)
    return paste


def _read(text: str) -> Paste:
    return read(text, pointed_at(serving.current().settings.constraint))


def last_target() -> str | None:
    target: str | None = st.session_state.get(_LAST_TARGET)
    return target


def _pasted(address: Address) -> str:
    pastes: dict[str | None, str] = st.session_state.get(_PASTES, {})
    if address.id is None and address.environment is None:
        return ""
    return pastes.get(address.id, address.id or "")
