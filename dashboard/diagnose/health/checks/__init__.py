"""One module per check of the environments."""

from collections.abc import Iterator

from dashboard.diagnose.evidence import Evidence, Look
from dashboard.diagnose.finding import Finding
from dashboard.diagnose.health.checks import constraint, same_database


def beside(evidence: Evidence) -> Iterator[Finding]:
    """Yield what is wrong with the environments, beside the verdict on the id."""
    looks = [answer for answer in evidence.answers.values() if isinstance(answer, Look)]
    if evidence.look is not None:
        yield from constraint.check(evidence, evidence.look)
    yield from same_database.check(looks)
