"""F1: two environment names for one database, or for copies of one.

| system identifier   | database, start, schema | finding       |
| ------------------- | ----------------------- | ------------- |
| equal, or forbidden | equal                   | same-database |
| anything else       | anything else           | -             |

The moment a server was started, to the microsecond, tells servers apart where the role may not
read the system identifier.
"""

from collections.abc import Iterator

from dashboard.diagnose.facts import EnvironmentFacts
from dashboard.diagnose.finding import Finding, Fix, Severity
from dashboard.diagnose.health.case import Case, Check


def judge(case: Case) -> Iterator[Finding]:
    """Compare the environment with each listed before it."""
    for other in case.before:
        if case.facts.identity.known and other.identity == case.facts.identity:
            yield _same(other, case.facts)


def _same(first: EnvironmentFacts, second: EnvironmentFacts) -> Finding:
    one, other = first.name, second.name
    server = first.catalog.server
    return Finding(
        code="same-database",
        severity=Severity.ERROR,
        environment=other,
        others=(one,),
        summary=f"{one} and {other} are one and the same database.",
        explanation="Differences reported between them mean nothing.",
        evidence=(
            second.fact(
                f'the same server, database "{server.database}", schema "{first.catalog.name}"',
                "system_identifier",
            ),
        ),
        fix=Fix(
            title="Correct one of the two URLs",
            steps=(f"Compare the URLs of [connections.{one}] and [connections.{other}].",),
            needs_role="operations",
        ),
        resolves_when="the two environments have separate databases",
    )


CHECK = Check(
    "Separate database",
    frozenset({"same-database"}),
    judge,
    sees=lambda case: case.facts.identity.known,
    compares=lambda case: len(case.answered) > 1,
    between=True,
    in_pairs=True,
    of_schema=False,
    in_lookup=True,
)
