"""The constraint: where environments differ."""

from collections.abc import Sequence

import streamlit as st

from dashboard.diagnose.health.drift import Cell, Row
from dashboard.diagnose.health.report import HealthReport
from dashboard.show.shared import alike, relationship_choice
from dashboard.show.shared.escaping import escaped
from dashboard.view import ServedView
from queries import patterns

NOT_KNOWN = ":gray-badge[:material/help: unknown]"
LONG = 30
MOST = 8  # columns
_WORD = patterns.lazy(r"(?<=[a-z0-9_.])(?=[A-Z_.])")


def drift(served: ServedView, checkup: HealthReport) -> None:
    """Compare the constraint cell by cell: the configured one, or another that was chosen."""
    with st.container(border=True):
        st.header("The constraint in each environment", anchor=False)
        chosen = relationship_choice.current(served)
        relationship_choice.draw(served)
        rows = served.chosen.drift(chosen) if chosen else checkup.drift
        cells = {
            each.environment: tuple(_cell(row.cells[place]) for row in rows)
            for place, each in enumerate(checkup.environments)
        }
        columns: dict[str, Sequence[str]] = {
            "Part": [escaped(row.name) for row in rows],
            "Most have": [_usual(row) for row in rows],
        }
        groups = alike.grouped(checkup.environments, lambda each: cells[each.environment])
        for group in groups[:MOST]:
            columns[alike.names(group)] = cells[group[0].environment]
        st.table(
            columns, border="horizontal", hide_index=True, alt="The constraint, by environment"
        )
        if more := groups[MOST:]:
            st.caption(f"{alike.left_out(more)} with another one: see the findings.")


def _usual(row: Row) -> str:
    return _broken(row.usual) if row.usual else ":gray[they differ]"


def _cell(cell: Cell) -> str:
    if cell.value is None:
        return NOT_KNOWN
    if cell.differs:
        return f":orange-badge[:material/difference: {_broken(cell.value)}]"
    return _broken(cell.value)


def _broken(value: str) -> str:
    """Let a long name go on in the next line, where a word of it begins: a cell cuts it off."""
    return "\u200b".join(map(escaped, _WORD.split(value))) if len(value) > LONG else escaped(value)
