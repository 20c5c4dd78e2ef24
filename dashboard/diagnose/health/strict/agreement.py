"""Ledger and catalog beside each other: what each says of the strict migration.

| catalog  | extent  | the script, if it is still to come       |
| -------- | ------- | ---------------------------------------- |
| S0       | none    | fails where rows stand in its way        |
| P1 to P5 | part    | fails where it finds what it wants made  |
| S1       | whole   | the same                                 |
| drift    | unknown | fails where either is so                 |
"""

from dashboard.diagnose.finding import Severity
from dashboard.diagnose.health.case import Case
from dashboard.diagnose.health.strict import partial, prediction
from dashboard.diagnose.migrations.effects import NO_EFFECTS, Effect, Effects, Extent
from dashboard.diagnose.migrations.schema.presence import Presence, Present
from dashboard.diagnose.migrations.states import (
    IN_DATABASE,
    TO_COME,
    MigrationState,
    migration_statuses,
)
from dashboard.diagnose.migrations.strict.migration import StrictMigration, StrictState

EXTENTS = {
    Presence.WHOLE: Extent.WHOLE,
    Presence.PART: Extent.PART,
    Presence.NONE: Extent.NONE,
}


def effects(case: Case) -> Effects:
    """Say how much of what the migrations make is in the catalog, as far as that is known."""
    return {**_by_rehearsal(case), **_of_strict(case)}


def _by_rehearsal(case: Case) -> Effects:
    """Take what is there of what the scripts make, object by object.

    | the migration    | of what it makes is there | deploying stops there or before | effect |
    | ---------------- | ------------------------- | ------------------------------- | ------ |
    | to come          | all, or some              | yes                             | known  |
    | to come          | any                       | no                              | -      |
    | failed           | any                       | -                               | known  |
    | applied          | nothing                   | -                               | none   |
    | applied          | all, or some              | -                               | -      |
    """
    rehearsed = case.rehearsed
    if rehearsed is None:
        return NO_EFFECTS
    stopped = next((each.name for each in rehearsed.tried.values() if each.stop), None)
    states = {each.name: each.state for each in migration_statuses(case.ledger)}
    return {
        name: Effect(EXTENTS[each.presence])
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


def _of_strict(case: Case) -> Effects:
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


def would_fail(case: Case) -> frozenset[str]:
    return _would_fail(case, case.strict) if case.strict else frozenset()


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
