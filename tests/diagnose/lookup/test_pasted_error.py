"""Family E over its whole truth table: what the pasted error itself says."""

from dataclasses import replace

import pytest

from dashboard.diagnose.facts import EntityHit
from dashboard.diagnose.finding import Confidence, Severity
from dashboard.diagnose.lookup.verdicts import diagnose
from dashboard.diagnose.paste import Problem
from queries.rows import ColumnPresence
from tests.diagnose.builders import (
    CATALOG,
    CHILD,
    CONSTRAINT,
    ID,
    KEY,
    PARENT,
    answer,
    deployment,
    error,
    evidence,
    paste,
    project,
)
from tests.tables import every

BOOLS = (False, True)
KEY_UNIQUE = "deployments_projectId_key"
APP_UNIQUE = "deployments_appId_key"


def codes(target: object, pasted: object) -> list[str]:
    diagnosis = diagnose(evidence(target, pasted=pasted))
    return [diagnosis.verdict.code, *(finding.code for finding in diagnosis.findings)]


@every(
    problem=[Problem.TABLE_MISSING, Problem.COLUMN_MISSING],
    there=[None, "no", "in another case", "yes"],
    known_table=BOOLS,
    with_id=BOOLS,
)
def test_a_column_or_table_that_is_missing(
    problem: Problem, there: str | None, known_table: bool, with_id: bool
) -> None:
    """`there` is None where the text does not name what it misses."""
    columns = ("published",) if there and problem is Problem.COLUMN_MISSING else ()
    table = ("deployments" if known_table else "d") if there else None
    aliased = bool(columns) and not known_table
    presence = ColumnPresence("deployments", "published", exact=there == "yes")
    presences = {None: None, "no": ()}.get(there, (presence,))
    target = answer(
        named_columns=presences, catalog=replace(CATALOG, tables=(CHILD.table, PARENT.table))
    )
    pasted = paste(ID if with_id else None, error(problem, columns=columns, table=table))
    said = codes(target, pasted)
    verdict = diagnose(evidence(target, pasted=pasted)).verdict
    assert ("app-elsewhere" in said) is (there == "yes")
    assert ("name-not-quoted" in said) is (there == "in another case")
    assert ("column-or-table-missing" in said) is (there in (None, "no"))
    assert " in table d:" not in verdict.summary
    if there in (None, "no"):
        assert verdict.code == "column-or-table-missing"
        assert verdict.cause == 4
        assert verdict.fix is not None
        assert verdict.fix.option == 3
        named = Confidence.LIKELY if aliased else Confidence.CERTAIN
        assert verdict.confidence is (named if there else Confidence.POSSIBLE)


@every(cascade=BOOLS, action="acn", not_null=BOOLS)
def test_null_in_the_key(cascade: bool, action: str, not_null: bool) -> None:
    target = answer(
        foreign_keys=(replace(KEY, delete_action=action),),
        catalog=replace(CATALOG, child=replace(CHILD, key_not_null=not_null)),
    )
    pasted = paste(
        None, error(Problem.NULL, columns=("projectId",), cascade=cascade, constraint=None)
    )
    verdict = diagnose(evidence(target, pasted=pasted)).verdict
    if cascade:
        assert verdict.code == "null-by-cascade"
        assert (verdict.confidence is Confidence.CERTAIN) is (action == "n" and not_null)
    else:
        assert verdict.code == "null-project"
        assert (verdict.confidence is Confidence.CERTAIN) is not_null


@pytest.mark.parametrize(
    ("problem", "model", "columns", "code"),
    [
        (Problem.NULL, "deployment", ("projectId",), "null-project"),
        (Problem.NULL, "deployment", ("project_id",), "null-project"),
        (Problem.NULL, "deployment", (), "null-project"),
        (Problem.NULL, "deployment", ("appId",), "not-explained"),
        (Problem.NULL, "project", (), "not-explained"),
        (Problem.VALIDATION, "deployment", ("project",), "null-project"),
        (Problem.VALIDATION, "deployment", ("name",), "not-explained"),
        (Problem.VALIDATION, "project", ("name",), "not-explained"),
    ],
)
def test_only_the_key_column_makes_it_a_missing_project(
    problem: Problem, model: str, columns: tuple[str, ...], code: str
) -> None:
    said = error(problem, model=model, columns=columns, constraint=None, left_out=True)
    assert codes(answer(), paste(None, said))[0] == code


def test_an_argument_of_another_kind_is_not_left_out() -> None:
    said = error(Problem.VALIDATION, model="deployment", columns=("projectId",), constraint=None)
    assert codes(answer(), paste(None, said))[0] == "not-explained"


def test_a_delete_that_sets_another_column_to_null_is_not_ours() -> None:
    said = error(Problem.NULL, cascade=True, columns=("teamId",), constraint=None)
    assert codes(answer(), paste(None, said))[0] == "not-explained"


@pytest.mark.parametrize(
    ("models", "named"),
    [(("Deployment", "Project"), CONSTRAINT), (("Team", "User"), "the relation of Team and User")],
)
def test_a_required_relation_that_a_delete_breaks(models: tuple[str, str], named: str) -> None:
    said = error(Problem.STILL_REFERENCED, constraint=None, table=models[0], parent_table=models[1])
    verdict = diagnose(evidence(answer(), pasted=paste(ID, said))).verdict
    assert verdict.code == "reverse-direction"
    assert named in verdict.summary


@every(action="acrnd", found=BOOLS, constraint=[CONSTRAINT, "child_pid_fkey", None])
def test_the_reverse_direction(action: str, found: bool, constraint: str | None) -> None:
    key = replace(KEY, delete_action=action)
    target = answer(
        catalog=replace(CATALOG, foreign_keys=(key,)),
        foreign_keys=(key,),
        projects=(project(),) if found else (),
    )
    pasted = paste(ID, error(Problem.STILL_REFERENCED, constraint=constraint, operation="delete"))
    verdict = diagnose(evidence(target, pasted=pasted)).verdict
    assert verdict.code == "reverse-direction"
    assert verdict.severity is Severity.ERROR
    cascades = action in "cn" and constraint != "child_pid_fkey"
    assert verdict.confidence is (Confidence.LIKELY if cascades else Confidence.CERTAIN)


@every(problem=[Problem.MISSING_PARENT, Problem.FOREIGN_KEY], with_id=BOOLS, known=BOOLS)
def test_another_constraint(problem: Problem, with_id: bool, known: bool) -> None:
    other = replace(KEY, oid=11, name="deployments_userId_fkey", child_columns=("userId",))
    target = answer(catalog=replace(CATALOG, foreign_keys=(KEY, *([other] if known else []))))
    pasted = paste(ID if with_id else None, error(problem, constraint="deployments_userId_fkey"))
    verdict = diagnose(evidence(target, pasted=pasted)).verdict
    assert verdict.code == "other-constraint"
    assert verdict.confidence is (Confidence.CERTAIN if known else Confidence.LIKELY)


@pytest.mark.parametrize(
    ("pasted", "deployments", "confidence"),
    [
        (error(Problem.UNIQUE, constraint=KEY_UNIQUE), (deployment(),), Confidence.CERTAIN),
        (error(Problem.UNIQUE, constraint=KEY_UNIQUE), (), Confidence.LIKELY),
        (error(Problem.UNIQUE, constraint=KEY_UNIQUE), None, Confidence.LIKELY),
        (
            error(Problem.UNIQUE, constraint=None, columns=("projectId",)),
            (deployment(),),
            Confidence.CERTAIN,
        ),
        (
            error(Problem.UNIQUE, constraint=None, key_column="projectId"),
            (deployment(),),
            Confidence.CERTAIN,
        ),
        (error(Problem.RELATION, constraint=None), (deployment(),), Confidence.CERTAIN),
    ],
)
def test_a_second_deployment(pasted: object, deployments: object, confidence: Confidence) -> None:
    target = answer(projects=(project(),), deployments=deployments)
    verdict = diagnose(evidence(target, pasted=paste(ID, pasted))).verdict
    assert verdict.code == "already-deployed"
    assert verdict.confidence is confidence


@pytest.mark.parametrize(
    ("constraint", "columns", "held", "with_id"),
    [
        (APP_UNIQUE, (), True, True),
        (APP_UNIQUE, (), True, False),
        (None, ("appId",), True, True),
        (APP_UNIQUE, (), False, False),
    ],
)
def test_another_unique_column(
    constraint: str | None, columns: tuple[str, ...], held: bool, with_id: bool
) -> None:
    hit = EntityHit("deployments", "appId", "app_1", "p9")
    target = answer(entities=(hit,) if held else (), projects=(project(),))
    taken = error(Problem.UNIQUE, constraint=constraint, columns=columns, key="app_1")
    verdict = diagnose(evidence(target, pasted=paste(ID if with_id else None, taken))).verdict
    assert verdict.code == "appid-taken"
    assert verdict.confidence is (Confidence.CERTAIN if held else Confidence.LIKELY)
    assert verdict.suggestions == (("p9",) if held else ())


@pytest.mark.parametrize("found", BOOLS)
def test_a_nested_connect_stands_beside_the_verdict(found: bool) -> None:
    target = answer(projects=(project(),) if found else ())
    said = codes(target, paste(ID, error(constraint=None, nested_connect=True)))
    assert said[0] == ("present-unexplained" if found else "stale-project-id")
    assert ("nested-connect" in said) is not found
