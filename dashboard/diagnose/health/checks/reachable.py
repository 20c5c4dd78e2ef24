"""Family A of the check: an environment that gave no answer, so nothing is said about it.

It makes no case, so no check judges it: the report says `silent` of it, and nothing else.
"""

from dashboard.diagnose import unanswered
from dashboard.diagnose.facts import Unavailable
from dashboard.diagnose.finding import Fact, Finding, Severity
from dashboard.diagnose.health.case import Check
from dashboard.environments import Environment

WORDS = {
    unanswered.UNREACHABLE: "is unreachable",
    unanswered.AUTH: "rejected the dashboard's login",
    unanswered.TIMEOUT: "did not finish the check in time",
    unanswered.IN_MOTION: "changed its tables during the check",
    unanswered.FORBIDDEN: "does not let the dashboard's role read",
}


def silent(environment: Environment, reason: Unavailable) -> Finding:
    code = unanswered.code(reason.kind)
    return Finding(
        code=code,
        severity=Severity.UNKNOWN,
        environment=environment.name,
        summary=f"{environment.name} {WORDS[code]}; its status is unknown.",
        explanation=f"{reason.message}.",
        evidence=(Fact(environment.name, f"is unreachable: {reason.message}"),),
        fix=unanswered.fix(environment, reason.kind),
        resolves_when=f"{environment.name} answers",
    )


CHECK = Check(
    "Reachable",
    frozenset({unanswered.UNREACHABLE, unanswered.AUTH, unanswered.TIMEOUT}),
    lambda _answered: (),
)
