"""One sentence on top: who needs somebody, and why."""

from collections.abc import Sequence

import streamlit as st

from dashboard.diagnose.finding import Severity
from dashboard.diagnose.health.overview import Concern, Overview
from dashboard.show.shared import clock, links, titles
from dashboard.show.shared.escaping import escaped
from dashboard.show.shared.severities import BADGES, badge_of

NAMED_AT_MOST = 8


def draw(overview: Overview) -> None:
    titles.show(overview.sentence.removesuffix("."))
    match overview.severity:
        case Severity.OK:
            st.success(f"**{overview.sentence}**", icon=BADGES[Severity.OK].icon)
        case Severity.UNKNOWN if not overview.concerns:
            st.info(escaped(overview.sentence), icon=":material/hourglass_empty:")
        case Severity.ERROR:
            st.error(_lines(overview.concerns), title=overview.sentence, icon=":material/error:")
        case _:
            icon = BADGES[overview.severity].icon
            st.warning(_lines(overview.concerns), title=overview.sentence, icon=icon)


def _lines(concerns: Sequence[Concern]) -> str:
    lines = [_line(each) for each in concerns[:NAMED_AT_MOST]]
    more = len(concerns) - NAMED_AT_MOST
    return "\n".join([*lines, *([f"- and {more} more"] if more > 0 else [])])


def _line(concern: Concern) -> str:
    name, word = concern.environment.name, badge_of(concern.worst).word
    rest = links.to_environment(name, f"and {concern.more} more")
    more = f" :small[{rest}]" if concern.more else ""
    summary = links.to_finding(
        escaped(clock.in_words(concern.worst.summary)), name, concern.worst.code
    )
    return f"- **{links.to_environment(name)}** ({word}): {summary}{more}"
