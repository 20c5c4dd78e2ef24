"""The form of a look-up, and what can be entered in it."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import streamlit as st

from dashboard.demo.scenarios import SCENARIOS, Scenario
from dashboard.environments import Environment
from dashboard.settings import running
from dashboard.show.shared import address, roles

SHOWN_FIRST = 10
FILES = ["csv", "tsv", "txt", "log", "json"]
BY_NAME = {each.name: each for each in SCENARIOS}
_SCENARIO = "demo-scenario"


def draw(environments: Sequence[Environment]) -> None:
    labels = {each.name: roles.option(each) for each in environments}
    with st.form("lookup", border=True):
        _row(labels)
        with st.expander("Many IDs in a file?", icon=":material/upload_file:"):
            st.file_uploader(
                "One ID a line, a table with a column of IDs, or a log",
                type=FILES,
                key=address.file_key(),
                max_upload_size=address.MOST_UPLOADED_MB,
                help="The file is read in place of the text above, and kept for this tab only.",
            )


def _row(labels: Mapping[str, str]) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_area(
            "Project ID, URL or the whole error",
            key=address.TEXT,
            height=96,
            max_chars=address.MOST_CHARACTERS,
            placeholder="Paste a project ID, its URL, the error as it is, or many IDs, one a line",
        )
        st.selectbox(
            "Failing environment",
            list(labels),
            index=None,
            key=address.TARGET,
            format_func=lambda name: labels.get(name, name),
            placeholder="Choose …",
            width=230,
        )
        st.form_submit_button(
            "Look up",
            type="primary",
            icon=":material/search:",
            help="Ctrl+Enter, or Cmd+Enter, in the text does the same",
            on_click=address.submit,
        )


def nothing_asked(source: Path | None) -> None:
    """Say what to paste; where a demo runs, offer what its environments hold."""
    st.info(
        "Paste what you have: a project ID, the address of the project's page, or the whole error "
        "text from a log, and choose the environment that the deployment failed in. "
        "Every environment is asked, only by reading.",
        title="Nothing looked up yet",
        icon=":material/lightbulb:",
    )
    if is_demo(source):
        _scenarios()


def is_demo(source: Path | None) -> bool:
    """Whether the configuration is one that a running demo wrote."""
    if source is None:
        return False
    return source.name.startswith(running.FILE_PREFIX) and source.parent.name.startswith(
        running.NAME
    )


def _scenarios() -> None:
    with st.container(border=True):
        st.header("Try one of the demo's situations", anchor=False)
        with st.container(horizontal=True, gap="small"):
            for each in _first_of_each_verdict():
                st.button(
                    each.code,
                    key=f"demo {each.name}",
                    help=each.shows,
                    on_click=address.ask,
                    args=(each.paste, each.environment),
                )
        st.selectbox(
            f"All {len(SCENARIOS)} situations, pasted errors among them",
            [each.name for each in SCENARIOS],
            index=None,
            key=_SCENARIO,
            format_func=lambda name: BY_NAME[name].shows,
            placeholder="Choose …",
            on_change=_try_chosen,
        )


def _first_of_each_verdict() -> list[Scenario]:
    """Take situations that each lead to another verdict."""
    by_code = {each.code: each for each in reversed(SCENARIOS)}
    return [each for each in SCENARIOS if each in by_code.values()][:SHOWN_FIRST]


def _try_chosen() -> None:
    if chosen := BY_NAME.get(st.session_state[_SCENARIO]):
        address.ask(chosen.paste, chosen.environment)
