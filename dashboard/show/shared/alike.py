"""Of many environments those that are alike are one line of a table, or one column."""

from collections.abc import Callable, Hashable, Iterable, Sequence

import streamlit as st

from dashboard.diagnose.health.report import EnvironmentHealth
from dashboard.diagnose.words import count
from dashboard.show.shared import links
from dashboard.show.shared.escaping import escaped

MANY = 8  # environments: fewer have a line each
MOST = 20  # lines of which a table consists

Alike = Sequence[EnvironmentHealth]


def grouped(
    healths: Iterable[EnvironmentHealth], said: Callable[[EnvironmentHealth], Hashable]
) -> list[Alike]:
    """Put together those of which the same is said; the most important speaks for all of them."""
    listed = list(healths)
    if len(listed) <= MANY:
        return [[each] for each in listed]
    groups: dict[Hashable, list[EnvironmentHealth]] = {}
    for each in sorted(listed, key=lambda each: each.environment.role.rank):
        groups.setdefault(said(each), []).append(each)
    return [*groups.values()]


def names(group: Alike) -> str:
    """Name the first, and say how many are like it."""
    return f"{links.to_environment(group[0].environment.name)}{_more(group)}"


def plain_names(group: Alike) -> str:
    return f"{escaped(group[0].environment.name)}{_more(group)}"


def left_out(groups: Iterable[Alike]) -> str:
    """Count the environments of groups that are not shown."""
    return count(sum(map(len, groups)), "more environment")


def _more(group: Alike) -> str:
    return f" and {len(group) - 1} more" if len(group) > 1 else ""


def table(
    healths: Iterable[EnvironmentHealth],
    columns: dict[str, Callable[[EnvironmentHealth], str]],
    alt: str,
) -> None:
    """Draw a line for each environment; of many, one for those of which the same is said."""
    rows = grouped(healths, lambda each: tuple(cell(each) for cell in columns.values()))
    shown = rows[:MOST]
    st.table(
        {
            "Environment": [names(each) for each in shown],
            **{title: [cell(each[0]) for each in shown] for title, cell in columns.items()},
        },
        border="horizontal",
        hide_index=True,
        alt=alt,
    )
    if more := rows[MOST:]:
        st.caption(f"{left_out(more)}: choose one above to see what is said of it.")
