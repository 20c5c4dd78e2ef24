"""One card per environment: does it answer, since when, and what is in it."""

from collections.abc import Iterable
from datetime import datetime

import streamlit as st

from dashboard import frames
from dashboard.diagnosis.evidence import Unavailable
from dashboard.diagnosis.finding import Severity
from dashboard.snapshots import Census, Precision, Reading, Snapshot, beyond_reading
from dashboard.ui import roles
from dashboard.ui.ages import age
from dashboard.ui.plain import plain
from dashboard.ui.severities import LOOKS, NOT_REACHED

ANSWERS = ":green-badge[:material/check_circle: Answers]"
NOT_ASKED = ":gray-badge[:material/hourglass_empty: Asking]"


def draw(snapshots: Iterable[Snapshot], now: datetime) -> None:
    with st.grid("auto", min_column_width=270):
        for each in snapshots:
            with st.container(border=True, height="stretch", gap="small"):
                _card(each, now)


def _card(snapshot: Snapshot, now: datetime) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute", gap="small"):
        st.markdown(f"**{plain(snapshot.environment.name)}**", width="content")
        st.markdown(status(snapshot), width="content")
    st.markdown(f"{roles.BADGES[snapshot.environment.role]}{_server(snapshot)}")
    if snapshot.failure:
        _failure(snapshot, now)
    elif snapshot.reading is None:
        st.skeleton(height=150)
    else:
        _tables(snapshot.reading, now)
        _notes(snapshot.reading)


def status(snapshot: Snapshot) -> str:
    """Give the badge of a card: green only for an environment that has just answered."""
    if snapshot.failure:
        return NOT_REACHED.badge
    if snapshot.reading is None:
        return NOT_ASKED
    return LOOKS[Severity.WARNING].badge if snapshot.reading.problem else ANSWERS


def _failure(snapshot: Snapshot, now: datetime) -> None:
    if snapshot.failure:
        st.markdown(f":gray[{plain(snapshot.failure.message)}]")
    reading = snapshot.reading
    if reading is None:
        st.caption("It has not answered since the dashboard started.")
        return
    st.caption(
        f"Last answered {age(reading.at, now)}: PostgreSQL {plain(reading.version)}, "
        f"{_words(reading.projects)} projects, {_words(reading.deployments)} deployments."
    )


def _server(snapshot: Snapshot) -> str:
    if snapshot.failure or snapshot.reading is None:
        return ""
    reading = snapshot.reading
    return f" :small[:gray[PostgreSQL {plain(reading.version)} · {reading.ms:.0f} ms]]"


def _tables(reading: Reading, now: datetime) -> None:
    with st.grid(2, min_column_width=100):
        _metric("Projects", reading.projects, now)
        _metric("Deployments", reading.deployments, now)


def _metric(label: str, census: Census, now: datetime) -> None:
    weeks = frames.per_week(census, now.date())
    st.metric(
        f"{label} :gray[{census.precision}]",
        "–" if census.number is None else f"{census.number:,}",
        delta=None if not weeks else round(weeks[-1]),
        delta_color="off",
        delta_arrow="off" if not weeks or not weeks[-1] else "up",
        delta_description="in 7 days",
        chart_data=weeks or None,
        chart_type="area",
        help=_why_not_exact(census),
    )


def _words(census: Census) -> str:
    if census.number is None:
        return "an unknown number of"
    return (
        f"{census.number:,}" if census.precision is Precision.EXACT else f"about {census.number:,}"
    )


def _why_not_exact(census: Census) -> str | None:
    if census.reason is None:
        return None
    reason = plain(census.reason.message)
    if census.precision is Precision.ESTIMATE:
        return f"From the database's statistics: {reason}."
    return f"Not known: {reason}."


def _notes(reading: Reading) -> None:
    if reading.problem:
        st.markdown(f":orange[:material/warning: {plain(reading.problem)}.]")
    if isinstance(reading.powers, Unavailable):
        st.caption("What the role can do beyond reading is not known.")
    elif more := beyond_reading(reading.powers):
        st.caption(
            f":material/key: The role {plain(reading.role)} can do more than read: {plain(more)}. "
            "The dashboard does not; a role with select only is safer."
        )
