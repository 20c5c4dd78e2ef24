"""What can be done with a finding: hand on its link, and mute it."""

import json
from datetime import UTC, datetime, timedelta

import streamlit as st

from dashboard.diagnose.finding import Finding
from dashboard.settings.grants import Level
from dashboard.show.shared import history_notes
from dashboard.view import ServedView

MUTED_FOR = timedelta(days=30)


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
        if served.viewer.sees(name, Level.ADMIN):
            with st.popover("Mute", icon=":material/notifications_off:", type="tertiary"):
                st.caption("Put this into the configuration, with your reason and day:")
                st.code(mute(finding, datetime.now(UTC)), language=None)


def mute(finding: Finding, now: datetime) -> str:
    """Fill in the table that mutes a finding."""
    return "\n".join(
        (
            "[[mute]]",
            f"code = {_quoted(finding.code)}",
            f"environment = {_quoted(finding.environment or '')}",
            'reason = "…"',
            f"until = {(now + MUTED_FOR).date()}",
        )
    )


def _quoted(text: str) -> str:
    """Write a TOML string: what JSON escapes, TOML reads the same."""
    return json.dumps(text)
