"""One sentence on top: how many environments answer, and which do not."""

from collections.abc import Sequence

import streamlit as st

from dashboard.diagnosis.words import count, listed
from dashboard.snapshots import Snapshot
from dashboard.ui.plain import plain


def draw(snapshots: Sequence[Snapshot]) -> None:
    silent = [each for each in snapshots if each.failure]
    waiting = [each for each in snapshots if not each.failure and not each.reading]
    answering = len(snapshots) - len(silent) - len(waiting)
    if silent:
        _silence(silent, answering, len(snapshots))
    elif waiting:
        st.info(f"Asking {_names(waiting)} …", icon=":material/hourglass_empty:")
    else:
        everyone = count(answering, "environment answers", "environments answer")
        st.success(
            f"**All {everyone}.**" if answering > 1 else f"**{everyone}.**",
            icon=":material/check_circle:",
        )


def _silence(silent: Sequence[Snapshot], answering: int, of: int) -> None:
    reasons = [f"- **{plain(each.environment.name)}**: {_reason(each)}." for each in silent]
    title = (
        f"{answering} of {count(of, 'environment')} answer; {_names(silent)} {_verb(silent)} not"
    )
    draw_it = st.error if answering == 0 else st.warning
    draw_it("\n".join(reasons), title=title, icon=":material/cloud_off:")


def _names(snapshots: Sequence[Snapshot]) -> str:
    return listed([plain(each.environment.name) for each in snapshots])


def _verb(silent: Sequence[Snapshot]) -> str:
    return "does" if len(silent) == 1 else "do"


def _reason(snapshot: Snapshot) -> str:
    return plain(snapshot.failure.message) if snapshot.failure else "not asked yet"
