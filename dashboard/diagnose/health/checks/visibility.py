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

from dashboard.diagnose import fixes, words
from dashboard.diagnose.evidence import Look, Relation
from dashboard.diagnose.finding import Fact, Finding, Fix, Severity


def check(look: Look) -> Iterator[Finding]:
    """Judge both of the constraint's tables."""
    schema = look.schema
    ends = [each for each in (schema.namesake or schema.parent, schema.child) if each]
    if schema.server.schema_exists and not schema.usable:
        yield _unusable(look)
    elif len(ends) < 2:
        yield _absent(look)
    elif forbidden := [each for each in ends if each.forbidden]:
        yield _forbidden(look, forbidden)
    elif hidden := [each for each in ends if each.table.row_security]:
        yield _hidden(look, hidden)


def _unusable(look: Look) -> Finding:
    name, schema = look.environment.name, look.schema
    return Finding(
        code="table-forbidden",
        severity=Severity.UNKNOWN,
        environment=name,
        summary=f"The dashboard's role may not use the schema “{schema.name}” of {name}.",
        explanation="Nothing is said about the tables, nor about the migrations.",
        evidence=(_seen(look, f"the role has no usage on the schema “{schema.name}”"),),
        fix=fixes.use_schema(name, schema.name, schema.server.role),
        resolves_when="the role may use the schema",
    )


def _absent(look: Look) -> Finding:
    name = look.environment.name
    return Finding(
        code="table-absent",
        severity=Severity.UNKNOWN,
        environment=name,
        summary=f"The constraint's tables cannot be seen in {name}.",
        explanation=f"{_why_absent(look)}.",
        cause=4,
        fix=Fix(
            title=f"Correct what {name} is configured for",
            steps=(
                "Check that its URL names the right database and ?schema=, and that the "
                "constraint under [diagnosis] is the one its schema has.",
                "Check that the role may use the schema and read both tables.",
            ),
            needs_role="operations",
        ),
        resolves_when="both tables are there, and the role may use their schema",
    )


def _why_absent(look: Look) -> str:
    if look.schema.unclear:
        return look.schema.unclear[0].upper() + look.schema.unclear[1:]
    if look.schema.definition is None:
        return "No environment has the constraint, so which tables it is about is not known"
    return "They are not there, or not for this role"


def _forbidden(look: Look, tables: Sequence[Relation]) -> Finding:
    name = look.environment.name
    labels = words.listed([each.label for each in tables])
    return Finding(
        code="table-forbidden",
        severity=Severity.UNKNOWN,
        environment=name,
        summary=f"The dashboard's role may not read {labels} in {name}.",
        explanation="The constraint is judged by the catalog; nothing is said about the rows.",
        evidence=(_seen(look, f"the role has no select on {labels}"),),
        fix=fixes.grant(name, tables, look.schema.server.role),
        resolves_when="the role has been granted select on the needed columns",
    )


def _hidden(look: Look, tables: Sequence[Relation]) -> Finding:
    name = look.environment.name
    named = words.listed([each.table.name for each in tables])
    return Finding(
        code="rls-hides",
        severity=Severity.UNKNOWN,
        environment=name,
        summary=f"Row security hides rows of {named} from the dashboard in {name}.",
        explanation="The constraint is judged by the catalog; nothing is said about the rows.",
        evidence=(_seen(look, f"row security is active on {named} for this role"),),
        fix=fixes.see_every_row(name, look.schema.server.role),
        resolves_when="the role sees every row of both tables",
    )


def _seen(look: Look, fact: str) -> Fact:
    return Fact(look.environment.name, fact, "tables", look.proof.as_of, round(look.ms, 1))
