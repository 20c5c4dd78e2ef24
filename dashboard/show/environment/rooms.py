"""What the other pages say of one environment, each with the way there."""

from datetime import UTC, datetime

import streamlit as st

from dashboard.collect.failures.sources import HEALTH_DAYS
from dashboard.diagnose.health.report import EnvironmentHealth
from dashboard.diagnose.words import count
from dashboard.environments import Environment
from dashboard.show.failures import states as failure_states
from dashboard.show.migrations import ledger_table
from dashboard.show.orphans import overview
from dashboard.view import ServedView


def migrations(served: ServedView, health: EnvironmentHealth) -> None:
    configured = bool(served.settings.migrations)
    ledger_table.draw([health], datetime.now(UTC), configured=configured)
    _more("migrations", "Migrations, beside the other environments", health.environment)


def failures(served: ServedView, place: Environment) -> None:
    last = served.failures[place]
    with st.container(border=True):
        st.header(f"Failures, {count(HEALTH_DAYS, 'day')}", anchor=False)
        said = last.failure or last.value
        if said is None:
            st.caption("Failures are being counted.")
        else:
            failure_states.card(place, said)
        _more("failures", "All failures", place)


def orphans(served: ServedView, place: Environment) -> None:
    with st.container(border=True):
        st.header("Orphan candidates", anchor=False)
        overview.matrix([served.orphans[place]], served.nouns)
        _more("orphans", "Rows and SQL", place)


def _more(page: str, label: str, place: Environment) -> None:
    st.page_link(
        f"show/{page}/page.py",
        label=label,
        icon=":material/arrow_forward:",
        query_params={"env": place.name},
    )
