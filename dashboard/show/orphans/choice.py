"""Which environment and kind the page is about: the address says it, two fields change it."""

from collections.abc import Mapping, Sequence

import streamlit as st

from dashboard.diagnose.nouns import Nouns
from dashboard.diagnose.orphans import BY_CODE, KINDS, OrphanKind
from dashboard.environments import Environment
from dashboard.show.shared import environment_choice, notices, relationship_choice, roles
from queries.records import dataclass

ENVIRONMENT = "orphans-environment"
KIND = "orphans-kind"
_ADDRESS = "orphans-address"


@dataclass(frozen=True, slots=True)
class Choice:
    """None stands for all."""

    environment: Environment | None
    kind: OrphanKind | None


def current(environments: Sequence[Environment]) -> Choice:
    """Read the address, and let the fields show the same after Back, Forward or a link."""
    by_name = {each.name: each for each in environments}
    asked = name, code = _asked()
    if st.session_state.get(_ADDRESS) != asked or KIND not in st.session_state:
        st.session_state[_ADDRESS] = asked
        environment_choice.put(ENVIRONMENT, name, list(by_name))
        st.session_state[KIND] = code if code in BY_CODE else None
    return Choice(by_name.get(name or ""), BY_CODE.get(code or ""))


def draw(environments: Sequence[Environment], nouns: Nouns) -> None:
    labels = {each.name: roles.option(each) for each in environments}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "Kind",
            [kind.code for kind in KINDS],
            index=None,
            key=KIND,
            format_func=lambda code: nouns.fill(BY_CODE[code].title),
            placeholder="All kinds",
            on_change=_go,
        )
        environment_choice.field(environment_choice.SHOWN, labels, ENVIRONMENT, on_change=_go)


def wrong(environments: Sequence[Environment]) -> None:
    """Refuse what the address names in vain."""
    name, code = _asked()
    names = [each.name for each in environments]
    if name and name not in names:
        notices.unknown("environment", name, names, "All of them are shown.")
    if code and code not in BY_CODE:
        notices.unknown("kind", code, BY_CODE, "All of them are shown.")


def _asked() -> tuple[str | None, str | None]:
    return st.query_params.get("env") or None, st.query_params.get("kind") or None


def go(kind: OrphanKind | None, environment: Environment | None) -> None:
    """Turn to a kind and an environment, as if the fields had been set."""
    params = {"env": environment.name if environment else "", "kind": kind.code if kind else ""}
    _turn(params)


def _go() -> None:
    chosen = {"env": environment_choice.chosen(ENVIRONMENT), "kind": st.session_state[KIND]}
    _turn(chosen)


def _turn(params: Mapping[str, str | None]) -> None:
    named = {name: value for name, value in params.items() if value}
    st.query_params.from_dict({**named, **relationship_choice.params()})
