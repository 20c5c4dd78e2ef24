"""Many different projects fail at once: then it is the environment, not their ids."""

from shlex import quote

from dashboard.diagnose import words
from dashboard.diagnose.failures.values import Burst, Signature
from dashboard.diagnose.finding import Command, Confidence, Fact, Finding, Fix, Severity
from dashboard.diagnose.fixes import prisma
from dashboard.diagnose.nouns import Noun, Nouns


def judge(
    burst: Burst, at_least: int, nouns: Nouns, migrations_folder: str | None = None
) -> Finding | None:
    """Speak of a moment in which at least so many distinct ids failed for one cause.

    | distinct ids | deployments made meanwhile | finding            |
    | ------------ | -------------------------- | ------------------ |
    | fewer        | any                        | -                  |
    | enough       | none                       | all-fail, likely   |
    | enough       | not known                  | all-fail, possible |
    | enough       | some                       | all-fail, possible |
    """
    if burst.ids < at_least:
        return None
    place = burst.environment
    return Finding(
        code="all-fail",
        severity=Severity.ERROR,
        summary=f"{burst.ids} different {nouns.parent.many} failed in {place} with the same "
        f"error between {words.moment(burst.first_at)} and "
        f"{words.moment(burst.last_at)}.",
        explanation=f"{named(burst.signature)}. When many IDs fail at once, the environment is "
        "the likely cause, not each ID.",
        confidence=Confidence.LIKELY if burst.successes == 0 else Confidence.POSSIBLE,
        cause=4,
        environment=place,
        evidence=(Fact(place, f"{words.count(burst.failures, 'failure')} in {burst.source}"),),
        caveats=_contradictions(burst, nouns.child),
        fix=_check_first(place, migrations_folder),
        resolves_when="fewer IDs fail with the same error within the window",
    )


def named(signature: Signature) -> str:
    """Say what the failures have in common: 23503 on deployments_projectId_fkey, deployment.create.

    A name that is not known is left out; without any, that is said.
    """
    constraint = f"on {signature.constraint}" if signature.constraint else None
    what = " ".join(filter(None, (signature.code, constraint)))
    where = ", ".join(filter(None, (signature.subject, signature.operation)))
    return ": ".join(filter(None, (what, where))) or "Cause not recorded"


def _contradictions(burst: Burst, child: Noun) -> tuple[str, ...]:
    if burst.successes is None:
        return (f"it is unknown whether other {child.many} succeeded meanwhile",)
    if burst.successes:
        made = f"{child.counted(burst.successes)} succeeded meanwhile"
        return (f"{made}: not everything fails",)
    return ()


def _check_first(environment: str, migrations_folder: str | None) -> Fix:
    return Fix(
        option=3,
        title=f"First check the database of {environment}",
        steps=(
            f"Check the constraint, its triggers and the ledger of {environment}.",
            "Apply what is missing or repair what the check names.",
            "Only then look up the IDs that still fail.",
        ),
        commands=(
            Command(f"./run check --environment {quote(environment)}", "bash", "Check"),
            prisma(environment, migrations_folder, "See", "migrate", "status"),
        ),
        risk="none to check; a migration changes the schema, and a failed one blocks all later "
        "ones",
        needs_role="whoever may run migrations",
    )
