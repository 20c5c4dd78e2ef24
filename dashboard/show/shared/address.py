"""A look-up in the address bar: clean ids and an environment, never what was pasted."""

import codecs
from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from dashboard.diagnose.paste import Paste, Sought, read
from dashboard.show.shared import configuration, environment_choice
from queries.records import dataclass

PAGE = "lookup"
TEXT = "lookup-text"
TARGET = "lookup-target"
FILE = "lookup-file"
MOST_CHARACTERS = 250_000  # more would not fit into what a widget may send
MOST_UPLOADED_MB = 2
MOST_PASTES = 10
MOST_IN_ADDRESS = 1_500  # characters of ids: mail and chats cut off longer links
_ADDRESS = "lookup-address"
_PASTES = "lookup-pastes"
_INCOMPLETE = "lookup-incomplete"
_FILES = "lookup-files"
_LAST_TARGET = "lookup-last-target"
_LAST = "lookup-last"
_LEFT = "lookup-left"


@dataclass(frozen=True, slots=True)
class Address:
    """One id, or several: `ids` where they are few, else the name of the `list` that is kept."""

    id: str | None
    environment: str | None
    ids: tuple[str, ...] = ()
    list: str | None = None

    @property
    def params(self) -> dict[str, str]:
        named = {
            "id": self.id,
            "ids": ",".join(self.ids),
            "list": self.list,
            "env": self.environment,
        }
        return {name: value for name, value in named.items() if value}


def current() -> Address:
    params = st.query_params
    ids = tuple(filter(None, params.get("ids", "").split(",")))
    return Address(
        params.get("id") or None, params.get("env") or None, ids, params.get("list") or None
    )


def leave() -> None:
    """Note that another page is shown: who comes back through the menu finds the last look-up."""
    st.session_state[_LEFT] = True


def come_back() -> Address:
    """Return what the address asks; where it asks nothing, what was asked before leaving."""
    asked, left = current(), st.session_state.pop(_LEFT, False)
    last: Address | None = st.session_state.get(_LAST)
    if left and last and not asked.params:
        st.query_params.from_dict(last.params)
        asked = last
    st.session_state[_LAST] = asked
    return asked


def begin_anew() -> None:
    """Empty the form; the last look-up stays one step back, and among the recent ones."""
    st.query_params.clear()


def of_ids(ids: Sequence[str], environment: str | None) -> Address:
    """Make the address of the look-up of these ids."""
    if len(ids) < 2:
        return Address(ids[0] if ids else None, environment)
    if sum(map(len, ids)) < MOST_IN_ADDRESS and not any("," in each for each in ids):
        return Address(None, environment, tuple(ids))
    kept = configuration.view().lists.keep("\n".join(ids), environment)
    return Address(None, environment, list=kept)


def expired(address: Address) -> bool:
    """Whether the list that the address names is kept no more, here or on the server."""
    return address.list is not None and not _text_of(address)


def fill_form(address: Address, names: tuple[str, ...]) -> None:
    """Show in the form what the address asks, after Back, Forward or a link."""
    state = st.session_state
    if state.get(_ADDRESS) == address and TEXT in state:
        return
    if address.environment in names:
        state[_LAST_TARGET] = address.environment
    known = state.get(_LAST_TARGET)
    state[_ADDRESS] = address
    text = _text_of(address)
    state[TEXT] = text if len(text) <= MOST_CHARACTERS else ""
    environment_choice.put(TARGET, known, names)


def ask(text: str, environment: str | None) -> None:
    """Go to the look-up of what was pasted; the text stays in this tab."""
    address = of_ids(_read(text).project_ids, environment)
    pastes = st.session_state.setdefault(_PASTES, {})
    pastes.pop(address.id, None)
    pastes[address.id] = text
    for oldest in list(pastes)[:-MOST_PASTES]:
        del pastes[oldest]
    st.session_state.pop(_ADDRESS, None)  # the form shows this text, whatever it showed before
    st.query_params.from_dict(address.params)


def turn_to(identifier: str | None, environment: str) -> None:
    """Go to the look-up of one id of the many pasted, which keeps its error, or of all again."""
    pastes = st.session_state.get(_PASTES, {})
    address = Address(identifier, environment)
    if identifier:
        pastes.pop(identifier, None)
    else:
        address = of_ids(_read(pastes.get(None, "")).project_ids, environment)
    st.session_state.pop(_ADDRESS, None)
    st.query_params.from_dict(address.params)


def choose(environment: str) -> None:
    """Look what is in the address up in an environment."""
    st.session_state.pop(_ADDRESS, None)
    st.query_params.from_dict(replace(current(), environment=environment).params)


def submit() -> None:
    """Ask what the form says; without an environment the text may name one.

    Browsers keep to the limits of the fields; any other client is cut off there.
    """
    state = st.session_state
    file = state.get(file_key())
    text = state[TEXT][:MOST_CHARACTERS]
    text = decoded(file.read(MOST_UPLOADED_MB * 1024**2)) if file else text
    environment = _environment(text)
    if environment or len(_read(text).ids) == 1:
        state[_FILES] = state.get(_FILES, 0) + 1  # the next file has to be chosen anew
        ask(text, environment)
    else:
        state[_INCOMPLETE] = bool(text.strip())


def _environment(text: str) -> str | None:
    """Take what was chosen now; what was chosen before gives way to an address in the text."""
    state = st.session_state
    chosen = environment_choice.chosen(TARGET)
    if chosen and chosen != state.get(_LAST_TARGET):
        return chosen
    meant = configuration.view().collector.meant(text)
    return meant.name if meant else chosen


def file_key() -> str:
    return f"{FILE}-{st.session_state.get(_FILES, 0)}"


def decoded(content: bytes) -> str:
    """Read a file as spreadsheets and editors write it."""
    marked = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    encoding = "utf-16" if marked else "utf-8-sig"
    return content.decode(encoding, "replace")


def incomplete() -> bool:
    """Whether the form was just sent without an environment."""
    return bool(st.session_state.pop(_INCOMPLETE, False))


def paste_of(address: Address) -> Paste:
    """Read what was pasted for the address in this tab, or the id that it names."""
    paste = _read(_text_of(address))
    if address.id and address.id not in paste.project_ids:
        paste = _read(address.id)
    return paste


def _read(text: str) -> Paste:
    return read(text, Sought(configuration.view().settings.constraint))


def last_target() -> str | None:
    target: str | None = st.session_state.get(_LAST_TARGET)
    return target


def _text_of(address: Address) -> str:
    """Give what was pasted for the address: for it alone, or for many ids with it among them."""
    pastes: dict[str | None, str] = st.session_state.get(_PASTES, {})
    if address.ids or address.list:
        return _text_of_many(address, pastes.get(None, ""))
    if address.id is None:
        return pastes.get(None, "") if address.environment else ""
    if address.id in pastes:
        return pastes[address.id]
    many = pastes.get(None, "")
    return many if address.id in _read(many).project_ids else address.id


def _text_of_many(address: Address, pasted: str) -> str:
    """Give what was pasted in this tab, where it holds these ids; else the ids themselves."""
    ids = address.ids
    if address.list:
        ids = tuple((configuration.view().lists.get(address.list) or "").splitlines())
    return pasted if pasted and _read(pasted).project_ids == ids else "\n".join(ids)
