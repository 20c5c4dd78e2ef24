"""The constraint: where environments differ."""

import re

import streamlit as st

from dashboard.diagnose.health.drift import Cell, Row
from dashboard.diagnose.health.report import HealthReport
from dashboard.show.shared import links, relationship_choice
from dashboard.show.shared.escaping import escaped
from dashboard.view import ServedView

NOT_KNOWN = ":gray-badge[:material/help: unknown]"
LONG = 30
_WORD = re.compile(r"(?<=[a-z0-9_.])(?=[A-Z_.])")


def drift(served: ServedView, checkup: HealthReport) -> None:
    """Compare the constraint cell by cell: the configured one, or another that was chosen."""
    with st.container(border=True):
        st.header("The constraint in each environment", anchor=False)
        chosen = relationship_choice.current(served)
        relationship_choice.draw(served)
        rows = served.chosen.drift(chosen) if chosen else checkup.drift
        names = [each.environment.name for each in checkup.environments]
        columns: dict[str, list[str]] = {
            "Part": [escaped(row.name) for row in rows],
            "Most have": [_usual(row) for row in rows],
        }
        for place, name in enumerate(names):
            columns[links.to_environment(name)] = [_cell(row.cells[place]) for row in rows]
        st.table(
            columns, border="horizontal", hide_index=True, alt="The constraint, by environment"
        )


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
