"""For those without an id: projects by the start of their name, or by their owner."""

from collections.abc import Sequence

import streamlit as st

from dashboard.collect.collector import Collector
from dashboard.diagnose.facts import Unavailable
from dashboard.diagnose.nouns import Noun
from dashboard.environments import Environment
from dashboard.show.shared import configuration, links, roles
from dashboard.show.shared.ages import minute
from dashboard.show.shared.escaping import escaped
from queries.rows import Project

BY = {"name": "Name begins with", "owner": "Owner's ID is"}
MOST = 20


@st.fragment
def draw(target: str | None) -> None:
    with (
        st.form("search", border=False),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        by = st.selectbox("Search by", list(BY), format_func=BY.__getitem__, width=200)
        value = st.text_input("Name or owner's ID", max_chars=200)
        st.form_submit_button("Search", icon=":material/search:")
    if value.strip():  # by what they may see now, however long the page is open
        _results(configuration.view().collector, by, value.strip(), target)


def _results(collector: Collector, by: str, value: str, target: str | None) -> None:
    found = dict(collector.find(by, value))
    for environment in collector.settings.environments:
        st.markdown(roles.title(environment))
        _in_environment(environment, found[environment], target, collector.nouns.parent)


def _in_environment(
    environment: Environment,
    found: Sequence[Project] | Unavailable,
    target: str | None,
    parent: Noun,
) -> None:
    if isinstance(found, Unavailable):
        st.caption(f"Not searched: {escaped(found.message)}.")
        return
    if not found:
        st.caption(f"No {escaped(parent.one)} found.")
    for each in found:
        _result(each, environment, target)
    if len(found) == MOST:
        st.caption(f"These are the first {MOST}: type more of the name to see others.")


def _result(project: Project, environment: Environment, target: str | None) -> None:
    """Lead to the look-up in the environment that failed, else in the one it was found in."""
    created = f", created {minute(project.created_at)}" if project.created_at else ""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        links.look_up(project.id, target or environment.name, f"found in {environment.name}")
        st.markdown(f"{escaped(project.name or 'without a name')}:gray[{created}]", width="content")
