"""The form of a look-up, and what can be entered in it."""

from collections.abc import Mapping, Sequence

import streamlit as st

from dashboard.diagnose.nouns import Noun, Nouns
from dashboard.diagnose.words import count
from dashboard.environments import Environment
from dashboard.settings import Example
from dashboard.show.shared import address, environment_choice, roles
from dashboard.show.shared.escaping import escaped

FILES = ["csv", "tsv", "txt", "log", "json"]
_EXAMPLE = "lookup-example"


def draw(environments: Sequence[Environment], parent: Noun) -> None:
    labels = {each.name: roles.option(each) for each in environments}
    with st.form("lookup", border=True):
        _row(labels, parent)
        with st.expander("Many IDs in a file?", icon=":material/upload_file:"):
            st.file_uploader(
                "One ID a line, a table with a column of IDs, or a log",
                type=FILES,
                key=address.file_key(),
                max_upload_size=address.MOST_UPLOADED_MB,
                help="The file replaces the text above and stays in this tab.",
            )


def _row(labels: Mapping[str, str], parent: Noun) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_area(
            f"{escaped(parent.title)} ID, URL or the whole error",
            key=address.TEXT,
            height=96,
            max_chars=address.MOST_CHARACTERS,
            placeholder=(
                f"Paste {parent.a} ID, its URL, the error as it is, or many IDs, one a line"
            ),
        )
        with st.container(width="content"):
            environment_choice.field(environment_choice.FAILED, labels, address.TARGET)
        st.form_submit_button(
            "Look up",
            type="primary",
            icon=":material/search:",
            help="Or press Ctrl+Enter (Cmd+Enter) in the text",
            on_click=address.submit,
        )


def nothing_asked(examples: Sequence[Example], nouns: Nouns) -> None:
    """Say what to paste, and offer the examples that the configuration has."""
    parent, child = nouns.parent, nouns.child
    st.info(
        f"Paste {parent.a} ID, the address of the {parent}'s page or the whole error from a "
        f"log, and choose the environment where the {child} failed. All environments are "
        "queried, read-only.",
        title="Nothing looked up yet",
        icon=":material/lightbulb:",
    )
    if examples:
        _offer({each.title: each for each in examples})


def _offer(examples: Mapping[str, Example]) -> None:
    with st.container(border=True):
        st.header("Try an example", anchor=False)
        with st.container(horizontal=True, gap="small"):
            for each in examples.values():
                if each.button:
                    st.button(
                        escaped(each.button),
                        key=f"example {each.title}",
                        help=escaped(each.title),
                        on_click=address.ask,
                        args=(each.text, each.environment),
                    )
        st.selectbox(
            f"{count(len(examples), 'example')} in all",
            list(examples),
            index=None,
            key=_EXAMPLE,
            placeholder="Choose …",
            on_change=_ask_chosen,
            args=(examples,),
        )


def _ask_chosen(examples: Mapping[str, Example]) -> None:
    if chosen := examples.get(st.session_state[_EXAMPLE]):
        address.ask(chosen.text, chosen.environment)
