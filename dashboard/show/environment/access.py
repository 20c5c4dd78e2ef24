"""What the role of an environment may read, and the grants that it lacks: asked on demand."""

from datetime import UTC, datetime

import streamlit as st

from dashboard.collect.doctor import examine
from dashboard.diagnose.doctor import EnvironmentLines
from dashboard.diagnose.finding import Command, Severity
from dashboard.environments import Environment
from dashboard.settings.grants import Level
from dashboard.show.shared import configuration, fixes
from dashboard.show.shared.ages import clock
from dashboard.show.shared.escaping import escaped
from dashboard.show.shared.severities import BADGES
from dashboard.view import ServedView
from queries.records import dataclass

_EXAMINED = "environment-examined"
GOOD = ":green-badge[:material/check: ok]"
INFO = ":gray-badge[:material/info: note]"


@dataclass(frozen=True, slots=True)
class Examined:
    """What was seen of the last environment that somebody asked about in this tab."""

    at: datetime
    lines: EnvironmentLines


def draw(served: ServedView, place: Environment) -> None:
    with st.container(border=True):
        st.header("What the role may read", anchor=False)
        if not served.viewer.sees(place.name, Level.ADMIN):
            st.caption("This is for those who administer the environment.")
            return
        st.button(
            "Examine",
            icon=":material/key:",
            help="Asks the catalogs what may be read and what is used, as ./run doctor does",
            on_click=_examine,
            args=(place,),
        )
        seen: Examined | None = st.session_state.get(_EXAMINED)
        if seen and seen.lines.environment == place:
            _show(seen)


def _examine(place: Environment) -> None:
    """Ask by what they may now, however long the page is open."""
    served = configuration.view()
    if not served.viewer.sees(place.name, Level.ADMIN):
        return
    (lines,) = examine(served.collector, [place]).environments
    st.session_state[_EXAMINED] = Examined(datetime.now(UTC), lines)


def _show(seen: Examined) -> None:
    rows = {
        "Subject": [escaped(each.about) for each in seen.lines.lines],
        "State": [_badge(each.severity) for each in seen.lines.lines],
        "Details": [
            escaped(each.says) + (f" :gray[{escaped(each.do)}]" if each.do else "")
            for each in seen.lines.lines
        ],
    }
    st.table(rows, border="horizontal", hide_index=True, alt="What the role may read")
    if seen.lines.grants:
        grants = "\n".join(seen.lines.grants.statements)
        fixes.copied(Command(grants, "text", "Everything that is used, as grants for the role:"))
    st.caption(f"As of {clock(seen.at)}.")


def _badge(severity: Severity) -> str:
    if severity is Severity.OK:
        return GOOD
    return INFO if severity is Severity.INFO else BADGES[severity].badge
