"""C9 of whole environments: ids that two of them have, though each makes its own.

| created at                | name and owner | the two projects are  | finding                |
| ------------------------- | -------------- | --------------------- | ---------------------- |
| equal                     | any            | copies                | several-envs (info)    |
| differs                   | any            | made apart            | several-envs (warning) |
| not readable in both      | equal          | copies                | several-envs (info)    |
| not readable in both      | differ         | not known             | -                      |

A collision is a warning: ids are random, so somebody wrote one of them by hand. Nothing fails yet,
but whoever is told “the project exists there” is told of another project. Copies between
environments that are copies themselves are no surprise, and not listed.
"""

from collections.abc import Iterator, Sequence

from dashboard.diagnose import words
from dashboard.diagnose.facts import EnvironmentFacts
from dashboard.diagnose.finding import Finding, Fix, Severity
from dashboard.diagnose.health.case import Case, Check, Compare
from dashboard.diagnose.health.checks import cloned
from dashboard.diagnose.health.samples import looked_for, seen


def judge(case: Case) -> Iterator[Finding]:
    """Compare the environment with each listed before it that is not one and the same."""
    for other in case.before:
        if other.identity != case.facts.identity:
            yield from _compared(other, case.facts, case.kinship)


def _compared(
    one: EnvironmentFacts, other: EnvironmentFacts, kinship: Compare
) -> Iterator[Finding]:
    kin = kinship(one, other)
    if kin.collided:
        yield _collision(one, other, kin.collided)
    if kin.same and not cloned.copies(one, other, kinship):
        yield _copies(one, other, kin.same)


def _collision(one: EnvironmentFacts, other: EnvironmentFacts, ids: Sequence[str]) -> Finding:
    nouns = other.catalog.nouns
    return Finding(
        code="several-envs",
        severity=Severity.WARNING,
        environment=other.name,
        others=(one.name,),
        summary=(
            f"{one.name} and {other.name} have different {nouns.parent.many} under "
            f"{words.count(len(ids), 'ID')}: {words.some(ids)}."
        ),
        explanation="They were created at different times, so neither is a copy. "
        f"{words.capital(nouns.child.a)} with such an ID works in both but means "
        f"another {nouns.parent} in each.",
        evidence=(
            other.fact(
                f"created at another time than in {one.name}: {words.some(ids)}", "projects_among"
            ),
        ),
        caveats=_sampled(),
        fix=Fix(
            title="Use separate IDs in each environment",
            steps=(
                "Find out what writes fixed IDs: a seed, an import, a script.",
                f"Let the application generate the ID; always create {nouns.parent.many} in the "
                "environment where they are used.",
                f"Look up each ID before you create {nouns.child.a} with it.",
            ),
            risk="none (nothing is changed)",
            needs_role="developer",
        ),
        resolves_when=f"no ID means different {nouns.parent.many} in different environments",
    )


def _copies(one: EnvironmentFacts, other: EnvironmentFacts, ids: Sequence[str]) -> Finding:
    parent = other.catalog.nouns.parent
    return Finding(
        code="several-envs",
        severity=Severity.INFO,
        environment=other.name,
        others=(one.name,),
        summary=(
            f"{one.name} and {other.name} share {parent.counted(len(ids))}: {words.some(ids)}."
        ),
        explanation="One is a copy of the other, or both come from one backup. Deleting it in "
        "one leaves it in the other.",
        evidence=(
            other.fact(
                f"created at the same time as in {one.name}: {words.some(ids)}", "projects_among"
            ),
        ),
        caveats=_sampled(),
        resolves_when=f"each {parent} is in one environment only",
    )


def _sampled() -> tuple[str, ...]:
    return ("only the last 200 IDs of each environment were compared",)


CHECK = Check(
    "Separate IDs",
    frozenset({"several-envs"}),
    judge,
    seen,
    looked_for,
    between=True,
    in_pairs=True,
    of_schema=False,
)
