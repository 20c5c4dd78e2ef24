"""Family C, the project is there: the whole truth table."""

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from dashboard.diagnosis.finding import Severity
from dashboard.diagnosis.paste import Problem
from dashboard.diagnosis.verdicts import diagnose
from tests.diagnosis.builders import (
    CREATED,
    KEY,
    LOCAL,
    deployment,
    error,
    evidence,
    look,
    paste,
    project,
)

GAPS = {  # the project's creation minus the error, and what that means
    timedelta(seconds=11): "present-created-later",
    timedelta(days=3): "present-created-later",
    timedelta(seconds=10): "present-race",
    timedelta(0): "present-race",
    timedelta(seconds=-10): "present-race",
    timedelta(seconds=-11): "present-unexplained",
    timedelta(days=-3): "present-unexplained",
    None: "present-unexplained",
}


@pytest.mark.parametrize(
    ("gap", "problem", "deleted", "owner"),
    [
        *product(
            GAPS,
            [None, Problem.MISSING_PARENT, Problem.FOREIGN_KEY, Problem.NOT_FOUND],
            [False, True],
            [True, False, None],
        )
    ],
)
def test_the_whole_table(
    gap: timedelta | None, problem: Problem | None, deleted: bool, owner: bool | None
) -> None:
    at = CREATED - gap if gap is not None else None
    errors = [error(problem, at=at)] if problem else []
    row = project(deleted_at=CREATED if deleted else None)
    seen = evidence(look(projects=(row,), owner_found=owner), pasted=paste(row.id, *errors))
    diagnosis = diagnose(seen)
    codes = [diagnosis.verdict.code, *(finding.code for finding in diagnosis.findings)]
    about_parent = problem in (Problem.MISSING_PARENT, Problem.FOREIGN_KEY)
    expected = [
        *([GAPS[gap]] if about_parent else []),
        *(["soft-deleted"] if deleted else []),
        *(["owner-missing"] if owner is False else []),
        *(["project-present"] if not about_parent and not deleted else []),
    ]
    assert codes == expected


@pytest.mark.parametrize(
    ("key", "severity"),
    [
        (KEY, Severity.OK),
        (None, Severity.INFO),
        (replace(KEY, validated=False), Severity.INFO),
        (replace(KEY, enforced=False, validated=False), Severity.INFO),
        (replace(KEY, child_triggers_on=False), Severity.INFO),
        (replace(KEY, parent_triggers_on=False), Severity.INFO),
    ],
)
def test_green_needs_a_foreign_key_that_is_right(key: object, severity: Severity) -> None:
    target = look(projects=(project(),), foreign_keys=(key,) if key else ())
    diagnosis = diagnose(evidence(target))
    assert diagnosis.verdict.code == "project-present"
    assert diagnosis.verdict.severity is severity
    assert bool(diagnosis.findings) is (severity is Severity.INFO)


@pytest.mark.parametrize(
    ("deployments", "words"),
    [
        ((deployment(),), "already has its one deployment"),
        ((), "no deployment yet"),
        (None, "not searched"),
    ],
)
def test_it_says_whether_the_project_is_deployed(deployments: object, words: str) -> None:
    target = look(projects=(project(),), deployments=deployments)
    assert words in diagnose(evidence(target)).verdict.explanation


@pytest.mark.parametrize(
    ("name", "owner", "created"), [*product(["Shop demo", "x"], ["u1", "u2"], [CREATED, None])]
)
def test_the_same_id_in_several_environments(name: str, owner: str, created: object) -> None:
    other = look(LOCAL, projects=(project(name=name, owner_id=owner, created_at=created),))
    diagnosis = diagnose(evidence(look(projects=(project(),)), {LOCAL: other}))
    assert diagnosis.verdict.code == "project-present"
    (shared,) = diagnosis.findings
    assert shared.code == "several-envs"
    same = (name, owner, created) == ("Shop demo", "u1", CREATED)
    assert ("copy" in shared.summary) is same
    assert ("collision" in shared.summary) is not same


def test_two_names_for_one_database_are_said() -> None:
    here = look(projects=(project(),))
    twin = replace(look(LOCAL, projects=(project(),)), identity=here.identity)
    codes = [finding.code for finding in diagnose(evidence(here, {LOCAL: twin})).findings]
    assert "same-database" in codes
