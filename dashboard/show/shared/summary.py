"""One sentence on top: who needs somebody, and why."""

from collections.abc import Sequence

import streamlit as st

from dashboard.diagnose.finding import Severity
from dashboard.diagnose.health.overview import Concern, Overview
from dashboard.show.shared.plain import plain
from dashboard.show.shared.severities import LOOKS, look_of

NAMED_AT_MOST = 8


def draw(overview: Overview) -> None:
    match overview.severity:
        case Severity.OK:
            st.success(f"**{overview.sentence}**", icon=LOOKS[Severity.OK].icon)
        case Severity.UNKNOWN if not overview.concerns:
            st.info(plain(overview.sentence), icon=":material/hourglass_empty:")
        case Severity.ERROR:
            st.error(_lines(overview.concerns), title=overview.sentence, icon=":material/error:")
        case _:
            icon = LOOKS[overview.severity].icon
            st.warning(_lines(overview.concerns), title=overview.sentence, icon=icon)


def _lines(concerns: Sequence[Concern]) -> str:
    lines = [_line(each) for each in concerns[:NAMED_AT_MOST]]
    more = len(concerns) - NAMED_AT_MOST
    return "\n".join([*lines, *([f"- and {more} more"] if more > 0 else [])])


def _line(concern: Concern) -> str:
    more = f" :small[and {concern.more} more]" if concern.more else ""
    word = look_of(concern.worst).word
    return f"- **{plain(concern.environment.name)}** ({word}): {plain(concern.worst.summary)}{more}"
