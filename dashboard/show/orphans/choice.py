"""Which environment and kind the page is about: the address says it, two fields change it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from dashboard.diagnose.nouns import Nouns
from dashboard.diagnose.orphans import BY_CODE, KINDS, OrphanKind
from dashboard.environments import Environment
from dashboard.show.shared import relationship_choice, roles
from dashboard.show.shared.escaping import escaped

ENVIRONMENT = "orphans-environment"
KIND = "orphans-kind"
_ADDRESS = "orphans-address"


@dataclass(frozen=True, slots=True)
class Choice:
    """None stands for all; `wrong` are sentences about what the address names in vain."""

    environment: Environment | None
    kind: OrphanKind | None
    wrong: tuple[str, ...] = ()


def current(environments: Sequence[Environment]) -> Choice:
    """Read the address, and let the fields show the same after Back, Forward or a link."""
    by_name = {each.name: each for each in environments}
    asked = (st.query_params.get("env") or None, st.query_params.get("kind") or None)
    name, code = asked
    if st.session_state.get(_ADDRESS) != asked or KIND not in st.session_state:
        st.session_state[_ADDRESS] = asked
        st.session_state[ENVIRONMENT] = name if name in by_name else None
        st.session_state[KIND] = code if code in BY_CODE else None
    wrong = (
        f"No environment is called {name}. There are {', '.join(by_name)}."
        if name and name not in by_name
        else "",
        f"No kind of orphans is called {code}. There are {', '.join(BY_CODE)}."
        if code and code not in BY_CODE
        else "",
    )
    environment, kind = by_name.get(name or ""), BY_CODE.get(code or "")
    return Choice(environment, kind, tuple(filter(None, wrong)))


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
        st.selectbox(
            "Environment",
            list(labels),
            index=None,
            key=ENVIRONMENT,
            format_func=lambda name: labels.get(name, name),
            placeholder="All environments",
            width=260,
            on_change=_go,
        )


def wrong(choice: Choice) -> None:
    for each in choice.wrong:
        st.error(
            escaped(each),
            title="The address names what is not there",
            icon=":material/error:",
        )


def go(kind: OrphanKind | None, environment: Environment | None) -> None:
    """Turn to a kind and an environment, as if the fields had been set."""
    params = {"env": environment.name if environment else "", "kind": kind.code if kind else ""}
    _turn(params)


def _go() -> None:
    chosen = {"env": st.session_state[ENVIRONMENT], "kind": st.session_state[KIND]}
    _turn(chosen)


def _turn(params: Mapping[str, str | None]) -> None:
    named = {name: value for name, value in params.items() if value}
    st.query_params.from_dict({**named, **relationship_choice.params()})
