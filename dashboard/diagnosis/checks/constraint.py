"""Family D, the foreign key of one environment: what decides whether it is really enforced.

| foreign keys on the column              | finding             |
| --------------------------------------- | ------------------- |
| none                                    | fk-missing          |
| NOT ENFORCED (PostgreSQL 18)            | fk-not-enforced     |
| NOT VALID                               | fk-not-valid        |
| triggers off on the child               | child-triggers-off  |
| triggers off on the parent              | parent-triggers-off |
| points at another table than it should  | wrong-target        |
| initially deferred                      | deferred            |
"""

from collections.abc import Iterator

from dashboard.diagnosis import facts, fixes, statements
from dashboard.diagnosis.evidence import Definition, Evidence, Look, Relation
from dashboard.diagnosis.finding import Command, Fact, Finding, Fix, Severity
from queries.rows import ForeignKey


def check(evidence: Evidence, look: Look) -> Iterator[Finding]:
    """Judge the foreign key of one environment that answered."""
    child, definition = look.schema.child, look.schema.definition
    if definition is None or look.schema.parent is None:
        return
    if not look.foreign_keys:
        yield _missing(evidence, look, definition)
    if child is None:
        return
    for key in look.foreign_keys:
        yield from _enforcement(look, key, child)
        yield from _direction(look, key, child)


def _missing(evidence: Evidence, look: Look, definition: Definition) -> Finding:
    name, here = look.environment.name, look.environment == evidence.target
    column = f"{definition.child_table}.{definition.child_column}"
    return _found(
        look,
        code="fk-missing",
        summary=f"{name} has no foreign key on {column}.",
        explanation="It accepts deployments of projects that do not exist, and cannot raise "
        "the error: an error from there is from before, or from another database.",
        fix=fixes.recreate_foreign_key(evidence, evidence.constraint) if here else None,
        resolves_when=f"{column} has its foreign key again",
    )


def _enforcement(look: Look, key: ForeignKey, child: Relation) -> Iterator[Finding]:
    name, table = look.environment.name, statements.relation(child.table)
    constraint = statements.identifier(key.name)
    if not key.enforced:
        yield _found(
            look,
            code="fk-not-enforced",
            summary=f"{key.name} is NOT ENFORCED in {name}: it checks nothing.",
            fix=_alter(f"alter table {table} alter constraint {constraint} enforced;"),
            resolves_when="the constraint is enforced",
        )
    elif not key.validated:
        yield _found(
            look,
            code="fk-not-valid",
            severity=Severity.WARNING,
            summary=f"{key.name} is NOT VALID in {name}: rows from before it were not checked.",
            explanation="New rows are checked, so an error about a new deployment is genuine.",
            fix=_alter(f"alter table {table} validate constraint {constraint};"),
            resolves_when="the constraint is validated",
        )
    if key.child_triggers_on is False:
        yield _found(
            look,
            code="child-triggers-off",
            summary=f"The checks of {key.name} on new rows are switched off in {name}.",
            explanation="It accepts deployments of projects that do not exist.",
            fix=_alter(f"alter table {table} enable trigger all;"),
            resolves_when="the triggers of the child table are enabled",
        )


def _direction(look: Look, key: ForeignKey, child: Relation) -> Iterator[Finding]:
    name, parent, rightful = look.environment.name, look.schema.parent, look.schema.namesake
    if key.parent_triggers_on is False and parent:
        table = statements.relation(parent.table)
        yield _found(
            look,
            code="parent-triggers-off",
            summary=f"The checks of {key.name} on deletes are switched off in {name}.",
            explanation="Deleting a project leaves its deployment behind.",
            fix=_alter(f"alter table {table} enable trigger all;"),
            resolves_when="the triggers of the parent table are enabled",
        )
    if rightful and parent and key.parent_oid == parent.table.oid:
        yield _found(
            look,
            code="wrong-target",
            summary=(
                f"{key.name} points at {parent.table.schema}.{parent.table.name} in {name}, not at "
                f"{rightful.table.schema}.{rightful.table.name}."
            ),
            explanation="Projects of the right table cannot be deployed.",
            resolves_when="the foreign key points at the application's own table",
        )
    if key.initially_deferred:
        yield _found(
            look,
            code="deferred",
            severity=Severity.INFO,
            summary=f"{key.name} is checked at commit in {name}.",
            explanation=f"An error shows at COMMIT, not at the insert into {child.table.name}.",
            resolves_when="the constraint is checked immediately",
        )


def _alter(command: str) -> Fix:
    return Fix(
        title="Switch it on again",
        steps=(
            "Look for orphans first: rows that slipped in are not checked afterwards.",
            "Run this as the owner of the table.",
        ),
        commands=(Command(command),),
        risk="low: a short lock; validating reads the whole child table",
        needs_role="table owner",
    )


def _found(look: Look, *, severity: Severity = Severity.ERROR, **values: object) -> Finding:
    seen = tuple(
        Fact(
            look.environment.name,
            facts.foreign_key_words(key),
            "foreign_keys",
            look.proof.as_of,
            round(look.ms, 1),
        )
        for key in look.foreign_keys
    )
    return Finding(
        severity=severity,
        environment=look.environment.name,
        evidence=seen,
        **values,  # type: ignore[arg-type]  # the fields of Finding, checked by its constructor
    )
