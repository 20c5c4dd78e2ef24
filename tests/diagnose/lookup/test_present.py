"""Family C, the project is there: the whole truth table."""

from dataclasses import replace
from datetime import timedelta

import pytest

from dashboard.diagnose.facts import IdFacts
from dashboard.diagnose.finding import Severity
from dashboard.diagnose.lookup.verdicts import diagnose
from dashboard.diagnose.paste import Problem
from queries.rows import Newest
from tests.diagnose.builders import (
    CATALOG,
    CREATED,
    ID,
    KEY,
    LOCAL,
    answer,
    deployment,
    error,
    evidence,
    facts,
    paste,
    project,
)
from tests.tables import every

OWN = "deployments.projectId was not searched: it has no index"
COLUMNS = [OWN, *(f"t{number}.projectId was not searched: no index" for number in range(11))]
GIVEN_UP = "only the project itself was searched: it took too long"
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


@every(
    gap=GAPS,
    problem=[None, Problem.MISSING_PARENT, Problem.FOREIGN_KEY, Problem.NOT_FOUND],
    deleted=[False, True],
    owner=[True, False, None],
)
def test_the_whole_table(
    gap: timedelta | None, problem: Problem | None, deleted: bool, owner: bool | None
) -> None:
    at = CREATED - gap if gap is not None else None
    errors = [error(problem, at=at)] if problem else []
    row = project(deleted_at=CREATED if deleted else None)
    seen = evidence(answer(projects=(row,), owner_found=owner), pasted=paste(row.id, *errors))
    diagnosis = diagnose(seen)
    codes = [diagnosis.verdict.code, *(finding.code for finding in diagnosis.findings)]
    about_parent = problem in (Problem.MISSING_PARENT, Problem.FOREIGN_KEY)
    expected = [
        *([GAPS[gap]] if about_parent else []),
        *(["soft-deleted"] if deleted else []),
        *(["owner-missing"] if owner is False else []),
        *(["not-explained"] if problem is Problem.NOT_FOUND else []),
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
    target = answer(projects=(project(),), foreign_keys=(key,) if key else ())
    diagnosis = diagnose(evidence(target))
    assert diagnosis.verdict.code == "project-present"
    assert diagnosis.verdict.severity is severity
    assert bool(diagnosis.findings) is (severity is Severity.INFO)


@pytest.mark.parametrize(
    ("deployments", "words"),
    [
        ((deployment(),), "already has a deployment (only one is allowed)"),
        ((), "no deployment yet"),
        (None, "could not check"),
    ],
)
def test_it_says_whether_the_project_is_deployed(deployments: object, words: str) -> None:
    target = answer(projects=(project(),), deployments=deployments)
    assert words in diagnose(evidence(target)).verdict.explanation


@every(name=["Shop demo", "x"], owner=["u1", "u2"], created=[CREATED, None])
def test_the_same_id_in_several_environments(name: str, owner: str, created: object) -> None:
    other = answer(LOCAL, projects=(project(name=name, owner_id=owner, created_at=created),))
    diagnosis = diagnose(evidence(answer(projects=(project(),)), {LOCAL: other}))
    assert diagnosis.verdict.code == "project-present"
    (shared,) = diagnosis.findings
    assert shared.code == "several-envs"
    same = (name, owner, created) == ("Shop demo", "u1", CREATED)
    assert ("copy" in shared.summary) is same
    assert ("collision" in shared.summary) is not same


def test_two_names_for_one_database_are_said() -> None:
    here = answer(projects=(project(),))
    twin = answer(LOCAL, projects=(project(),), identity=here.facts.identity)
    codes = [finding.code for finding in diagnose(evidence(here, {LOCAL: twin})).findings]
    assert "same-database" in codes


SILENCE = {  # the error minus the newest deployment, and whether that speaks
    timedelta(days=30): True,
    timedelta(days=1): True,
    timedelta(hours=23): False,
    timedelta(0): False,
    timedelta(days=-3): False,
}


@every(
    silence=SILENCE,
    after=[timedelta(days=9), timedelta(days=-9)],
    problem=[Problem.MISSING_PARENT, Problem.NOT_FOUND],
)
def test_an_application_that_writes_elsewhere(
    silence: timedelta, after: timedelta, problem: Problem
) -> None:
    at = CREATED + after
    there = answer(projects=(project(),), newest_deployment=Newest(at - silence))
    diagnosis = diagnose(evidence(there, pasted=paste(ID, error(problem, at=at))))
    unexplained = diagnosis.verdict.code == "present-unexplained"
    assert unexplained is (problem is Problem.MISSING_PARENT and after > timedelta())
    codes = [each.code for each in diagnosis.findings]
    assert ("app-elsewhere" in codes) is (unexplained and SILENCE[silence])
    written = "staging received deployments after the error, so the application does use it"
    assert (written in diagnosis.verdict.caveats) is (unexplained and silence < timedelta())


@pytest.mark.parametrize("newest", [None, Newest(None)])
def test_what_was_not_looked_for_is_said(newest: Newest | None) -> None:
    there = answer(projects=(project(),), newest_deployment=newest)
    pasted = paste(ID, error(at=CREATED + timedelta(days=9)))
    diagnosis = diagnose(evidence(there, pasted=pasted))
    unknown = "the newest deployment in staging was not checked: no index covers it"
    assert (unknown in diagnosis.verdict.caveats) is (newest is None)
    assert "app-elsewhere" not in [each.code for each in diagnosis.findings]


@pytest.mark.parametrize(
    ("there", "told"), [(True, [OWN, GIVEN_UP]), (False, [*COLUMNS, GIVEN_UP])]
)
def test_of_what_is_there_only_what_could_change_that_is_a_caveat(
    there: bool, told: list[str]
) -> None:
    """Where else an ID could stand matters only while it is missing."""
    catalog = replace(CATALOG, unsearched=tuple(COLUMNS))
    seen = IdFacts(
        facts(catalog=catalog, unsearched=(*COLUMNS, GIVEN_UP)),
        projects=(project(),) if there else (),
    )
    caveats = diagnose(evidence(seen)).verdict.caveats
    assert [each for each in caveats if "searched" in each] == told
