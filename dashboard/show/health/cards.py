"""One card per environment: how it is, since when that is known, and what is in it."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import streamlit as st

from dashboard.background.row_counts import Precision, RowCount
from dashboard.background.snapshots import Snapshot, beyond_reading
from dashboard.collect.result import LastResult
from dashboard.diagnose.facts import Unavailable
from dashboard.diagnose.health.report import EnvironmentHealth
from dashboard.diagnose.words import count
from dashboard.show import frames
from dashboard.show.health import card_lines
from dashboard.show.migrations.states import progress
from dashboard.show.shared import history_notes, links, roles
from dashboard.show.shared.ages import age, clock
from dashboard.show.shared.escaping import escaped
from dashboard.show.shared.severities import STATUSES, status_of
from dashboard.view import ServedView

PROMPT_S = 2.0
ARROW = "The arrow: rows made in the last 7 days."
RETRYING = ":orange-badge[:material/hourglass_empty: not answering, retrying]"
NO_BREAK = "\N{NO-BREAK SPACE}"


def draw(served: ServedView, results: Sequence[LastResult[Snapshot]], now: datetime) -> None:
    checkup = served.snapshots.checkup
    healths = {each.environment: each for each in checkup.environments} if checkup else {}
    known = history_notes.last_known(served, never_answered(results))
    with st.grid("auto", min_column_width=270):
        for each in results:
            with st.container(border=True, height="stretch", gap="small"):
                words = known.get(each.environment.name, "")
                card(served, each, healths.get(each.environment), words, now)


def never_answered(results: Iterable[LastResult[Snapshot]]) -> list[str]:
    return [each.environment.name for each in results if each.failure and not each.value]


def card(
    served: ServedView,
    last: LastResult[Snapshot],
    health: EnvironmentHealth | None,
    known: str,
    now: datetime,
) -> None:
    """Draw what was judged; `known` tells of the time before the dashboard started."""
    with st.container(horizontal=True, horizontal_alignment="distribute", gap="small"):
        st.markdown(f"**{links.to_environment(last.environment.name)}**", width="content")
        st.markdown(status_of(health).badge, width="content")
    st.markdown(f"{roles.BADGES[last.environment.role]}{_server(last)}")
    if health and health.muted:  # what is well by somebody's choice is not simply well
        st.caption(f":material/notifications_off: {count(len(health.muted), 'finding')} muted")
    if retrying(last, now):
        st.markdown(RETRYING)
    if health and health.unavailable:
        _silent(served, health, _last_words(last.value, health, known, now))
    elif last.value is None or health is None:
        st.skeleton(height=150)
    else:
        _tables(last.value, now)
        _notes(last.value)
        card_lines.draw(served, last.environment, health)
        st.caption(f"{clock(last.value.at)}, {age(last.value.at, now)}")


def retrying(last: LastResult[Snapshot], now: datetime) -> bool:
    """Whether it is being asked for longer than an answer usually takes."""
    return bool(last.asking and last.asked_at and (now - last.asked_at).total_seconds() > PROMPT_S)


def _silent(served: ServedView, health: EnvironmentHealth, last_words: Iterable[str]) -> None:
    """Show the reason, and greyed what it said last."""
    if health.unavailable:
        st.markdown(f":gray[{escaped(health.unavailable.message)}]")
    for line in last_words:
        st.caption(line)
    name = health.environment.name
    if st.button(
        "Ask again",
        icon=":material/refresh:",
        key=f"ask {name}",
        width="stretch",
        disabled=not served.may_ask_anew,
    ):
        served.snapshots.refresh_now(health.environment)


def _last_words(
    snapshot: Snapshot | None, health: EnvironmentHealth | None, known: str, now: datetime
) -> Iterable[str]:
    """Tell what it said last, else what is `known` of the time before the dashboard started."""
    if snapshot is None:
        yield "It has not answered since the dashboard started."
        if known:
            yield known
        return
    nouns = snapshot.facts.catalog.nouns
    yield f"**Last answered {age(snapshot.at, now)}**, at {clock(snapshot.at)}:"
    counted = [f"{_words(snapshot.projects)} {escaped(nouns.parent.many)}"]
    if not snapshot.self_related:
        counted.append(f"{_words(snapshot.deployments)} {escaped(nouns.child.many)}")
    yield f"PostgreSQL {escaped(snapshot.version)}, {', '.join(counted)}"
    if health and (earlier := health.earlier):
        word = STATUSES[earlier.status].word
        yield f"Last known status: {word}; migrations {progress(earlier).words}."


def _server(last: LastResult[Snapshot]) -> str:
    if last.failure or last.value is None:
        return ""
    snapshot = last.value
    words = f"PostgreSQL {escaped(snapshot.version)} · {snapshot.ms:.0f} ms"
    return f" :small[:gray[{words.replace(' ', NO_BREAK)}]]"


def _tables(snapshot: Snapshot, now: datetime) -> None:
    nouns = snapshot.facts.catalog.nouns
    with st.grid(2, min_column_width=100):
        _metric(escaped(nouns.parent.titles), snapshot.projects, now)
        if not snapshot.self_related:
            _metric(escaped(nouns.child.titles), snapshot.deployments, now)


def _metric(label: str, counted: RowCount, now: datetime) -> None:
    weeks = frames.per_week(counted, now.date())
    st.metric(
        label,
        _number(counted),
        delta=f"{weeks[-1]:,.0f}" if weeks else None,
        delta_color="off",
        delta_arrow="up" if weeks and weeks[-1] else "off",
        delta_description="in 7 d",
        chart_data=weeks or None,
        chart_type="area",
        help=_how_known(counted),
    )


def _number(counted: RowCount) -> str:
    """Write the number with the sign of what it is: exact, about so many, or unknown."""
    if counted.number is None:
        return "–"
    sign = "" if counted.precision is Precision.EXACT else "≈ "
    return f"{sign}{counted.number:,}"


def _words(counted: RowCount) -> str:
    if counted.number is None:
        return "an unknown number of"
    return _number(counted).replace("≈", "about")


def _how_known(counted: RowCount) -> str:
    if counted.reason is None:
        return f"Exact: counted in the background. {ARROW}"
    reason = escaped(counted.reason.message)
    if counted.precision is Precision.ESTIMATE:
        return f"Estimate, from the database's statistics: {reason}."
    return f"Not known: {reason}."


def _notes(snapshot: Snapshot) -> None:
    if isinstance(snapshot.powers, Unavailable):
        st.caption("What the role can do beyond reading is not known.")
    elif more := beyond_reading(snapshot.powers):
        st.caption(
            f":material/key: The role {escaped(snapshot.role)} can do more than read: "
            f"{escaped(more)}. The dashboard does not; a role with select only is safer."
        )
