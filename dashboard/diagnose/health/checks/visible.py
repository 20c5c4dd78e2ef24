"""Families A3 to A5 of the check: what hides the tables and their rows from the dashboard.

The first line that holds of a table decides; of both tables the worst is told.

| the table is            | finding         |
| ----------------------- | --------------- |
| in a schema not usable  | table-forbidden |
| not there, or unclear   | table-absent    |
| not to be read          | table-forbidden |
| under row security      | rls-hides       |
| seen whole              | -               |

The catalog is judged all the same: it can be read without any privilege on a table. But rows that
are not seen may be anything, so an environment like this is never called healthy.
"""

from collections.abc import Iterator, Sequence

from dashboard.diagnose import fixes, unanswered, words
from dashboard.diagnose.facts import EnvironmentFacts, Relation
from dashboard.diagnose.finding import Finding, Fix, Severity
from dashboard.diagnose.health.case import Case, Check
from dashboard.diagnose.health.foreseen import maker


def judge(case: Case) -> Iterator[Finding]:
    """Judge both of the constraint's tables."""
    facts, catalog = case.facts, case.facts.catalog
    ends = [each for each in (catalog.own_parent, catalog.child) if each]
    if catalog.server.schema_exists and not catalog.usable:
        yield _unusable(facts)
    elif len(ends) < 2:
        yield _to_come(case) or _absent(facts)
    elif forbidden := [each for each in ends if each.forbidden]:
        yield _forbidden(facts, forbidden)
    elif hidden := [each for each in ends if each.table.row_security]:
        yield _hidden(facts, hidden)


def _unusable(facts: EnvironmentFacts) -> Finding:
    name, catalog = facts.name, facts.catalog
    return Finding(
        code="table-forbidden",
        severity=Severity.UNKNOWN,
        environment=name,
        summary=f"The dashboard may not use the schema “{catalog.name}” in {name}.",
        explanation="The state of its tables and migrations is unknown.",
        evidence=(facts.fact(f"the role lacks usage on the schema “{catalog.name}”", "tables"),),
        fix=fixes.use_schema(name, catalog.name, catalog.server.role),
        resolves_when="the role may use the schema",
    )


def _to_come(case: Case) -> Finding | None:
    """Say which pending migration makes the table; without its table nothing guards nothing."""
    definition, name = case.facts.catalog.definition, case.facts.name
    tables = (definition.child_table, definition.parent_table) if definition else ()
    made = [(table, maker(case, table)) for table in tables]
    table, migration = next((each for each in made if each[1]), (None, None))
    if migration is None:
        return None
    return Finding(
        code="table-absent",
        severity=Severity.UNKNOWN,
        environment=name,
        summary=(
            f"The table {table} does not exist in {name} yet: the pending migration "
            f"{migration} creates it."
        ),
        explanation="Nothing can be written to it yet; no foreign key is lost.",
        cause=4,
        evidence=(case.facts.fact(f"no table {table}", "tables"),),
        fix=Fix(
            title=f"Apply the pending migrations of {name}",
            steps=("See the finding about the pending migrations.",),
        ),
        resolves_when="both tables exist",
    )


def _absent(facts: EnvironmentFacts) -> Finding:
    name = facts.name
    return Finding(
        code="table-absent",
        severity=Severity.UNKNOWN,
        environment=name,
        summary=(
            f"The constraint's tables are not visible in {name}."
            if facts.catalog.foreign_keys
            else f"{name} has no foreign keys, so there is nothing to check."
        ),
        explanation=_why_absent(facts),
        cause=4,
        fix=Fix(
            title=f"Correct the configuration of {name}",
            steps=(
                "Check that its URL names the right database and ?schema=, and that constraint "
                "under [diagnosis] names a foreign key of its schema.",
                "Check that the role may use the schema and read both tables.",
            ),
            needs_role="operations",
        ),
        resolves_when="both tables exist, and the role may use their schema",
    )


def _why_absent(facts: EnvironmentFacts) -> str:
    if facts.catalog.unclear:
        return f"{facts.catalog.unclear[0].upper()}{facts.catalog.unclear[1:]}."
    if facts.catalog.definition is None:
        said = "No environment has the constraint, so its tables are unknown."
        return f"{said} {fixes.which_constraint(facts.catalog)}"
    return "They do not exist, or this role cannot see them."


def _forbidden(facts: EnvironmentFacts, tables: Sequence[Relation]) -> Finding:
    name = facts.name
    labels = words.listed([each.label for each in tables])
    return Finding(
        code="table-forbidden",
        severity=Severity.UNKNOWN,
        environment=name,
        summary=f"The dashboard may not read {labels} in {name}.",
        explanation="The constraint is checked in the catalog; the rows are not checked.",
        evidence=(facts.fact(f"the role lacks select on {labels}", "tables"),),
        fix=fixes.grant(name, tables, facts.catalog.server.role),
        resolves_when="the role has select on the needed columns",
    )


def _hidden(facts: EnvironmentFacts, tables: Sequence[Relation]) -> Finding:
    name = facts.name
    named = words.listed([each.table.name for each in tables])
    return Finding(
        code="rls-hides",
        severity=Severity.UNKNOWN,
        environment=name,
        summary=f"Row security hides rows of {named} from the dashboard in {name}.",
        explanation="The constraint is checked in the catalog; the rows are not checked.",
        evidence=(facts.fact(f"row security is active on {named} for this role", "tables"),),
        fix=fixes.see_every_row(name, facts.catalog.server.role),
        resolves_when="the role sees all rows of both tables",
    )


CHECK = Check(
    "Tables readable",
    frozenset({"table-absent", unanswered.FORBIDDEN, "rls-hides"}),
    judge,
    sees=lambda case: case.sees_constraint,
)
