"""One sentence on top: who needs somebody, and why."""

from collections.abc import Sequence

import streamlit as st

from dashboard.diagnose import words
from dashboard.diagnose.finding import Severity
from dashboard.diagnose.health.overview import Concern, Overview
from dashboard.environments import Environment
from dashboard.show.shared import clock, links, titles
from dashboard.show.shared.escaping import escaped
from dashboard.show.shared.severities import BADGES, badge_of

NAMED_AT_MOST = 5
PLACES_AT_MOST = 3


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
    more = concerns[NAMED_AT_MOST:]
    rest = words.count(sum(len(each.environments) for each in more), "more environment")
    return "\n".join([*lines, *([f"- and {rest}"] if more else [])])


def _line(concern: Concern) -> str:
    worst, name = concern.worst, concern.environments[0].name
    rest = links.to_environment(name, f"and {words.count(concern.more, 'more finding')}")
    more = f" :small[{rest}]" if concern.more else ""
    summary = links.to_finding(escaped(clock.in_words(worst.summary)), name, worst.code)
    return f"- {_who(concern.environments)} ({badge_of(worst).word}): {summary}{more}"


def _who(environments: Sequence[Environment]) -> str:
    names = [f"**{links.to_environment(each.name)}**" for each in environments[:PLACES_AT_MOST]]
    more = len(environments) - PLACES_AT_MOST
    return words.listed([*names, f"{more} more"] if more > 0 else names)
