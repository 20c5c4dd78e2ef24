"""Family C, the project is not there: the whole truth table, and what lowers the confidence."""

from dataclasses import replace

import pytest

from dashboard.diagnose.facts import ParentShape
from dashboard.diagnose.finding import Confidence, Severity
from dashboard.diagnose.lookup.verdicts import diagnose
from queries.rows import InsertEffects
from tests.diagnose.builders import (
    DOWN,
    KEY,
    LOCAL,
    PRODUCTION,
    PROOF,
    STAGING,
    answer,
    deployment,
    error,
    evidence,
    paste,
    project,
    trace,
)
from tests.tables import every

BOOLS = (False, True)


def expected(found: bool, traced_here: bool, traced_elsewhere: bool) -> str:
    if found:
        return "deleted-project" if traced_here else "environment-mismatch"
    if traced_elsewhere:
        return "deleted-everywhere"
    return "deleted-project" if traced_here else "stale-project-id"


@every(found=BOOLS, here=BOOLS, elsewhere=BOOLS, down=BOOLS)
def test_the_whole_table(found: bool, here: bool, elsewhere: bool, down: bool) -> None:
    target = answer(traces=(trace(),) if here else ())
    local = answer(LOCAL, projects=(project(),) if found else ())
    production = answer(PRODUCTION, traces=(trace(),) if elsewhere else ())
    others = {LOCAL: local, PRODUCTION: DOWN if down and not elsewhere else production}
    verdict = diagnose(evidence(target, others)).verdict
    assert verdict.code == expected(found, here, elsewhere)
    assert verdict.severity is Severity.ERROR
    assert verdict.cause in (1, 2, 3)
    undetermined = down and not elsewhere
    if verdict.code == "environment-mismatch":
        assert verdict.confidence is Confidence.CERTAIN
    elif verdict.code == "stale-project-id" and undetermined:
        assert verdict.confidence is Confidence.POSSIBLE
    else:
        assert verdict.confidence is Confidence.LIKELY
    assert any("production" in caveat for caveat in verdict.caveats) is undetermined


@every(standby=BOOLS, borrowed=BOOLS)
def test_each_missing_leg_takes_a_step_and_is_said(standby: bool, borrowed: bool) -> None:
    proof = replace(PROOF, in_recovery=standby, replayed=True if standby else None)
    target = answer(proof=proof, foreign_keys=() if borrowed else (KEY,))
    verdict = diagnose(evidence(target, {LOCAL: answer(LOCAL, projects=(project(),))})).verdict
    assert verdict.code == "environment-mismatch"
    assert verdict.confidence is tuple(Confidence)[standby + borrowed]
    assert len(verdict.caveats) == standby + borrowed


def test_orphaned_deployments_are_a_trace_where_the_key_is_gone() -> None:
    target = answer(foreign_keys=(), deployments=(deployment(),))
    assert diagnose(evidence(target)).verdict.code == "deleted-project"


@pytest.mark.parametrize(
    "key",
    [
        None,
        replace(KEY, enforced=False, child_triggers_on=None),
        replace(KEY, child_triggers_on=False),
        KEY,
    ],
)
def test_an_error_that_the_target_cannot_raise_is_a_contradiction(key: object) -> None:
    target = answer(foreign_keys=(key,) if key else ())
    seen = evidence(
        target, {LOCAL: answer(LOCAL, projects=(project(),))}, paste(project().id, error())
    )
    verdict = diagnose(seen).verdict
    contradicted = any("can raise this error" in caveat for caveat in verdict.caveats)
    assert contradicted is (key is not KEY)
    assert (verdict.confidence is Confidence.CERTAIN) is (key is KEY)


@pytest.mark.parametrize("owner", [True, False, None])
def test_copying_is_refused_unless_the_owner_is_there(owner: bool | None) -> None:
    shape = ParentShape((), InsertEffects(row_security=False, triggers=()))
    seen = evidence(
        answer(),
        {LOCAL: answer(LOCAL, projects=(project(),))},
        owner_in_target=owner,
        shapes={STAGING: shape, LOCAL: shape},
    )
    (copy,) = (fix for fix in diagnose(seen).verdict.alternatives if fix.option == 4)
    assert bool(copy.commands) is (owner is True)
    assert ("not possible" in copy.title) is (owner is not True)
