"""Ledger and catalog beside each other: how much of what a migration makes is there.

| the migration    | of what it makes is there | deploying stops there or before | effect |
| ---------------- | ------------------------- | ------------------------------- | ------ |
| to come          | all, or some              | yes                             | known  |
| to come          | any                       | no                              | -      |
| failed           | any                       | -                               | known  |
| applied          | nothing                   | -                               | none   |
| applied          | all, or some              | -                               | -      |
"""

from dashboard.diagnose import words
from dashboard.diagnose.finding import Fix
from dashboard.diagnose.health.case import Case
from dashboard.diagnose.migrations import commands
from dashboard.diagnose.migrations.effects import NO_EFFECTS, Effect, Effects, Extent
from dashboard.diagnose.migrations.schema.presence import Presence, Present
from dashboard.diagnose.migrations.states import (
    IN_DATABASE,
    TO_COME,
    MigrationState,
    migration_statuses,
)
from dashboard.diagnose.migrations.view import LedgerView

EXTENTS = {
    Presence.WHOLE: Extent.WHOLE,
    Presence.PART: Extent.PART,
    Presence.NONE: Extent.NONE,
}


def effects(case: Case) -> Effects:
    """Say how much of what the migrations make is in the catalog, as far as that is known."""
    rehearsed = case.rehearsed
    if rehearsed is None:
        return NO_EFFECTS
    stopped = next((each.name for each in rehearsed.tried.values() if each.stop), None)
    states = {each.name: each.state for each in migration_statuses(case.ledger)}
    return {
        name: _effect(case.ledger, name, each)
        for name, each in rehearsed.presence.items()
        if each.presence in EXTENTS
        and _tells(states.get(name), each, stopped=stopped is not None and name >= stopped)
    }


def _tells(state: MigrationState | None, present: Present, *, stopped: bool) -> bool:
    if state in TO_COME:
        return stopped
    if state in IN_DATABASE:
        return present.presence is Presence.NONE
    return state is MigrationState.FAILED


def _effect(view: LedgerView, name: str, present: Present) -> Effect:
    half = present.presence is Presence.PART
    return Effect(EXTENTS[present.presence], _finish(view, name, present) if half else None)


def _finish(view: LedgerView, name: str, present: Present) -> Fix:
    return Fix(
        title=f"Finish {name} by hand in {view.environment}",
        steps=(
            "Take the statements from its migration.sql that make what is missing: "
            f"{words.some(present.missing)}.",
            "Find the rows that these would stop at, and correct them.",
            "Run the statements as the table's owner, in one transaction: nothing remains of "
            "them if one fails.",
            "Then mark it as applied in Prisma.",
        ),
        commands=commands.resolve(view, "--applied", [name]),
        risk="high: changes the database schema by hand, and locks the tables",
        needs_role="table owner",
    )


def way_out(case: Case) -> Fix | None:
    """Give the one way out where half of a migration of the child's table is there."""
    child, rehearsed = case.facts.catalog.child, case.rehearsed
    if child is None or rehearsed is None:
        return None
    table = (child.table.schema, child.table.name)
    finishing = (
        each.finish
        for name, each in effects(case).items()
        if any(key[1:3] == table for key in rehearsed.presence[name].objects)
    )
    return next(filter(None, finishing), None)
