"""Deployment failures of all environments: how many, of what cause, and whose."""

import streamlit as st

from dashboard.show.failures import answers as failure_answers
from dashboard.show.failures import causes, charts, states, table, uploader
from dashboard.show.failures import filters as failure_filters
from dashboard.show.failures.answers import ShownFailures
from dashboard.show.failures.filters import WORDS, Filters
from dashboard.show.frames import failures
from dashboard.show.shared import ages, clock, configuration, notices, titles
from dashboard.show.shared.escaping import escaped
from dashboard.view import ServedView


def page() -> None:
    with st.container(gap="xxsmall"):
        with st.container(horizontal=True, horizontal_alignment="distribute"):
            st.title("Deployment failures", anchor=False, width="content")
            again = st.button("Refresh", icon=":material/refresh:", help="Ask every environment")
        told = st.empty()
    served = configuration.require()
    names = [each.name for each in served.settings.environments]
    filters = failure_filters.current(names)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        failure_filters.draw(names)
        codes = st.container(width="content")
    if filters.environment and filters.environment not in names:
        notices.unknown("environment", filters.environment, names, "Choose one above.")
        return
    titles.show(f"{filters.environment or 'All environments'}, {WORDS[filters.range]}")
    waiting = st.empty()
    waiting.skeleton(height=420)
    answers = failure_answers.ask(served.shared_failures, filters, again=again)
    waiting.empty()
    told.caption(as_of(answers))
    with codes:
        failure_filters.draw_codes(failures.codes(answers.counted(filters)), filters.code)
    body(served, answers, filters)


def as_of(answers: ShownFailures) -> str:
    zone = answers.span.zone
    yours = ", your time zone" if zone == clock.own_zone() else ""
    until = ages.clock(answers.span.until)
    return f"As of {until}. Times in {escaped(zone)}{yours}."


def body(served: ServedView, answers: ShownFailures, filters: Filters) -> None:
    causes.all_fail(served.collector, answers, filters)
    states.cards(answers, filters.environment)
    counted = answers.counted(filters)
    if any(each.total for sources in counted.values() for each in sources):
        chosen = charts.draw(counted, filters, answers.span, served.settings.environments)
        causes.causes(served.collector, counted, filters, answers.span.zone)
        causes.top_ids(served.collector, counted, filters)
        table.draw(table.Wanted(served.collector, answers, filters, chosen))
    else:
        nothing(filters, known=any(counted.values()))
    states.sources(answers)
    uploader.draw(served, answers.span)


def nothing(filters: Filters, *, known: bool) -> None:
    place = f"in {escaped(filters.environment)}" if filters.environment else "in any environment"
    seen = f"No failures {place} in the last {WORDS[filters.range]}"
    st.info(
        "Missing or unreadable sources may hide failures: see the sources of each environment.",
        title=seen if known else f"Failures {place} are unknown",
        icon=":material/info:" if known else ":material/help:",
    )


page()
