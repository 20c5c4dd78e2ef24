"""Family A over its whole truth table: every reason not to know has its code, and no other."""

from dataclasses import replace
from typing import Any

import pytest

from dashboard.diagnose.facts import Answer, IdFacts, Kind, Unavailable
from dashboard.diagnose.finding import Confidence, Severity
from dashboard.diagnose.lookup.evidence import PresenceState
from dashboard.diagnose.lookup.verdicts import diagnose
from dashboard.diagnose.lookup.verdicts.not_explained import ABOUT_SOMETHING_ELSE
from dashboard.diagnose.paste import Problem
from tests.diagnose.builders import (
    CATALOG,
    DOWN,
    ID,
    KEY,
    LOCAL,
    PARENT,
    PROOF,
    answer,
    error,
    evidence,
    paste,
    project,
)
from tests.tables import every

AUTH = {Kind.CREDENTIALS, Kind.NOT_ALLOWED}
TIME = {Kind.SLOW, Kind.LOCKED, Kind.CANCELLED, Kind.BUSY}
SPECIAL = {Kind.FORBIDDEN: "table-forbidden", Kind.SCHEMA_CHANGED: "migration-running"}


def expected_code(kind: Kind) -> str:
    if kind in AUTH:
        return "env-auth"
    if kind in TIME:
        return "check-timeout"
    return SPECIAL.get(kind, "env-unreachable")


@every(kind=Kind, elsewhere=[False, True])
def test_an_environment_that_gives_no_answer(kind: Kind, elsewhere: bool) -> None:
    """Whatever others have: without the target's answer nothing is said about the id there."""
    other = answer(LOCAL, projects=(project(),) if elsewhere else ())
    seen = evidence(Unavailable(kind, "why"), {LOCAL: other})
    diagnosis = diagnose(seen)
    assert diagnosis.verdict.code == expected_code(kind)
    assert diagnosis.verdict.severity is Severity.UNKNOWN
    assert seen.presence(LOCAL).state is (
        PresenceState.FOUND if elsewhere else PresenceState.ABSENT
    )


UNUSABLE = replace(CATALOG.server, schema_usable=False)
HIDDEN: dict[str, IdFacts] = {
    "table-forbidden": answer(catalog=replace(CATALOG, parent=replace(PARENT, key_readable=False))),
    "rls-hides": answer(proof=replace(PROOF, row_security=True)),
    "table-absent": answer(catalog=replace(CATALOG, parent=None, borrowed=True, foreign_keys=())),
    "check-timeout": answer(projects=None),
}


OTHER_KEY = replace(KEY, oid=20, name="deployments_teamId_fkey")
UNKNOWN = replace(CATALOG, constraint="deployment_projectId_fkey", definition=None, parent=None)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"foreign_keys": (OTHER_KEY, KEY)}, "Did you mean deployments_projectId_fkey and"),
        ({"foreign_keys": ()}, "no foreign keys"),
        ({"unclear": "the constraint is on several tables (a.t, b.t)"}, "configured constraint is"),
    ],
)
def test_a_constraint_that_tells_of_no_tables(changes: dict[str, Any], said: str) -> None:
    """The configuration is to be corrected: no migration need be missing."""
    verdict = diagnose(evidence(answer(catalog=replace(UNKNOWN, **changes)))).verdict
    assert (verdict.code, verdict.severity) == ("table-absent", Severity.UNKNOWN)
    assert said in verdict.explanation
    assert verdict.fix is not None
    assert "migrat" not in f"{verdict.fix.title} {' '.join(verdict.fix.steps)}"
    assert verdict.fix.commands == ()


@every(code=HIDDEN, elsewhere=[False, True])
def test_an_environment_that_answers_but_cannot_see_the_table(code: str, elsewhere: bool) -> None:
    other = answer(LOCAL, projects=(project(),) if elsewhere else ())
    diagnosis = diagnose(evidence(HIDDEN[code], {LOCAL: other}))
    assert diagnosis.verdict.code == code
    assert diagnosis.verdict.severity is Severity.UNKNOWN


@pytest.mark.parametrize(
    "target",
    [
        answer(proof=replace(PROOF, parent_readable=False)),
        answer(catalog=replace(CATALOG, parent=None)),
        answer(catalog=replace(CATALOG, definition=None, parent=None)),
        answer(
            catalog=replace(CATALOG, server=replace(CATALOG.server, schema_usable=False), tables=())
        ),
        answer(catalog=replace(CATALOG, server=replace(CATALOG.server, schema_exists=False))),
    ],
)
def test_the_other_ways_not_to_see_the_table(target: Answer) -> None:
    assert diagnose(evidence(target)).verdict.severity is Severity.UNKNOWN


@every(replayed=[True, False, None], age=[None, 0.0, 60.0, 61.0], found=[False, True])
def test_a_replica(replayed: bool | None, age: float | None, found: bool) -> None:
    """A row on a replica is a row; a row missing on one that lags proves nothing."""
    proof = replace(PROOF, in_recovery=True, replayed=replayed, replay_age_s=age)
    verdict = diagnose(
        evidence(answer(proof=proof, projects=(project(),) if found else ()))
    ).verdict
    if found:
        assert verdict.code == "project-present"
    elif replayed is not True or (age is not None and age > 60):
        assert verdict.code == "replica-lag"
        assert verdict.severity is Severity.UNKNOWN
    else:
        assert verdict.code == "stale-project-id"
        assert verdict.confidence is Confidence.POSSIBLE, "one leg of the proof is missing"


@every(found=[False, True], elsewhere=[False, True])
def test_a_running_migration(found: bool, elsewhere: bool) -> None:
    target = answer(
        proof=replace(PROOF, locked_by_migration=True), projects=(project(),) if found else ()
    )
    other = answer(LOCAL, projects=(project(),) if elsewhere else ())
    verdict = diagnose(evidence(target, {LOCAL: other})).verdict
    assert verdict.code == ("project-present" if found else "migration-running")


JUDGED_WITHOUT_ID = {
    Problem.NULL,
    Problem.VALIDATION,
    Problem.TABLE_MISSING,
    Problem.COLUMN_MISSING,
    Problem.STILL_REFERENCED,
    Problem.CONNECTION,
    Problem.MIGRATION,
    Problem.CHECK,
    Problem.DATABASE,
    Problem.OTHER,
}


@every(problem=[None, *Problem], answers=[False, True])
def test_a_text_without_an_id(problem: Problem | None, answers: bool) -> None:
    """An id is asked for, even of an environment that is down, unless the error needs none."""
    about_key = problem is Problem.UNIQUE
    constraint = "deployments_projectId_key" if about_key else "deployments_projectId_fkey"
    pasted = paste(None, *([error(problem, constraint=constraint)] if problem else []))
    verdict = diagnose(evidence(answer() if answers else DOWN, pasted=pasted)).verdict
    if problem not in JUDGED_WITHOUT_ID or (
        not answers and problem in {*ABOUT_SOMETHING_ELSE, Problem.OTHER}
    ):
        assert verdict.code == "no-id"
    elif not answers:
        assert verdict.code == "env-unreachable"
    else:
        assert verdict.code != "no-id"
    assert ID not in verdict.summary
