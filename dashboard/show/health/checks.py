"""The matrix of checks and environments."""

import functools
from collections import Counter
from collections.abc import Sequence

import pyarrow as pa
import streamlit as st

from dashboard.diagnose.finding import Finding, Severity
from dashboard.diagnose.health.matrix import Cell, Line, matrix
from dashboard.diagnose.health.report import HealthReport
from dashboard.diagnose.nouns import Nouns
from dashboard.show.shared import links
from dashboard.show.shared.escaping import escaped
from dashboard.show.shared.severities import badge_of, in_short

OK = ":green-badge[:material/check: ok]"
NOT_CHECKED = ":gray-badge[:material/help: not checked]"
MUTED = ":gray-badge[:material/notifications_off: muted]"
NOTHING_TO_COMPARE = ":gray[– nothing to compare]"
SIGNS = {Severity.ERROR: "✕", Severity.WARNING: "!", Severity.UNKNOWN: "?"}
MANY_PX = 460
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


def draw_many(checkup: HealthReport, nouns: Nouns) -> None:
    """Draw a line for each environment, with as many columns as there are checks."""
    lines = matrix(checkup)
    st.dataframe(
        _table(
            ("Environment", *(nouns.fill(each.check.title) for each in lines)),
            tuple(
                (health.environment.name, *(_text(each.cells[place]) for each in lines))
                for place, health in enumerate(checkup.environments)
            ),
        ),
        hide_index=True,
        height=MANY_PX,
        column_config={"Environment": st.column_config.TextColumn(pinned=True)},
        alt="Checks by environment",
    )


def _text(shown: Cell) -> str:
    """Word a cell where only text can be shown."""
    if shown.muted:
        return "muted"
    if not shown.looked:
        return "? not checked"
    if shown.severity is None:
        return "–"
    if shown.severity is Severity.OK:
        return "✓ ok"
    return f"{SIGNS.get(shown.severity, 'i')} {_words(shown.findings)}"


def _row(line: Line, nouns: Nouns) -> tuple[str, ...]:
    return (escaped(nouns.fill(line.check.title)), *(cell(each) for each in line.cells))


@functools.lru_cache(maxsize=MOST_KEPT)
def _table(names: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> pa.Table:
    """Put it as Streamlit sends it, once for all who look on."""
    return pa.table(list(zip(*rows, strict=True)), names=names)


def cell(shown: Cell) -> str:
    """Word a cell: what was found, else whether it could be checked.

    It leads to what there is to tell of it: of what is well, there is nothing.
    """
    if shown.muted:
        return links.to_environment(shown.environment.name, MUTED)
    if not shown.looked:
        return links.to_environment(shown.environment.name, NOT_CHECKED)
    if shown.severity is None:
        return NOTHING_TO_COMPARE
    if shown.severity is Severity.OK:
        return OK
    worst = shown.findings[0]
    label = badge_of(worst).labelled(_words(shown.findings))
    return links.to_finding(label, shown.environment.name, worst.code)


def _words(found: Sequence[Finding]) -> str:
    """Say what was found, worst first: 1 failed, 1 pending; extra migration."""
    counted = Counter(each.code for each in found)
    named = [in_short(code) for code in counted]
    if len(found) == 1:
        return named[0]
    return ", ".join(
        f"{number} {word}" for number, word in zip(counted.values(), named, strict=True)
    )
