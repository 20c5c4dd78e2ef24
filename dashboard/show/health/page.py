"""Environment health at a glance: reads snapshots only."""

from datetime import UTC, datetime
from functools import partial

import streamlit as st

from dashboard.diagnose.health.overview import overview
from dashboard.diagnose.health.report import HealthReport
from dashboard.diagnose.nouns import Nouns
from dashboard.show import charts, frames
from dashboard.show.health import cards, checks, glance, per_day, plans, routes, table
from dashboard.show.shared import (
    bars,
    configuration,
    finding_list,
    freshness,
    lazy_expander,
    links,
    notices,
    summary,
    trends,
)
from dashboard.show.shared.lazy_expander import LazyExpander


@st.fragment(run_every=freshness.REDRAW_S)
def page() -> None:
    served = configuration.require()
    results = freshness.header("Environment health", served)
    checkup = served.snapshots.checkup
    many = len(results) > table.MANY
    summary.draw(overview(checkup, served.settings.environments))
    if checkup:
        glance.draw(served, checkup)
    draw = table.draw if many else cards.draw
    draw(served, results, datetime.now(UTC))
    if checkup:
        finding_list.draw(served, checkup, checkup.environments)
        plans.draw(checkup.environments)
        _by_environment(checkup, served.nouns, many=many)
    routes.draw(served)
    configuration.warnings(served.settings)
    trends.environments(served)
    per_day.draw(served, results)


def _by_environment(checkup: HealthReport, nouns: Nouns, *, many: bool) -> None:
    """Draw what takes a column or a bar for each environment; of many, once it is asked for."""
    if not many:
        checks.draw(checkup, nouns)
        migrations_by_state(checkup)
        return
    lazy_expander.draw(
        (
            LazyExpander("Checks", "checks", partial(checks.draw_many, checkup, nouns)),
            LazyExpander("Migrations by state", "states", partial(migrations_by_state, checkup)),
        )
    )


def migrations_by_state(checkup: HealthReport) -> None:
    every = frames.migrations_by_state(checkup.environments)
    frame = every.head(table.MANY)
    with st.container(border=True):
        st.header("Migrations by state", anchor=False)
        if frame.empty:
            st.caption("No environment has a ledger that can be read.")
            return
        bars.draw(
            charts.migrations_by_state(frame),
            "migrations by state",
            "Migrations by state, one bar an environment",
            lambda bar: links.href("migrations", env=str(frame.index[bar[1]])),
        )
        names = [each.environment.name for each in checkup.environments]
        notices.not_in_chart(each for each in names if each not in every.index)
        notices.not_in_chart(every.index[table.MANY :], "only the worst are drawn")


page()
