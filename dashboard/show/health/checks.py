"""The matrix of checks and environments."""

import functools

import pyarrow as pa
import streamlit as st

from dashboard.diagnose.finding import Severity
from dashboard.diagnose.health.matrix import Cell, Line, matrix
from dashboard.diagnose.health.report import HealthReport
from dashboard.diagnose.nouns import Nouns
from dashboard.show.shared import links
from dashboard.show.shared.escaping import escaped
from dashboard.show.shared.severities import badge_of

OK = ":green-badge[:material/check: ok]"
NOT_LOOKED = ":gray-badge[:material/help: not looked]"
MUTED = ":gray-badge[:material/notifications_off: muted]"
NOTHING_TO_COMPARE = ":gray[– nothing to compare]"
MOST_KEPT = 4  # a judgement is shown until there is the next


def draw(checkup: HealthReport, nouns: Nouns) -> None:
    with st.container(border=True):
        st.header("Checks", anchor=False)
        st.table(
            _table(
                (
                    "Check",
                    *(links.to_environment(each.environment.name) for each in checkup.environments),
                ),
                tuple(_row(each, nouns) for each in matrix(checkup)),
            ),
            border="horizontal",
            hide_index=True,
            alt="Checks by environment",
        )


def _row(line: Line, nouns: Nouns) -> tuple[str, ...]:
    return (escaped(nouns.fill(line.check.title)), *(cell(each) for each in line.cells))


@functools.lru_cache(maxsize=MOST_KEPT)
def _table(names: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> pa.Table:
    """Put it as Streamlit sends it, once for all who look on."""
    return pa.table(list(zip(*rows, strict=True)), names=names)


def cell(shown: Cell) -> str:
    """Word a cell: what was found by its code, else whether anybody could look.

    It leads to what there is to tell of it: of what is well, there is nothing.
    """
    if shown.muted:
        return links.to_environment(shown.environment.name, MUTED)
    if not shown.looked:
        return links.to_environment(shown.environment.name, NOT_LOOKED)
    if shown.severity is None:
        return NOTHING_TO_COMPARE
    if shown.severity is Severity.OK:
        return OK
    worst = shown.findings[0]
    more = f" +{len(shown.findings) - 1}" if len(shown.findings) > 1 else ""
    label = badge_of(worst).labelled(f"{worst.code}{more}")
    return links.to_finding(label, shown.environment.name, worst.code)
