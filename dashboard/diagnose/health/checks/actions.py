"""D6: what deleting a project does to its deployments, compared with the other environments.

| on delete | column   | most of the others | shape      | finding                |
| --------- | -------- | ------------------ | ---------- | ---------------------- |
| no key    | -        | -                  | -          | -                      |
| set null  | not null | -                  | -          | action-drift (error)   |
| any       | -        | the same, or a tie | -          | -                      |
| any       | -        | another            | strict     | - (the others drifted) |
| any       | -        | another            | not strict | action-drift (warning) |
"""

from collections.abc import Iterable, Iterator

from dashboard.diagnose.facts import foreign_key_words
from dashboard.diagnose.finding import Command, Finding, Fix, Severity
from dashboard.diagnose.fixes import DELETE_ACTIONS
from dashboard.diagnose.health.checks.repairs import CASCADE, Repairs
from dashboard.diagnose.health.checks.shape import SET_NULL, Inspection, majority
from dashboard.diagnose.health.checks.strict import State, Strict


def usual_action(inspections: Iterable[Inspection]) -> str | None:
    """Say what most of these environments do on delete."""
    return majority(each.key.delete_action for each in inspections if each.key)


def check(inspection: Inspection, usual: str | None, strict: Strict | None) -> Iterator[Finding]:
    """Judge the action; `usual` is the other environments'."""
    action = inspection.key.delete_action if inspection.key else None
    state = strict.state(inspection) if strict else None
    if action is None:
        return
    if action == SET_NULL and not_null(inspection):
        yield _impossible(inspection, usual)
    elif usual and action != usual and state is not State.S1:
        yield _differs(inspection, action, usual, state)


def not_null(inspection: Inspection) -> bool:
    if inspection.column is not None:
        return inspection.column.not_null
    return bool(inspection.schema.child and inspection.schema.child.key_not_null)


def _impossible(inspection: Inspection, usual: str | None) -> Finding:
    name = inspection.environment.name
    return Finding(
        code="action-drift",
        severity=Severity.ERROR,
        environment=name,
        summary=f"No project that is deployed can be deleted in {name}.",
        explanation="Deleting one sets the key of its deployment to null, and the column is NOT "
        "NULL: PostgreSQL refuses with 23502, although nobody wrote a null.",
        evidence=tuple(
            inspection.saw(foreign_key_words(key), "foreign_keys") for key in inspection.keys
        ),
        fix=_recreate(inspection, CASCADE if usual in (None, SET_NULL) else usual),
        resolves_when="the key no longer sets null on delete",
    )


def _differs(inspection: Inspection, action: str, usual: str, state: State | None) -> Finding:
    name = inspection.environment.name
    to_come = state is State.S0 and not inspection.strict_applied
    return Finding(
        code="action-drift",
        severity=Severity.WARNING,
        environment=name,
        summary=(
            f"The foreign key is “on delete {DELETE_ACTIONS[action]}” in {name}, and "
            f"“on delete {DELETE_ACTIONS[usual]}” in most other environments."
        ),
        explanation="The same deletion works in one environment and fails, or takes more with it, "
        "in another.",
        evidence=tuple(
            inspection.saw(foreign_key_words(key), "foreign_keys") for key in inspection.keys
        ),
        fix=_deploy(name) if to_come else _recreate(inspection, usual),
        resolves_when="the action is the same as in the other environments",
    )


def _deploy(name: str) -> Fix:
    return Fix(
        option=3,
        title=f"Bring the migrations of {name} up to date",
        steps=(
            "The constraint is as before the strict migration, which changes the action.",
            "Apply what is pending, with DATABASE_URL set to that environment.",
        ),
        commands=(Command("npx prisma migrate deploy", "bash", "Apply"),),
        risk="medium: changes the database's schema; a migration that fails stops all later ones",
        needs_role="whoever may deploy",
    )


def _recreate(inspection: Inspection, action: str) -> Fix | None:
    if inspection.ends is None or inspection.key is None:
        return None
    repairs = Repairs.of(inspection, inspection.key.name)
    return Fix(
        title=f"Make it “on delete {DELETE_ACTIONS[action]}”",
        steps=(
            "Find out whether a pending migration does this (option 3).",
            "Otherwise run this as the table's owner; the last line fails while orphans are left.",
        ),
        commands=(repairs.recreate_key(action),),
        risk="medium: takes a short lock on both tables; validating reads the whole child table",
        needs_role="table owner",
    )
