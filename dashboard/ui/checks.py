"""The matrix of checks and environments."""

import streamlit as st

from dashboard.diagnosis.checkup import Checkup
from dashboard.diagnosis.finding import Severity
from dashboard.diagnosis.matrix import Cell, matrix
from dashboard.ui.plain import plain
from dashboard.ui.severities import look_of

OK = ":green-badge[:material/check: ok]"
NOT_LOOKED = ":gray-badge[:material/help: not looked]"
MUTED = ":gray-badge[:material/notifications_off: muted]"
NOTHING_TO_COMPARE = ":gray[– nothing to compare]"


def draw(checkup: Checkup) -> None:
    with st.container(border=True):
        st.header("Checks", anchor=False)
        lines = matrix(checkup)
        columns: dict[str, list[str]] = {"Check": [each.check.title for each in lines]}
        for place, health in enumerate(checkup.environments):
            columns[plain(health.environment.name)] = [cell(each.cells[place]) for each in lines]
        st.table(columns, border="horizontal", hide_index=True, alt="Checks by environment")


def cell(shown: Cell) -> str:
    """Word a cell: what was found by its code, else whether anybody could look."""
    if shown.muted:
        return MUTED
    if not shown.looked:
        return NOT_LOOKED
    if shown.severity is None:
        return NOTHING_TO_COMPARE
    if shown.severity is Severity.OK:
        return OK
    worst = shown.findings[0]
    more = f" +{len(shown.findings) - 1}" if len(shown.findings) > 1 else ""
    return look_of(worst).labelled(f"{worst.code}{more}")
