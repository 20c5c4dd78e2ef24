"""The migrations still to come, rehearsed: what deploying makes of them, and what they lock."""

from collections.abc import Iterator, Sequence

import streamlit as st

from dashboard.diagnose.health.ahead import Coming, Outlook, coming
from dashboard.diagnose.health.report import EnvironmentHealth
from dashboard.show.migrations.ledger_table import short
from dashboard.show.shared.escaping import escaped

MOST_SHOWN = 50  # the command line lists all
MOST_LOCKS = 5
BADGES = {
    Outlook.PASSES: ":green-badge[:material/check: passes]",
    Outlook.FAILS: ":red-badge[:material/error: fails]",
    Outlook.UNKNOWN: ":gray-badge[:material/help: not known]",
    Outlook.NOT_REACHED: ":gray-badge[:material/block: not reached]",
    Outlook.FAILED: ":red-badge[:material/error: failed]",
}


def draw(healths: Sequence[EnvironmentHealth]) -> None:
    """Draw nothing where nothing is to come."""
    waiting = [(each, to_come) for each in healths if (to_come := [*coming(each)])]
    if not waiting:
        return
    with st.container(border=True):
        st.header("Pending migrations, rehearsed", anchor=False)
        st.caption(
            "Run in their order on an empty copy of each environment's schema; what rows may stop "
            "was asked of the rows as they are now. Locks are held to the end of the migration."
        )
        for each, to_come in waiting:
            _of_one(each, to_come)


def _of_one(health: EnvironmentHealth, to_come: Sequence[Coming]) -> None:
    st.markdown(f"**{escaped(health.environment.name)}**")
    shown = to_come[:MOST_SHOWN]
    st.table(
        {
            "On deploying": [BADGES[each.outlook] for each in shown],
            "Migration": [_broken(each.name) for each in shown],
            "Why, and locks on tables that are there": [
                "  \n".join(map(escaped, _remarks(each))) or "–" for each in shown
            ],
        },
        border="horizontal",
        hide_index=True,
        alt=f"Pending migrations of {health.environment.name}, and the locks they take",
    )
    if len(to_come) > MOST_SHOWN:
        st.caption(f"{len(to_come) - MOST_SHOWN} more: `./run check --json` has all.")


def _remarks(each: Coming) -> Iterator[str]:
    if each.why:
        yield each.why
    locks = each.locks or ()
    yield from locks[:MOST_LOCKS]
    if (more := len(locks) - MOST_LOCKS) > 0:
        yield f"{more} more locks"


def _broken(name: str) -> str:
    """Let a long name go on in the next line, where a word of it begins."""
    return "_\u200b".join(map(escaped, short(name).split("_")))
