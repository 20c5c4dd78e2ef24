"""Ledger and catalog beside each other: what each says of the strict migration.

| catalog  | extent  | the script, if it is still to come       |
| -------- | ------- | ---------------------------------------- |
| S0       | none    | fails where rows stand in its way        |
| P1 to P5 | part    | fails where it finds what it wants made  |
| S1       | whole   | the same                                 |
| drift    | unknown | fails where either is so                 |
"""

from dataclasses import replace

from dashboard.diagnose.finding import Severity
from dashboard.diagnose.health.case import Case
from dashboard.diagnose.health.strict import partial, prediction
from dashboard.diagnose.migrations.effects import NO_EFFECTS, Effect, Effects, Extent
from dashboard.diagnose.migrations.states import TO_COME, migration_statuses
from dashboard.diagnose.migrations.strict.migration import StrictMigration, StrictState
from dashboard.diagnose.migrations.view import LedgerView


def effects(case: Case) -> Effects:
    """Say how much of what the strict migration makes is in the catalog."""
    migration = case.strict.migration if case.strict else None
    match case.strict_state:
        case _ if migration is None:
            return NO_EFFECTS
        case None | StrictState.DRIFT:
            return NO_EFFECTS
        case StrictState.S0:
            return {migration: Effect(Extent.NONE)}
        case StrictState.S1:
            return {migration: Effect(Extent.WHOLE)}
        case _:
            return {migration: Effect(Extent.PART, partial.finish(case))}


def foreseen(case: Case) -> LedgerView:
    """Add what is proven of the migration still to come: Prisma would run into it."""
    return (
        replace(case.ledger, would_fail=_would_fail(case, case.strict))
        if case.strict
        else case.ledger
    )


def _would_fail(case: Case, strict: StrictMigration) -> frozenset[str]:
    """Name the strict migration where it is proven that its script, run now, fails.

    | rows stop it | it finds what it wants made | another is applied before it | proven |
    | ------------ | --------------------------- | ---------------------------- | ------ |
    | yes          | -                           | -                            | yes    |
    | no           | yes                         | no                           | yes    |
    | no           | yes                         | yes: it may make room        | no     |
    | no           | no                          | -                            | no     |
    """
    if strict.migration is None:
        return frozenset()
    predicted = prediction.judge(case)
    stopped = predicted is not None and predicted.severity is Severity.ERROR
    earlier = any(
        each.state in TO_COME and each.name < strict.migration
        for each in migration_statuses(case.ledger)
    )
    collides = not earlier and strict.collides(case.facts)
    return frozenset({strict.migration} if stopped or collides else ())
