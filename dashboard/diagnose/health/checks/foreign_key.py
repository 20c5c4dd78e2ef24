"""Family D, the foreign key of one environment: what decides whether it is really enforced.

| foreign keys on the column              | finding              |
| --------------------------------------- | -------------------- |
| none                                    | fk-missing           |
| more than one                           | double-fk            |
| NOT ENFORCED (PostgreSQL 18)            | fk-not-enforced      |
| NOT VALID                               | fk-not-valid         |
| triggers off on the child               | child-triggers-off   |
| triggers off on the parent              | parent-triggers-off  |
| points at another table than elsewhere  | wrong-target         |
| points at a table that was renamed      | wrong-target, likely |
| initially deferred                      | deferred             |
"""

from collections.abc import Iterator
from dataclasses import replace

from dashboard.diagnose import fixes, words
from dashboard.diagnose.facts import Blocker, Definition, EnvironmentFacts, Relation
from dashboard.diagnose.finding import Command, Confidence, Finding, Fix, Severity
from dashboard.diagnose.health.case import Case, Check
from dashboard.diagnose.health.effects import way_out
from dashboard.diagnose.relationship import CASCADE, SET_NULL
from dashboard.diagnose.repairs import Repairs
from queries.rows import ForeignKey


def judge(case: Case) -> Iterator[Finding]:
    """Judge the foreign keys on the child's key column."""
    facts = case.facts
    definition = facts.catalog.definition
    if definition is None or facts.catalog.parent is None:
        return
    # without its table there is nothing that a key would guard; see visible.py
    if not facts.keys and facts.catalog.child is not None:
        yield _missing(case, definition)
    if facts.ends is None:
        return
    if len(facts.keys) > 1:
        yield _doubled(facts)
    for key in facts.keys:
        repairs = Repairs.of(facts, key.name)
        yield from _enforcement(facts, key, repairs)
        yield from _direction(facts, key, repairs, case.usual_action)


def _missing(case: Case, definition: Definition) -> Finding:
    facts, name = case.facts, case.facts.name
    column = definition.child_label
    return _found(
        facts,
        code="fk-missing",
        summary=f"{name} has no foreign key on {column}.",
        explanation=f"{_accepts(facts)} and cannot raise this error: an error from there is "
        "older or comes from another database.",
        # one way out of a half-applied migration, not a second one that undoes the first
        fix=way_out(case) or _recreate(facts, facts.catalog.constraint, case.usual_action),
        resolves_when=f"{column} has its foreign key again",
    )


def _doubled(facts: EnvironmentFacts) -> Finding:
    return _found(
        facts,
        code="double-fk",
        summary=(
            f"{facts.name} has {words.count(len(facts.keys), 'foreign key')} on one column: "
            f"{words.listed([key.name for key in facts.keys])}."
        ),
        explanation="A row must satisfy all of them, and a deletion triggers the action of each.",
        fix=drop_strays(facts),
        resolves_when="the column has one foreign key",
    )


def drop_strays(facts: EnvironmentFacts) -> Fix:
    """Leave the configured key alone on its column; nothing is dropped where that is not there."""
    ours = facts.key
    known = ours is not None and ours.name == facts.catalog.constraint
    repairs = Repairs.of(facts)
    drops = tuple(
        repairs.alter_key(key.name, "drop constraint {}") for key in facts.keys if key is not ours
    )
    return Fix(
        title="Drop the extra one",
        steps=(
            "Find out which migration or tool created each of them.",
            f"Keep {facts.catalog.constraint} and drop the other with this statement."
            if known
            else "Keep the one in the application's schema and drop the others.",
        ),
        commands=drops if known else (),
        risk="medium: what only the extra one enforced is no longer enforced",
        needs_role="table owner",
    )


def _enforcement(facts: EnvironmentFacts, key: ForeignKey, repairs: Repairs) -> Iterator[Finding]:
    name, child = facts.name, facts.catalog.child
    if not key.enforced:
        yield _found(
            facts,
            code="fk-not-enforced",
            summary=f"{key.name} is NOT ENFORCED in {name}: it checks nothing.",
            fix=_switched_on(repairs, repairs.alter_key(key.name, "alter constraint {} enforced")),
            resolves_when="the constraint is enforced",
        )
    elif not key.validated:
        yield _found(
            facts,
            code="fk-not-valid",
            severity=Severity.WARNING,
            summary=f"{key.name} is NOT VALID in {name}: older rows were never checked.",
            explanation="New rows are checked, so an error about a new "
            f"{facts.catalog.nouns.child} is genuine.",
            fix=_switched_on(repairs, repairs.alter_key(key.name, "validate constraint {}")),
            resolves_when="the constraint is validated",
        )
    if key.child_triggers_on is False and child:
        yield _found(
            facts,
            code="child-triggers-off",
            summary=f"{key.name} does not check new rows in {name}: its triggers are disabled.",
            explanation=f"{_accepts(facts)}.",
            fix=_triggers_on(repairs, child),
            resolves_when="the triggers of the child table are enabled",
        )


def _direction(
    facts: EnvironmentFacts, key: ForeignKey, repairs: Repairs, usual: str | None
) -> Iterator[Finding]:
    name, parent, nouns = facts.name, facts.catalog.parent, facts.catalog.nouns
    rightful = facts.catalog.expected_parent
    if key.parent_triggers_on is False and parent:
        yield _found(
            facts,
            code="parent-triggers-off",
            summary=f"{key.name} does not check deletes in {name}: its triggers are disabled.",
            explanation=f"Deleting {nouns.parent.a} leaves its {nouns.child.many} behind.",
            fix=_triggers_on(repairs, parent),
            resolves_when="the triggers of the parent table are enabled",
        )
    if rightful and parent and _is_of(key, parent):
        yield _found(
            facts,
            code="wrong-target",
            summary=(
                f"{key.name} references {_called(parent)} in {name} instead of {_called(rightful)}."
            ),
            explanation=f"{nouns.child.titles} of {nouns.parent.many} in the right table fail.",
            fix=_recreate(facts, key.name, usual),
            resolves_when="the foreign key references the application's own table",
        )
    elif (renamed := facts.catalog.renamed_parent) and parent and _is_of(key, parent):
        yield _found(
            facts,
            code="wrong-target",
            confidence=Confidence.LIKELY,
            summary=(
                f"{key.name} references {_called(parent)} in {name}, but {_called(renamed)} "
                "also exists."
            ),
            explanation="A foreign key follows a renamed table: it does not see rows of the "
            "table that took the old name.",
            fix=fixes.which_table(key.name),
            resolves_when="the foreign key references the application's own table",
        )
    if key.initially_deferred:
        yield _found(
            facts,
            code="deferred",
            severity=Severity.INFO,
            summary=f"{key.name} is checked at commit in {name}.",
            explanation=f"An error appears at COMMIT, not at the insert into {key.child_table}.",
            resolves_when="the constraint is checked immediately",
        )


def _is_of(key: ForeignKey, parent: Relation) -> bool:
    return key.parent_oid == parent.table.oid


def _called(relation: Relation) -> str:
    return f"{relation.table.schema}.{relation.table.name}"


def _accepts(facts: EnvironmentFacts) -> str:
    nouns = facts.catalog.nouns
    return f"It accepts {nouns.child.many} of {nouns.parent.many} that do not exist"


def _recreate(facts: EnvironmentFacts, key_name: str, usual: str | None) -> Fix | None:
    """Protect new rows first; then the orphans can be looked at without new ones coming."""
    if facts.ends is None:
        return None
    action = usual or CASCADE
    if action == SET_NULL and facts.not_null:
        action = CASCADE
    repairs = Repairs.of(facts, key_name)
    parent = facts.ends[1].table
    return Fix(
        title=f"Make {key_name} reference {parent.schema}.{parent.name} again",
        steps=(
            "Find out which migration changed it and whether a pending one restores it.",
            "Otherwise run this as the table's owner. From then on, new rows are checked.",
            "Its last line fails as long as orphans remain: review them, correct or delete "
            "them, and run that line again.",
            *repairs.caution([Blocker.DANGLING]),
        ),
        commands=(repairs.recreate_key(action), *repairs.clean([Blocker.DANGLING])),
        risk="medium: locks both tables briefly; validation reads the whole child table",
        needs_role="table owner",
    )


def _triggers_on(repairs: Repairs, table: Relation) -> Fix:
    """Let a superuser do it: the triggers of a foreign key are the system's, not the owner's."""
    fix = _switched_on(repairs, repairs.enable_triggers(table))
    steps = ("Run the first statement as a superuser.", *fix.steps[1:])
    return replace(fix, steps=steps, needs_role="superuser")


def _switched_on(repairs: Repairs, command: Command) -> Fix:
    return Fix(
        title="Enable it again",
        steps=(
            "Run the first statement as the owner of the table.",
            "Look for orphans: rows written meanwhile are not always checked, and where they "
            "are, the statement fails until the orphans are gone.",
            "Correct or delete them, and run the first statement again if it failed.",
            *repairs.caution([Blocker.DANGLING]),
        ),
        commands=(command, *repairs.clean([Blocker.DANGLING])),
        risk="low: locks the table briefly; validation reads the whole child table",
        needs_role="table owner",
    )


def _found(
    facts: EnvironmentFacts, *, severity: Severity = Severity.ERROR, **values: object
) -> Finding:
    return Finding(
        severity=severity,
        environment=facts.name,
        evidence=tuple(facts.fact(words.foreign_key(key), "foreign_keys") for key in facts.keys),
        **values,  # type: ignore[arg-type]  # the fields of Finding, checked by its constructor
    )


CHECK = Check(
    "Foreign key",
    frozenset(
        {"fk-missing", "fk-not-valid", "fk-not-enforced", "child-triggers-off"}
        | {"parent-triggers-off", "wrong-target", "double-fk", "deferred"}
    ),
    judge,
    sees=lambda case: case.sees_constraint,
    in_lookup=True,
    of_constraint=True,
)
