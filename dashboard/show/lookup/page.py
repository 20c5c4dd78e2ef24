"""Why does this deployment fail, and what is to be done about it."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.diagnose.nouns import Noun
from dashboard.diagnose.paste import Paste
from dashboard.environments import Environment
from dashboard.show.lookup import many, question, recent, result, search
from dashboard.show.shared import address, configuration, links, notices
from dashboard.show.shared.address import Address
from dashboard.show.shared.escaping import escaped
from dashboard.view import ServedView


def page() -> None:
    anew, told = heading()
    served = configuration.require()
    asked = address.come_back()
    if asked.params:
        anew.button("New look-up", icon=":material/add:", on_click=address.begin_anew)
    environments = {each.name: each for each in served.settings.environments}
    address.fill_form(asked, tuple(environments))
    question.draw(served.settings.environments, served.nouns.parent)
    paste = address.paste_of(asked)
    if paste.kind == "empty":  # below an answer it would only be in its way
        one = escaped(served.nouns.parent.one)
        told.caption(f"Paste what you have: we search every environment for the {one} ID in it.")
    if address.incomplete():
        ask_environment(served.nouns.child)
    elif asked.environment is not None and asked.environment not in environments:
        then = "Choose one and look up again."
        notices.unknown("environment", asked.environment, environments, then)
    else:
        answer(served, asked, paste, environments.get(asked.environment or ""))
    recent.draw(asked, environments, listed=paste.kind == "empty")
    with st.expander(
        "No ID at hand?",
        icon=":material/person_search:",
        expanded=paste.id is None and paste.error is not None,
    ):
        search.draw(address.last_target())


def heading() -> tuple[DeltaGenerator, DeltaGenerator]:
    """Draw the title; beside and below it there is room for what depends on the look-up."""
    with st.container(gap="xxsmall"):
        with st.container(horizontal=True, horizontal_alignment="distribute"):
            st.title("Lookup", anchor=False, width="content")
            anew = st.container(width="content")
        return anew, st.empty()


def answer(served: ServedView, asked: Address, paste: Paste, target: Environment | None) -> None:
    if address.expired(asked):
        many.expired()
    elif paste.kind == "empty":
        question.nothing_asked(served.settings.examples, served.nouns)
    elif target is None:
        without_environment(served, paste.of(asked.id))
    elif len(paste.ids) > 1 and asked.id is None:
        many.draw(served.collector, paste, target)
    else:
        if len(paste.ids) > 1:
            links.all_again(len(paste.ids), target.name)
        result.draw(served, paste.of(asked.id), target)


def without_environment(served: ServedView, paste: Paste) -> None:
    """Ask which environment failed, and show meanwhile where the id exists."""
    ask_environment(served.nouns.child)
    if paste.id is None:
        return
    links.environments(each.name for each in served.settings.environments)
    result.place(served.collector, paste)


def ask_environment(child: Noun) -> None:
    st.info(
        f"Choose the environment where the {escaped(child.one)} failed.",
        title="Which environment failed?",
        icon=":material/help:",
    )


page()
