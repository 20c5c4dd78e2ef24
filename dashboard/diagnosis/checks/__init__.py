"""One module per check of the environments."""

from collections.abc import Iterator

from dashboard.diagnosis.checks import constraint, same_database
from dashboard.diagnosis.evidence import Evidence, Look
from dashboard.diagnosis.finding import Finding


def beside(evidence: Evidence) -> Iterator[Finding]:
    """Yield what is wrong with the environments, beside the verdict on the id."""
    looks = [answer for answer in evidence.answers.values() if isinstance(answer, Look)]
    if evidence.look is not None:
        yield from constraint.check(evidence, evidence.look)
    yield from same_database.check(looks)
