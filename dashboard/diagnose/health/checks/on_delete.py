"""D6: what deleting a project does to its deployments, compared with the other environments.

| on delete | column   | most of the others | constraint | finding                |
| --------- | -------- | ------------------ | ---------- | ---------------------- |
| no key    | -        | -                  | -          | -                      |
| set null  | not null | -                  | -          | action-drift (error)   |
| any       | -        | the same, or a tie | -          | -                      |
| any       | -        | another            | strict     | - (the others drifted) |
| any       | -        | another            | not strict | action-drift (warning) |
"""

from collections.abc import Iterator

from dashboard.diagnose import words
from dashboard.diagnose.facts import EnvironmentFacts
from dashboard.diagnose.finding import Finding, Fix, Severity
from dashboard.diagnose.health.case import Case, Check
from dashboard.diagnose.migrations import commands
from dashboard.diagnose.migrations.states import TO_COME, migration_statuses
from dashboard.diagnose.migrations.view import LedgerView
from dashboard.diagnose.relationship import CASCADE, SET_NULL
from dashboard.diagnose.repairs import Repairs


def judge(case: Case) -> Iterator[Finding]:
    """Judge the action, beside that of the other environments."""
    facts, usual = case.facts, case.usual_action
    action = facts.key.delete_action if facts.key else None
    if action is None:
        return
    if action == SET_NULL and facts.not_null:
        yield _impossible(facts, usual)
    elif usual and action != usual and not _strict(case):
        yield _differs(case, action, usual)


def _impossible(facts: EnvironmentFacts, usual: str | None) -> Finding:
    name, nouns = facts.name, facts.catalog.nouns
    return Finding(
        code="action-drift",
        severity=Severity.ERROR,
        environment=name,
        summary=f"No {nouns.parent} with {nouns.child.a} can be deleted in {name}.",
        explanation=f"Deleting one sets the key of its {nouns.child.many} to null, but the "
        "column is NOT NULL: PostgreSQL fails with 23502, although nobody wrote a "
        "null.",
        evidence=tuple(facts.fact(words.foreign_key(key), "foreign_keys") for key in facts.keys),
        fix=_recreate(facts, CASCADE if usual in (None, SET_NULL) else usual),
        resolves_when="the key no longer sets null on delete",
    )


def _strict(case: Case) -> bool:
    constraint = case.facts.constraint
    return constraint is not None and constraint.spec == case.strict


def _to_come(case: Case) -> bool:
    """Whether a migration to come may change the action with what else is not strict yet."""
    constraint = case.facts.constraint
    pending = any(each.state in TO_COME for each in migration_statuses(case.ledger))
    return pending and case.strict is not None and bool(constraint and constraint.spec.loose)


def _differs(case: Case, action: str, usual: str) -> Finding:
    facts, name = case.facts, case.facts.name
    return Finding(
        code="action-drift",
        severity=Severity.WARNING,
        environment=name,
        summary=(
            f"The foreign key is “on delete {words.DELETE_ACTIONS[action]}” in {name}, and "
            f"“on delete {words.DELETE_ACTIONS[usual]}” in most other environments."
        ),
        explanation="The same deletion works in one environment and fails or removes more in "
        "another.",
        evidence=tuple(facts.fact(words.foreign_key(key), "foreign_keys") for key in facts.keys),
        fix=_deploy(case.ledger) if _to_come(case) else _recreate(facts, usual),
        resolves_when="the action is the same as in the other environments",
    )


def _deploy(view: LedgerView) -> Fix:
    return Fix(
        option=3,
        title=f"Apply the pending migrations in {view.environment}",
        steps=(
            "The column is still nullable and not unique: a pending migration may change all of "
            "this.",
            "Apply the pending migrations, then check again.",
        ),
        commands=(commands.prisma(view, "Apply", "deploy"),),
        risk="medium: changes the database schema; a failed migration blocks all later ones",
        needs_role="whoever may run migrations",
    )


def _recreate(facts: EnvironmentFacts, action: str) -> Fix | None:
    if facts.ends is None or facts.key is None:
        return None
    repairs = Repairs.of(facts, facts.key.name)
    return Fix(
        title=f"Make it “on delete {words.DELETE_ACTIONS[action]}”",
        steps=(
            "Find out whether a pending migration does this.",
            (
                "Otherwise run this as the table's owner. The last line fails as long as orphans "
                "remain."
            ),
        ),
        commands=(repairs.recreate_key(action),),
        risk="medium: locks both tables briefly; validation reads the whole child table",
        needs_role="table owner",
    )


CHECK = Check(
    "On delete",
    frozenset({"action-drift"}),
    judge,
    sees=lambda case: case.sees_constraint and case.facts.key is not None,
    of_constraint=True,
)
