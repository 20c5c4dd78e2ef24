"""Environment health at a glance: reads snapshots only."""

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from functools import partial

import streamlit as st

from dashboard.background.row_counts import RowCount
from dashboard.background.snapshots import Snapshot
from dashboard.collect.result import LastResult
from dashboard.diagnose.health.overview import overview
from dashboard.diagnose.health.report import HealthReport
from dashboard.diagnose.nouns import Nouns
from dashboard.show import charts, frames
from dashboard.show.health import cards, checks, glance, plans, routes, table
from dashboard.show.shared import (
    bars,
    clock,
    configuration,
    finding_list,
    freshness,
    lazy_expander,
    links,
    notices,
    summary,
    trends,
)
from dashboard.show.shared.escaping import escaped
from dashboard.show.shared.lazy_expander import LazyExpander
from dashboard.view import ServedView


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
    per_day(served, results)


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


def per_day(served: ServedView, results: Sequence[LastResult[Snapshot]]) -> None:
    parent, child = served.nouns.parent, served.nouns.child
    with st.grid("auto", min_column_width=420):
        chart(served, f"New {parent.many} per day", results, lambda snapshot: snapshot.projects)
        if not any(each.value and each.value.self_related for each in results):
            chart(
                served,
                f"{child.titles} per day",
                results,
                lambda snapshot: snapshot.deployments,
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


def chart(
    served: ServedView,
    title: str,
    results: Sequence[LastResult[Snapshot]],
    counted: Callable[[Snapshot], RowCount],
) -> None:
    ranked = frames.ranked(served.settings.environments)
    every = frames.per_day(results, counted, datetime.now(UTC).date())
    frame = frames.few(every, ranked)
    with st.container(border=True):
        st.header(escaped(title), anchor=False)
        if not frame.columns.empty:
            bars.draw(
                charts.rows_per_day(frame, charts.colours(list(frame.columns), ranked)),
                title,
                f"{title} of the last 90 days, by environment",
                lambda bar: _page_of(str(frame.columns[bar[0]]), ranked),
            )
        notices.not_in_chart(name for name in ranked if name not in every.columns)
        if clock.zone() != clock.UTC_NAME:
            st.caption("Days begin at midnight UTC.")  # so the databases count them


def _page_of(name: str, environments: Collection[str]) -> str | None:
    """Lead to an environment; the others of a chart have no page."""
    return links.href("environment", env=name) if name in environments else None


page()
