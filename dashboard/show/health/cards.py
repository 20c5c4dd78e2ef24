"""One card per environment: how it is, since when that is known, and what is in it."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import streamlit as st

from dashboard.background.snapshots import Census, Precision, Reading, Snapshot, beyond_reading
from dashboard.diagnose import unanswered
from dashboard.diagnose.evidence import Unavailable
from dashboard.diagnose.finding import Severity
from dashboard.diagnose.health.report import Health
from dashboard.serving import Serving
from dashboard.show import frames
from dashboard.show.health import card_lines
from dashboard.show.migrations.states import progress
from dashboard.show.shared import remembered, roles
from dashboard.show.shared.ages import age, clock
from dashboard.show.shared.plain import plain
from dashboard.show.shared.severities import ASKING, LOOKS, NOT_REACHED, Look

NO_BREAK = "\N{NO-BREAK SPACE}"


def draw(served: Serving, snapshots: Sequence[Snapshot], now: datetime) -> None:
    checkup = served.snapshots.checkup
    healths = {each.environment: each for each in checkup.environments} if checkup else {}
    never = [each.environment.name for each in snapshots if each.failure and not each.reading]
    known = remembered.last_known(served, never)
    with st.grid("auto", min_column_width=270):
        for each in snapshots:
            with st.container(border=True, height="stretch", gap="small"):
                words = known.get(each.environment.name, "")
                _card(served, each, healths.get(each.environment), words, now)


def _card(
    served: Serving, snapshot: Snapshot, health: Health | None, known: str, now: datetime
) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute", gap="small"):
        st.markdown(f"**{plain(snapshot.environment.name)}**", width="content")
        st.markdown(status(snapshot, health).badge, width="content")
    st.markdown(f"{roles.BADGES[snapshot.environment.role]}{_server(snapshot)}")
    if snapshot.failure:
        _silent(served, snapshot, _last_words(snapshot.reading, health, known, now))
    elif snapshot.reading is None or health is None:
        st.skeleton(height=150)
    else:
        _tables(snapshot.reading, now)
        _notes(snapshot.reading)
        card_lines.draw(served, snapshot.environment, health)
        st.caption(f"{clock(snapshot.reading.at)}, {age(snapshot.reading.at, now)}")


def status(snapshot: Snapshot, health: Health | None) -> Look:
    """Give the word of a card: green only for an environment that was asked and judged.

    | it answered last time     | it was judged | word                    |
    | ------------------------- | ------------- | ----------------------- |
    | no                        | any           | Unreachable, or Unknown |
    | it was not asked yet      | any           | Asking                  |
    | yes                       | no            | Asking                  |
    | yes                       | yes           | that of its findings    |
    """
    if snapshot.failure:
        reached = unanswered.code(snapshot.failure.kind) != unanswered.UNREACHABLE
        return LOOKS[Severity.UNKNOWN] if reached else NOT_REACHED
    if snapshot.reading is None or health is None:
        return ASKING
    return LOOKS[health.status]


def _silent(served: Serving, snapshot: Snapshot, last_words: Iterable[str]) -> None:
    """Show the reason, and greyed what it said last."""
    if snapshot.failure:
        st.markdown(f":gray[{plain(snapshot.failure.message)}]")
    for line in last_words:
        st.caption(line)
    name = snapshot.environment.name
    if st.button("Ask again", icon=":material/refresh:", key=f"ask {name}", width="stretch"):
        served.snapshots.refresh(snapshot.environment)


def _last_words(
    reading: Reading | None, health: Health | None, known: str, now: datetime
) -> Iterable[str]:
    """Tell what it said last, else what is `known` of the time before the dashboard started."""
    if reading is None:
        yield "It has not answered since the dashboard started."
        if known:
            yield known
        return
    yield f"**Last answered {age(reading.at, now)}**, at {clock(reading.at)}:"
    yield (
        f"PostgreSQL {plain(reading.version)}, {_words(reading.projects)} projects, "
        f"{_words(reading.deployments)} deployments"
    )
    if health and (earlier := health.earlier):
        yield f"Then it was {LOOKS[earlier.status].word}; migrations {progress(earlier).words}."


def _server(snapshot: Snapshot) -> str:
    if snapshot.failure or snapshot.reading is None:
        return ""
    reading = snapshot.reading
    words = f"PostgreSQL {plain(reading.version)} · {reading.ms:.0f} ms"
    return f" :small[:gray[{words.replace(' ', NO_BREAK)}]]"


def _tables(reading: Reading, now: datetime) -> None:
    with st.grid(2, min_column_width=100):
        _metric("Projects", reading.projects, now)
        _metric("Deployments", reading.deployments, now)


def _metric(label: str, census: Census, now: datetime) -> None:
    weeks = frames.per_week(census, now.date())
    st.metric(
        label,
        _number(census),
        delta=None if not weeks else round(weeks[-1]),
        delta_color="off",
        delta_arrow="off" if not weeks or not weeks[-1] else "up",
        delta_description="in 7 days",
        chart_data=weeks or None,
        chart_type="area",
        help=_how_known(census),
    )


def _number(census: Census) -> str:
    """Write the number with the sign of what it is: exact, about so many, or unknown."""
    if census.number is None:
        return "–"
    sign = "" if census.precision is Precision.EXACT else "≈ "
    return f"{sign}{census.number:,}"


def _words(census: Census) -> str:
    if census.number is None:
        return "an unknown number of"
    return _number(census).replace("≈", "about")


def _how_known(census: Census) -> str:
    if census.reason is None:
        return "Exact: counted in the background."
    reason = plain(census.reason.message)
    if census.precision is Precision.ESTIMATE:
        return f"Estimate, from the database's statistics: {reason}."
    return f"Not known: {reason}."


def _notes(reading: Reading) -> None:
    if isinstance(reading.powers, Unavailable):
        st.caption("What the role can do beyond reading is not known.")
    elif more := beyond_reading(reading.powers):
        st.caption(
            f":material/key: The role {plain(reading.role)} can do more than read: {plain(more)}. "
            "The dashboard does not; a role with select only is safer."
        )
