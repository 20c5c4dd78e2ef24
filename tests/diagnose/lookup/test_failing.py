"""What failed before, under a project that is there: the whole truth table."""

from dataclasses import replace
from datetime import timedelta

import pytest

from dashboard.diagnose.failures import DELETE, Group, KnownFailures, Signature, cause
from dashboard.diagnose.finding import Severity
from dashboard.diagnose.lookup.report import failure_lines
from dashboard.diagnose.lookup.verdicts import diagnose
from dashboard.diagnose.paste import Problem
from tests.diagnose.builders import (
    CATALOG,
    CHILD,
    CONSTRAINT,
    CREATED,
    ID,
    NOUNS,
    answer,
    deployment,
    error,
    evidence,
    paste,
    project,
)
from tests.tables import every

SECOND = Signature("23505", "deployments_projectId_key", "deployments", "insert or update")
BY_COLUMN = Signature("P2002", "projectId", "deployment", "create")
MISSING = Signature("23503", CONSTRAINT, "deployments", "insert or update")
DELETED = Signature("23503", CONSTRAINT, "Project", DELETE)
TAKEN = Signature("23505", "deployments_appId_key", "deployments", "insert or update")
STATUS = Signature(None, None, "convex_deployments", "status ERROR")
HOUR = timedelta(hours=1)


def failed(*causes: Signature, after: timedelta = HOUR) -> KnownFailures:
    """Make failures so long after the deployment that is there was made."""
    at = CREATED + after
    groups = tuple(Group("staging", each, "the server's log", 3, 1, at, at) for each in causes)
    return KnownFailures(7, {ID: groups} if groups else {}, ("the server's log",))


@every(
    causes=[
        (),
        (SECOND,),
        (BY_COLUMN,),
        (MISSING,),
        (TAKEN,),
        (STATUS,),
        (DELETED,),
        (SECOND, TAKEN),
    ],
    after=[-HOUR, HOUR],
    deployed=[False, True],
    problem=[None, Problem.MISSING_PARENT, Problem.UNIQUE],
)
def test_the_whole_table(
    causes: tuple[Signature, ...], after: timedelta, deployed: bool, problem: Problem | None
) -> None:
    errors = [error(problem, columns=("projectId",), constraint=None)] if problem else []
    target = answer(projects=(project(),), deployments=(deployment(),) if deployed else ())
    pasted = paste(ID, *errors)
    diagnosis = diagnose(
        evidence(target, pasted=pasted, known_failures=failed(*causes, after=after))
    )
    codes = [diagnosis.verdict.code, *(each.code for each in diagnosis.findings)]
    lasting = after > timedelta() or not deployed
    second = problem is Problem.UNIQUE or (lasting and {SECOND, BY_COLUMN} & {*causes})
    about_parent = problem is Problem.MISSING_PARENT
    others = {*causes} - {SECOND, BY_COLUMN, DELETED} - ({MISSING} if about_parent else set())
    assert ("already-deployed" in codes) is bool(second)
    assert ("recent-failures" in codes) is bool(lasting and others)
    well = not about_parent and not (lasting and {*causes} - {DELETED})
    assert ("project-present" in codes) is well
    if lasting and {*causes} - {DELETED}:
        assert diagnosis.verdict.severity in (Severity.WARNING, Severity.ERROR)


def test_a_missing_project_is_not_said_to_be_there() -> None:
    seen = evidence(answer(), known_failures=failed(SECOND, TAKEN))
    codes = {each.code for each in (diagnose(seen).verdict, *diagnose(seen).findings)}
    assert not codes & {"already-deployed", "recent-failures"}
    assert failure_lines(seen) == [
        "Deployment already there (23505): 3 failures, the last on "
        "2026-10-01 13:00:00 UTC (the server's log)",
        "Value already taken on deployments_appId_key (23505): 3 failures, the last on "
        "2026-10-01 13:00:00 UTC (the server's log)",
    ]


def test_several_deployments_are_not_refused() -> None:
    """Where nothing limits a project to one, a unique violation of another column is another."""
    many = replace(CATALOG, child=replace(CHILD, key_unique=False))
    target = answer(projects=(project(),), deployments=(deployment(),), catalog=many)
    seen = evidence(target, known_failures=failed(TAKEN))
    assert diagnose(seen).verdict.code == "recent-failures"
    assert "already" not in diagnose(evidence(target)).verdict.summary


@pytest.mark.parametrize(
    ("known", "lines"),
    [
        (None, []),
        (KnownFailures(7), ["not checked: staging has no source of failures"]),
        (
            KnownFailures(7, asked=("a", "b")),
            ["none in the last 7 days (checked: a and b)"],
        ),
        (
            KnownFailures(7, asked=("a",), unasked=("b: it took too long",)),
            ["none in the last 7 days (checked: a)", "not checked: b: it took too long"],
        ),
    ],
)
def test_it_says_who_was_asked(known: KnownFailures | None, lines: list[str]) -> None:
    seen = evidence(answer(projects=(project(),)), known_failures=known)
    assert failure_lines(seen) == lines
    caveats = " ".join(diagnose(seen).verdict.caveats)
    assert ("it took too long" in caveats) is bool(known and known.unasked)


@pytest.mark.parametrize(
    ("signature", "words"),
    [
        (MISSING, "project missing (23503)"),
        (Signature("P2003"), "project missing (P2003)"),
        (DELETED, "project still referenced (23503)"),
        (TAKEN, "value already taken on deployments_appId_key (23505)"),
        (
            Signature("23503", "deployments_userId_fkey"),
            "missing reference on deployments_userId_fkey (23503)",
        ),
        (STATUS, "status ERROR"),
        (Signature(), "cause not recorded"),
        (Signature("40P01"), "error (40P01)"),
    ],
)
def test_a_cause_in_words(signature: Signature, words: str) -> None:
    assert cause(signature, CONSTRAINT, NOUNS) == words


@every(absent=[(), ("other",)], problem=[Problem.MISSING_PARENT, Problem.FOREIGN_KEY])
def test_one_that_is_there_is_not_to_blame_for_another(
    absent: tuple[str, ...], problem: Problem
) -> None:
    pasted = paste(ID, error(problem))
    verdict = diagnose(
        evidence(answer(projects=(project(),)), pasted=pasted, absent_beside=absent)
    ).verdict
    assert verdict.code == ("project-present" if absent else "present-unexplained")
    assert ("The error is about other in the same call" in verdict.summary) is bool(absent)
