"""Lines that open: what is inside is drawn once somebody opens it.

What a closed line holds would be made, sent and laid out like anything else on the page.
"""

from collections import Counter
from collections.abc import Callable, Iterable

import streamlit as st

from queries.records import dataclass


@dataclass(frozen=True, slots=True)
class LazyExpander:
    """By its name and label it is known again, to stay open while the page is drawn anew.

    `opened`: it is open when it is drawn first.
    """

    label: str
    name: str
    draw: Callable[[], None]
    opened: bool = False


def draw(folds: Iterable[LazyExpander]) -> None:
    """Draw the lines; those of the same name are told apart by their order."""
    seen: Counter[str] = Counter()
    for each in folds:
        seen[each.name] += 1
        asked = " opened" if each.opened else ""  # another one is another line, and opens
        _line(each, f"{each.name} {seen[each.name]}{asked}")


@st.fragment
def _line(fold: LazyExpander, key: str) -> None:
    """Be drawn alone when it is opened."""
    shown = st.expander(fold.label, expanded=fold.opened, key=key, on_change="rerun")
    if shown.open:
        with shown:
            fold.draw()
