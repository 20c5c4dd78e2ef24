"""What must hold whatever was seen: never green, and never missing, without having looked."""

import json
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from dashboard.diagnose.facts import Answer, EntityHit, Kind, Unavailable
from dashboard.diagnose.finding import Confidence, Severity
from dashboard.diagnose.lookup.evidence import Evidence, PresenceState
from dashboard.diagnose.lookup.report import to_json, to_markdown, to_text, to_ticket
from dashboard.diagnose.lookup.verdicts import diagnose
from dashboard.diagnose.paste import Problem, Source
from dashboard.environments import Environment
from queries.rows import ColumnPresence
from tests.diagnose.builders import (
    CATALOG,
    CHILD,
    CREATED,
    ID,
    KEY,
    LOCAL,
    PARENT,
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

MISSING = {"environment-mismatch", "deleted-project", "deleted-everywhere", "stale-project-id"}
NEAR = {"id-typo", "id-truncated", "other-entity", "foreign-shape", "id-case", "id-dirty-in-app"}
GREEN = (Severity.OK, Severity.INFO)


def some(value: object) -> st.SearchStrategy[tuple[object, ...]]:
    return st.sampled_from([(), (value,)])


keys = st.builds(
    lambda enforced, validated, child, parent, action: replace(
        KEY,
        enforced=enforced,
        validated=validated,
        child_triggers_on=child,
        parent_triggers_on=parent,
        delete_action=action,
    ),
    st.booleans(),
    st.booleans(),
    st.sampled_from([True, False, None]),
    st.sampled_from([True, False, None]),
    st.sampled_from("arcnd"),
)
proofs = st.builds(
    lambda recovery, replayed, age, readable, rls, locked: replace(
        PROOF,
        in_recovery=recovery,
        replayed=replayed,
        replay_age_s=age,
        parent_readable=readable,
        row_security=rls,
        locked_by_migration=locked,
    ),
    st.booleans(),
    st.sampled_from([True, False, None]),
    st.sampled_from([None, 0.0, 3600.0]),
    st.sampled_from([True, True, False]),
    st.sampled_from([False, False, True]),
    st.sampled_from([False, False, True]),
)
schemas = st.sampled_from(
    [
        CATALOG,
        replace(CATALOG, parent=None),
        replace(CATALOG, definition=None, parent=None, child=None),
        replace(CATALOG, child=None),
        replace(CATALOG, child=replace(CHILD, key_not_null=False)),
        replace(CATALOG, expected_parent=PARENT),
        replace(CATALOG, unsearched=("uploads.projectId was not searched: no index",)),
    ]
)
rows = st.sampled_from(
    [
        None,
        (),
        (project(),),
        (project(ID.upper()),),
        (project(deleted_at=CREATED),),
        (project(f"{ID} "),),
    ]
)


def looks(environment: Environment) -> st.SearchStrategy[Answer]:
    answered = st.builds(
        answer,
        st.just(environment),
        catalog=schemas,
        proof=proofs,
        projects=rows,
        rightful_projects=some(project()).map(lambda found: {PARENT.table.oid: found}),
        deployments=st.sampled_from([None, (), (deployment(),)]),
        entities=some(EntityHit("deployments", "appId", ID, "p9")),
        traces=some(trace()),
        near=st.sampled_from([None, (), (project(ID[:-1] + "0"),)]),
        by_prefix=st.sampled_from([None, (), (project(ID + "0"),)]),
        sample_ids=st.sampled_from([(), (ID,), (ID + "0",)]),
        owner_found=st.sampled_from([True, False, None]),
        foreign_keys=st.lists(keys, max_size=2).map(tuple),
        named_columns=st.sampled_from(
            [None, (), (ColumnPresence("deployments", "published", exact=True),)]
        ),
    )
    unavailable = st.sampled_from(Kind).map(lambda kind: Unavailable(kind, "why"))
    return st.one_of(answered, answered, unavailable)


errors = st.builds(
    lambda problem, constraint, connect, cascade, gap, columns: error(
        problem,
        constraint=constraint,
        nested_connect=connect,
        cascade=cascade,
        at=CREATED - timedelta(seconds=gap) if gap is not None else None,
        columns=columns,
    ),
    st.sampled_from(Problem),
    st.sampled_from([None, KEY.name, "deployments_projectId_key", "deployments_appId_key", "x"]),
    st.booleans(),
    st.booleans(),
    st.sampled_from([None, -3600, 0, 3600]),
    st.sampled_from([(), ("projectId",), ("appId",)]),
)


@st.composite
def seen(draw: st.DrawFn) -> Evidence:
    pasted = paste(
        draw(st.sampled_from([ID, ID, ID, None])),
        *draw(st.lists(errors, max_size=1)),
        source=draw(st.sampled_from(Source)),
        normalised=draw(st.sampled_from([(), ("removed a trailing space",)])),
    )
    others = {LOCAL: draw(looks(LOCAL)), PRODUCTION: draw(looks(PRODUCTION))}
    owner = draw(st.sampled_from([True, False, None]))
    return evidence(draw(looks(STAGING)), others, pasted, owner_in_target=owner)


@given(seen())
def test_nothing_is_green_unless_the_project_was_seen(case: Evidence) -> None:
    verdict = diagnose(case).verdict
    if verdict.severity in GREEN:
        assert case.here.state is PresenceState.FOUND
    if verdict.severity is Severity.OK:
        assert case.facts is not None
        assert case.facts.foreign_keys
        for key in case.facts.foreign_keys:
            assert key.validated
            assert key.enforced
            assert key.child_triggers_on
            assert key.parent_triggers_on


@given(seen())
def test_nothing_is_missing_without_proof(case: Evidence) -> None:
    diagnosis = diagnose(case)
    for finding in (diagnosis.verdict, *diagnosis.findings):
        if finding.code in MISSING | NEAR:
            assert case.here.state is PresenceState.ABSENT
            if finding.confidence is Confidence.CERTAIN:
                assert case.here.missing == ()
                assert finding.code != "stale-project-id"
        if finding.code == "stale-project-id" and case.undetermined_elsewhere:
            assert finding.confidence is Confidence.POSSIBLE


@given(seen())
def test_what_could_not_be_asked_is_unknown(case: Evidence) -> None:
    verdict = diagnose(case).verdict
    if isinstance(case.answer, Unavailable):
        assert verdict.severity is Severity.UNKNOWN


@given(seen())
def test_there_is_always_a_verdict_and_it_can_be_written_down(case: Evidence) -> None:
    diagnosis = diagnose(case)
    codes = [diagnosis.verdict.code, *(finding.code for finding in diagnosis.findings)]
    assert codes.count(diagnosis.verdict.code) == 1
    assert json.loads(json.dumps(to_json(case, diagnosis)))["target"] == "staging"
    assert diagnosis.verdict.summary in to_text(case, diagnosis)
    for write in (to_ticket, to_markdown):
        assert diagnosis.verdict.code in write(case, diagnosis, "https://dashboard/lookup")
