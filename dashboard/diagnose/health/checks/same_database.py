"""F1: two environment names for one database, or for copies of one.

| system identifier   | database, start, schema | finding       |
| ------------------- | ----------------------- | ------------- |
| equal, or forbidden | equal                   | same-database |
| anything else       | anything else           | -             |

The moment a server was started, to the microsecond, tells servers apart where the role may not
read the system identifier.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations

from dashboard.diagnose.evidence import Look
from dashboard.diagnose.finding import Fact, Finding, Fix, Severity


def check(looks: Sequence[Look]) -> Iterator[Finding]:
    """Compare every two environments that answered."""
    for first, second in combinations(looks, 2):
        told = first.identity.system_identifier or first.identity.started_at
        if told and first.identity == second.identity:
            yield _same(first, second)


def _same(first: Look, second: Look) -> Finding:
    one, other = first.environment.name, second.environment.name
    server = first.schema.server
    return Finding(
        code="same-database",
        severity=Severity.ERROR,
        environment=other,
        summary=f"{one} and {other} are one and the same database.",
        explanation="What is said here about one of them being unlike the other is void.",
        evidence=(
            Fact(
                other,
                f'the same server, database "{server.database}", schema "{first.schema.name}"',
                "system_identifier",
                second.proof.as_of,
                round(second.ms, 1),
            ),
        ),
        fix=Fix(
            title="Correct one of the two URLs",
            steps=(f"Compare the URLs of [connections.{one}] and [connections.{other}].",),
            needs_role="operations",
        ),
        resolves_when="the two environments have databases of their own",
    )
