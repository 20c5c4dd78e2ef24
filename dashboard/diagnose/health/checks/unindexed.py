"""Whether an index leads with the child's key column, whatever else guards it.

| index that leads with it and is usable for every row | finding             |
| ---------------------------------------------------- | ------------------- |
| one or more                                          | -                   |
| none, or only invalid or partial ones                | fk-unindexed (info) |
| the table has no foreign key on the column           | - (see fk-missing)  |
"""

from collections.abc import Iterator

from dashboard.diagnose.finding import Finding, Fix, Severity
from dashboard.diagnose.health.case import Case, Check
from dashboard.diagnose.repairs import Repairs


def judge(case: Case) -> Iterator[Finding]:
    """Judge the index that a deletion in the parent table needs."""
    facts = case.facts
    if facts.ends is None or facts.key is None or facts.constraint is None:
        return
    if facts.constraint.indexed:
        return
    child, parent = facts.ends
    yield Finding(
        code="fk-unindexed",
        severity=Severity.INFO,
        environment=facts.name,
        summary=f"{child.label} has no index in {facts.name}.",
        explanation=f"Deleting one row of {parent.table.name}, or finding rows by this column, "
        f"reads all of {child.table.name}.",
        evidence=(facts.fact(f"no usable index leads with {child.label}", "key_indexes"),),
        fix=_fix(case),
        resolves_when=f"an index leads with {child.label}",
    )


def _fix(case: Case) -> Fix:
    """Build it, unless a unique one is to come, which serves as well."""
    if case.single:
        return Fix(
            title="Use the unique index",
            steps=(
                "The column gets a unique index, as it has elsewhere: no other one is needed.",
                "See the findings on the migrations and on the unique index.",
            ),
            needs_role="whoever may run migrations",
        )
    return Fix(
        title="Create the index",
        steps=(
            "Add the index to the application's schema, so that the next migration keeps it.",
            "On a large table, first create it with this statement, outside a transaction.",
        ),
        commands=(Repairs.of(case.facts).index_beside_writes(),),
        risk="low: creating it reads the whole table; nothing is changed",
        needs_role="table owner",
    )


CHECK = Check(
    "Index on the key",
    frozenset({"fk-unindexed"}),
    judge,
    sees=lambda case: case.sees_constraint,
    compares=lambda case: case.facts.key is not None,
    of_constraint=True,
)
