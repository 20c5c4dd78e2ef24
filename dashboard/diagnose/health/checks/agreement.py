"""Ledger and catalog beside each other: what each says of the strict migration.

| catalog  | extent  | the script, if it is still to come       |
| -------- | ------- | ---------------------------------------- |
| S0       | none    | fails where rows stand in its way        |
| P1 to P5 | part    | fails where it finds what it wants made  |
| S1       | whole   | the same                                 |
| drift    | unknown | fails where either is so                 |
"""

from dataclasses import replace

from dashboard.diagnose.finding import Finding, Severity
from dashboard.diagnose.health.checks import partial
from dashboard.diagnose.health.checks.shape import Inspection
from dashboard.diagnose.health.checks.strict import State, Strict
from dashboard.diagnose.migrations.effects import NO_EFFECTS, Effect, Effects, Extent
from dashboard.diagnose.migrations.states import Standing, standings
from dashboard.diagnose.migrations.states import State as Ledgered
from dashboard.diagnose.migrations.view import LedgerView

TO_COME = frozenset({Ledgered.PENDING, Ledgered.ROLLED_BACK})


def with_ledger(inspection: Inspection, view: LedgerView, migration: str | None) -> Inspection:
    """Add what the ledger says of the strict migration.

    | rows that were not rolled back | applied |
    | ------------------------------ | ------- |
    | the ledger could not be read   | unknown |
    | one of them is running         | unknown |
    | some, all finished             | yes     |
    | none, or one failed            | no      |
    """
    if migration is None or view.rows is None:
        return inspection
    standing = next((each for each in standings(view) if each.name == migration), None)
    if standing and standing.state is Ledgered.RUNNING:
        return inspection
    return replace(inspection, strict_applied=_applied(standing))


def _applied(standing: Standing | None) -> bool:
    return bool(standing and standing.live and not standing.unfinished)


def effects(inspection: Inspection, strict: Strict | None) -> Effects:
    """Say how much of what the strict migration makes is in the catalog."""
    state = strict.state(inspection) if strict else None
    if strict is None or strict.migration is None or state in (None, State.DRIFT):
        return NO_EFFECTS
    if state is State.S0:
        return {strict.migration: Effect(Extent.NONE)}
    if state is State.S1:
        return {strict.migration: Effect(Extent.WHOLE)}
    return {strict.migration: Effect(Extent.PART, partial.finish(inspection, strict))}


def rewriting(view: LedgerView, strict: Strict) -> tuple[str, ...]:
    """Name what is still to come, up to the strict migration, and changes rows."""
    if strict.script is None:
        return ()
    names = [each.name for each in _to_come(view) if each.name <= strict.script.migration]
    return tuple(name for name in names if name in strict.script.rewriting)


def would_fail(
    view: LedgerView, inspection: Inspection, strict: Strict, foretold: Finding | None
) -> frozenset[str]:
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
    stopped = foretold is not None and foretold.severity is Severity.ERROR
    earlier = any(each.name < strict.migration for each in _to_come(view))
    collides = not earlier and strict.collides(inspection)
    return frozenset({strict.migration} if stopped or collides else ())


def _to_come(view: LedgerView) -> tuple[Standing, ...]:
    return tuple(each for each in standings(view) if each.state in TO_COME)
