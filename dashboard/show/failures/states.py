"""How many deployments failed in each environment, or why that is not known there."""

from collections.abc import Iterator
from datetime import datetime

import streamlit as st

from dashboard.collect.failure_sources import Source, SourceKind, SourceState
from dashboard.collect.failures.sources import Counted, Failures
from dashboard.diagnose.facts import Unavailable
from dashboard.diagnose.words import count
from dashboard.environments import Environment
from dashboard.show.failures.answers import ShownFailures
from dashboard.show.shared import alike, dense, roles
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
    """Draw a card for each environment; many are lines of a table."""
    if chosen is None and len(answers.by) > alike.MANY:
        _dense(answers)
        return
    with st.grid("auto", min_column_width=270):
        for each, answer in answers.by.items():
            if chosen in (None, each.name):
                with st.container(border=True, height="stretch", gap="xxsmall"):
                    card(each, answer)


def _dense(answers: ShownFailures) -> None:
    """Put those first where most failed, and those last of which least is known."""
    ranked = sorted(answers.by.items(), key=lambda each: _rank(*each))
    dense.draw(
        "failures",
        [environment.name for environment, _ in ranked],
        {
            "Role": [environment.role.value for environment, _ in ranked],
            "Failed": [_total(answer) for _, answer in ranked],
            "Known": [_known(answer) for _, answer in ranked],
            "Sources": ["; ".join((*_told(answer), *_unread(answer))) for _, answer in ranked],
        },
        {
            "Failed": st.column_config.NumberColumn(width=90, format="localized"),
            "Known": st.column_config.TextColumn(width=150),
            "Sources": st.column_config.TextColumn(width=520),
        },
        f"Failures in {count(len(ranked), 'environment')}, the most first",
    )


def _rank(environment: Environment, answer: Failures | Unavailable) -> tuple[int, int, int]:
    total = _total(answer)
    return total is None, -(total or 0), environment.role.rank


def _total(answer: Failures | Unavailable) -> int | None:
    """Give a number only where one is known: none seen is not none."""
    if isinstance(answer, Unavailable) or not (answer.total or answer.complete):
        return None
    return answer.total


def _known(answer: Failures | Unavailable) -> str:
    if isinstance(answer, Unavailable):
        return NOT_REACHED.word
    if answer.total is None:
        return "not collected"
    if answer.total:
        return "all" if answer.complete else "at least"
    return "all" if answer.complete else "none seen"


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
    for sentence in _told(answer):
        yield escaped(sentence)
    for sentence in _unread(answer):
        yield f":orange[{escaped(sentence)}]"
    if isinstance(answer, Failures) and answer.total is None and answer.aborted_inserts:
        yield (
            f"Hint: about {answer.aborted_inserts:,} inserts into the constraint's table were "
            "rolled back since the statistics were reset."
        )


def _told(answer: Failures | Unavailable) -> Iterator[str]:
    if isinstance(answer, Unavailable):
        yield answer.message
        return
    for each in answer.counted:
        yield f"{each.source.label}: {each.total:,}{_since(answer.span.since, each)}"


def _unread(answer: Failures | Unavailable) -> Iterator[str]:
    for source in () if isinstance(answer, Unavailable) else answer.unread:
        yield f"{source.label} is not readable: {source.says}"


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
        for environments, said in _alike(answers):
            more = f" and {len(environments) - 1} more" if len(environments) > 1 else ""
            st.markdown(f"{roles.title(environments[0])}{more}")
            st.markdown(said)


def _alike(answers: ShownFailures) -> Iterator[tuple[list[Environment], str]]:
    """Put environments together of whose sources the same is said, where they are many."""
    groups: dict[object, tuple[list[Environment], str]] = {}
    for environment, answer in answers.by.items():
        if isinstance(answer, Unavailable):
            said = f":small[:gray[{escaped(answer.message)}]]"
        else:
            said = "\n".join(f"- {_line(each)}" for each in answer.sources)
        key = said if len(answers.by) > alike.MANY else environment
        groups.setdefault(key, ([], said))[0].append(environment)
    yield from groups.values()


def _line(source: Source) -> str:
    how = "" if source.state is SourceState.ON else f" :small[:gray[{HOW[source.kind]}]]"
    return f"{BADGES[source.state]} **{escaped(source.label)}**: {escaped(source.says)}.{how}"
