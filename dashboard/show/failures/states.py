"""How many deployments failed in each environment, or why that is not known there."""

from collections.abc import Iterator
from datetime import datetime

import streamlit as st

from dashboard.collect.failure_sources import Source, SourceKind, SourceState
from dashboard.collect.failures.sources import Counted, Failures
from dashboard.diagnose.facts import Unavailable
from dashboard.environments import Environment
from dashboard.show.failures.answers import ShownFailures
from dashboard.show.shared import roles
from dashboard.show.shared.ages import minute
from dashboard.show.shared.escaping import escaped
from dashboard.show.shared.severities import NOT_REACHED

NOT_COLLECTED = ":gray-badge[:material/visibility_off: Not collected here]"
NONE = ":green-badge[:material/check_circle: None]"
NONE_SEEN = ":gray-badge[:material/help: None seen]"
BADGES = {
    SourceState.ON: ":green-badge[:material/check: on]",
    SourceState.OFF: ":orange-badge[:material/warning: off]",
    SourceState.ABSENT: ":gray-badge[:material/remove: not available]",
}
HOW = {
    SourceKind.LOG: "Run `docs/failure-sources/jsonlog.sql` (or `csvlog.sql`) as a superuser; "
    "`docs/failure-sources/README.md` has the steps for your own servers, RDS, "
    "Aurora and others.",
    SourceKind.TABLE: "Create a table or view with the columns `failed_at`, `project_id`, "
    "`code`, `constraint_name` and `message`: "
    "`docs/failure-sources/table.sql`.",
    SourceKind.STATUS: "Grant the role `select` on these columns.",
}


def cards(answers: ShownFailures, chosen: str | None) -> None:
    with st.grid("auto", min_column_width=270):
        for each, answer in answers.by.items():
            if chosen in (None, each.name):
                with st.container(border=True, height="stretch", gap="xxsmall"):
                    card(each, answer)


def card(environment: Environment, answer: Failures | Unavailable) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute", gap="small"):
        st.markdown(roles.title(environment), width="content")
        st.markdown(badge(answer), width="content")
    for sentence in _details(answer):
        st.caption(sentence)


def badge(answer: Failures | Unavailable) -> str:
    """Say how many; green only where a source would have told of any, over all of the time."""
    if isinstance(answer, Unavailable):
        return NOT_REACHED.badge
    if answer.total is None:
        return NOT_COLLECTED
    if answer.total:
        return f":red-badge[:material/error: {escaped(answer.words)} failed]"
    return NONE if answer.complete else NONE_SEEN


def _details(answer: Failures | Unavailable) -> Iterator[str]:
    if isinstance(answer, Unavailable):
        yield escaped(answer.message)
        return
    for each in answer.counted:
        yield f"{escaped(each.source.label)}: {each.total:,}{_since(answer.span.since, each)}"
    for source in answer.unread:
        yield f":orange[{escaped(source.label)} is not readable: {escaped(source.says)}]"
    if answer.total is None and answer.aborted_inserts:
        yield (
            f"Hint: about {answer.aborted_inserts:,} inserts into the constraint's table were "
            "rolled back since the statistics were reset."
        )


def _since(since: datetime, counted: Counted) -> str:
    start = counted.reach.covered_from if counted.reach else None
    if start is None or start <= since:
        return ""
    return f" (only since {minute(start)})"


def sources(answers: ShownFailures) -> None:
    """List every source with its state, what it covers and how to get it."""
    with st.expander("Sources of failures", icon=":material/database:"):
        st.markdown(
            "A failed insert leaves no row, so failures come from other sources. Two sources "
            "may report the same failure."
        )
        for environment, answer in answers.by.items():
            st.markdown(roles.title(environment))
            if isinstance(answer, Unavailable):
                st.caption(escaped(answer.message))
            else:
                st.markdown("\n".join(f"- {_line(each)}" for each in answer.sources))


def _line(source: Source) -> str:
    how = "" if source.state is SourceState.ON else f" :small[:gray[{HOW[source.kind]}]]"
    return f"{BADGES[source.state]} **{escaped(source.label)}**: {escaped(source.says)}.{how}"
