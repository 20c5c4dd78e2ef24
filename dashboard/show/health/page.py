"""Environment health at a glance: reads snapshots only."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import streamlit as st

from dashboard.background.row_counts import RowCount
from dashboard.background.snapshots import Snapshot
from dashboard.collect.result import LastResult
from dashboard.diagnose.health.overview import overview
from dashboard.diagnose.health.report import HealthReport
from dashboard.show import charts, frames
from dashboard.show.health import cards, checks, plans
from dashboard.show.shared import (
    bars,
    clock,
    configuration,
    finding_list,
    freshness,
    links,
    notices,
    summary,
    trends,
)
from dashboard.show.shared.escaping import escaped


@st.fragment(run_every=freshness.REDRAW_S)
def page() -> None:
    served = configuration.require()
    results = freshness.header("Environment health", served)
    checkup = served.snapshots.checkup
    summary.draw(overview(checkup, served.settings.environments))
    cards.draw(served, results, datetime.now(UTC))
    if checkup:
        finding_list.draw(served, checkup, checkup.environments)
        plans.draw(checkup.environments)
        checks.draw(checkup, served.nouns)
        migrations_by_state(checkup)
    configuration.warnings(served.settings)
    trends.environments(served)
    parent, child = served.nouns.parent, served.nouns.child
    chart(f"New {parent.many} per day", "parents", results, lambda snapshot: snapshot.projects)
    if not any(each.value and each.value.self_related for each in results):
        chart(f"{child.titles} per day", "children", results, lambda snapshot: snapshot.deployments)


def migrations_by_state(checkup: HealthReport) -> None:
    frame = frames.migrations_by_state(checkup.environments)
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
        notices.not_in_chart(
            each.environment.name
            for each in checkup.environments
            if each.environment.name not in frame.index
        )


def chart(
    title: str,
    what: str,
    results: Sequence[LastResult[Snapshot]],
    counted: Callable[[Snapshot], RowCount],
) -> None:
    frame = frames.per_day(results, counted, datetime.now(UTC).date())
    names = [each.environment.name for each in results]
    with st.container(border=True):
        st.header(escaped(title), anchor=False)
        if not frame.columns.empty:
            bars.draw(
                charts.rows_per_day(frame, charts.colours(names)),
                f"{what} per day",
                f"{title} of the last 90 days, by environment",
                lambda bar: links.href("environment", env=str(frame.columns[bar[0]])),
            )
        notices.not_in_chart(name for name in names if name not in frame.columns)
        if clock.zone() != clock.UTC_NAME:
            st.caption("Days begin at midnight UTC.")  # so the databases count them


page()
