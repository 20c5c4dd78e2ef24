"""Migrations: the ledger of every environment, the constraint they make, and what Prisma says."""

from collections.abc import Sequence
from datetime import UTC, datetime

import streamlit as st

from dashboard.diagnose.health.checks import SCHEMA_CODES
from dashboard.diagnose.health.overview import overview
from dashboard.diagnose.health.report import HealthReport
from dashboard.environments import Environment
from dashboard.show.migrations import (
    constraint_tables,
    ledger_table,
    prisma_answers,
    rehearsal,
    schema_diff,
)
from dashboard.show.shared import (
    configuration,
    environment_choice,
    finding_list,
    freshness,
    summary,
    titles,
)
from dashboard.view import ServedView

WELL = ("has its migrations and its constraint", "have their migrations and their constraint")


@st.fragment(run_every=freshness.REDRAW_S)
def page() -> None:
    served = configuration.require()
    freshness.header("Migrations", served)
    checkup = served.snapshots.checkup
    chosen = environment_choice.draw(served.settings.environments)
    shown = [each for each in served.settings.environments if chosen in (None, each.name)]
    summary.draw(overview(checkup, shown, SCHEMA_CODES, WELL))
    if chosen:
        titles.show(chosen)
    if checkup:
        _ledgers(served, checkup, shown)


def _ledgers(served: ServedView, checkup: HealthReport, shown: Sequence[Environment]) -> None:
    healths = [each for each in checkup.environments if each.environment in shown]
    configured = bool(served.settings.migrations)
    rehearsed = served.settings.rehearsal and configured
    if rehearsed:
        rehearsal.draw(healths)
    ledger_table.draw(healths, datetime.now(UTC), configured=configured)
    finding_list.draw(served, checkup, healths, SCHEMA_CODES)
    if rehearsed:
        schema_diff.draw(healths)
    prisma_answers.draw(healths)
    constraint_tables.drift(served, checkup)


page()
