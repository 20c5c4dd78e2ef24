"""One environment: what is found in it, its migrations, failures, orphans, counts and history."""

from datetime import UTC, datetime

import streamlit as st

from dashboard.background.snapshots import Snapshot
from dashboard.collect.result import LastResult
from dashboard.environments import Environment
from dashboard.show.environment import access, found, rooms
from dashboard.show.health import cards, plans
from dashboard.show.shared import (
    configuration,
    environment_choice,
    freshness,
    trends,
)
from dashboard.show.shared.escaping import escaped
from dashboard.view import ServedView


@st.fragment(run_every=freshness.REDRAW_S)
def page() -> None:
    served = configuration.require()
    environments = served.settings.environments
    place = next((each for each in environments if each.name == asked()), None)
    title = f"Environment {escaped(place.name)}" if place else "Environment"
    results = freshness.header(title, served, place)
    environment_choice.draw(environments, "Choose one above.")
    if place:
        one(served, place, results[0])
    else:
        st.info("Choose an environment to see all that is known of it.", icon=":material/database:")


def asked() -> str | None:
    return st.query_params.get(environment_choice.PARAMETER)


def one(served: ServedView, place: Environment, last: LastResult[Snapshot]) -> None:
    checkup = served.snapshots.checkup
    judged = checkup.environments if checkup else ()
    health = next((each for each in judged if each.environment == place), None)
    left, right = st.columns([2, 5], gap="medium")
    with left:
        cards.draw(served, [last], datetime.now(UTC))
    with right:
        found.draw(served, place, health)
        plans.draw([health] if health else [])
    if health:
        rooms.migrations(served, health)
    rooms.failures(served, place)
    rooms.orphans(served, place)
    trends.environments(served, place.name)
    access.draw(served, place)


page()
