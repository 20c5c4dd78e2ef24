"""What can be done with a finding: hand on its link, and mute it."""

import streamlit as st

from dashboard.diagnose.finding import Finding
from dashboard.show.shared import history_notes, muting
from dashboard.view import ServedView


def draw(served: ServedView, finding: Finding) -> None:
    if since := history_notes.since(served, finding):
        st.caption(since)
    name = finding.environment
    if name is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.page_link(
            "show/environment/page.py",
            label="Link to this finding",
            icon=":material/link:",
            query_params={"env": name, "finding": finding.code},
            width="content",
        )
        muting.tools(served, finding)
