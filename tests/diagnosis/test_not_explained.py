"""An error that no rule explains is named, and never ok."""

import json
from itertools import product

import pytest

from dashboard.diagnosis.finding import Severity
from dashboard.diagnosis.paste import Problem, read
from dashboard.diagnosis.verdicts import diagnose
from queries.rows import ColumnPresence
from tests.diagnosis.builders import CONSTRAINT, ID, error, evidence, look, paste, project

HEALTHY = (Severity.OK, Severity.INFO)
PRESENCE = {"there": (project(),), "not there": ()}
KEYS = (None, CONSTRAINT, "deployments_projectId_key", "teams_slug_key")
CUID = "cmg8zz11y000abc08q9w8e7r6"


@pytest.mark.parametrize("constraint", KEYS)
@pytest.mark.parametrize("model", ["deployment", "project", "team", None])
def test_no_error_is_ever_ok(constraint: str | None, model: str | None) -> None:
    """Whatever went wrong, of whatever table: the verdict is at least a warning."""
    columns = ((), ("projectId",), ("slug",))
    for problem, there, named, known in product(Problem, PRESENCE, columns, (False, True)):
        presences = (ColumnPresence("deployments", "slug"),) if known else ()
        pasted = error(problem, constraint=constraint, model=model, columns=named)
        target = look(projects=PRESENCE[there], named_columns=presences)
        verdict = diagnose(evidence(target, pasted=paste(ID, pasted))).verdict
        case = (problem, there, named, known, verdict.code)
        assert verdict.severity not in HEALTHY, case


@pytest.mark.parametrize(
    ("problem", "there", "expected"),
    [
        (Problem.CONNECTION, "there", ["not-explained", "project-present"]),
        (Problem.CONNECTION, "not there", ["not-explained", "stale-project-id"]),
        (Problem.MIGRATION, "there", ["not-explained", "project-present"]),
        (Problem.MIGRATION, "not there", ["not-explained", "stale-project-id"]),
        (Problem.DATABASE, "there", ["not-explained", "project-present"]),
        (Problem.DATABASE, "not there", ["not-explained", "stale-project-id"]),
        (Problem.NOT_FOUND, "there", ["not-explained", "project-present"]),
        (Problem.NOT_FOUND, "not there", ["stale-project-id"]),
        (Problem.INCONSISTENT, "there", ["not-explained", "project-present"]),
        (Problem.INCONSISTENT, "not there", ["stale-project-id"]),
        (Problem.OTHER, "there", ["not-explained", "project-present"]),
        (Problem.OTHER, "not there", ["stale-project-id", "not-explained"]),
    ],
)
def test_what_is_known_of_the_id_stands_beside_it(
    problem: Problem, there: str, expected: list[str]
) -> None:
    pasted = error(problem, constraint=None)
    diagnosis = diagnose(evidence(look(projects=PRESENCE[there]), pasted=paste(ID, pasted)))
    assert [each.code for each in (diagnosis.verdict, *diagnosis.findings)] == expected


INVOKED = "Invalid `prisma.deployment.create()` invocation:\n\n\n"
LOCATED = (
    "PrismaClientKnownRequestError: \nInvalid `prisma.deployment.create()` invocation in\n"
    "/app/src/deploy.ts:11:33\n\n   8 const a = 1\n→ 11 await prisma.deployment.create(\n"
)
TOO_LONG = "The provided value for the column is too long for the column's type. Column: name"
DEADLOCK = {"level": 50, "msg": "failed", "err": {"message": "deadlock detected", "code": "40P01"}}
SENTENCES = {
    f"{INVOKED}ERROR:  permission denied for table deployments": (
        "permission denied for table deployments"
    ),
    f"{INVOKED}Can't reach database server at `db:5432`\nPlease make sure": (
        "Can't reach database server at `db:5432`"
    ),
    f"{LOCATED}{TOO_LONG}": TOO_LONG,
    "error: deadlock detected\n    at parse (x.js)\n  code: '40P01'": "deadlock detected",
    "Error: P1001: Can't reach database server at `x`": "Can't reach database server at `x`",
    "FEHLER:  keine Berechtigung für Tabelle deployments": (
        "keine Berechtigung für Tabelle deployments"
    ),
    json.dumps(DEADLOCK): "deadlock detected",
    json.dumps({"severity": "ERROR", "message": "deploy failed"}): "deploy failed",
    "TypeError: x is not a function\n  at y": "x is not a function",
    "OperationalError: cannot connect to postgres://app:secret@db/app": (
        "cannot connect to postgres://***@db/app"
    ),
    'ERROR:  invalid input syntax for type uuid: "a secret"': (
        'invalid input syntax for type uuid: "…"'
    ),
}


@pytest.mark.parametrize("text", SENTENCES)
def test_an_error_that_is_not_known_is_quoted(text: str) -> None:
    """Its own sentence, without credentials and without the value that PostgreSQL repeats."""
    pasted = read(f'{text}\nprojectId: "{CUID}"')
    assert pasted.error
    assert pasted.error.sentence == SENTENCES[text]
    verdict = diagnose(evidence(look(projects=(project(),)), pasted=pasted)).verdict
    if verdict.code == "not-explained":
        assert f"“{SENTENCES[text]}”" in verdict.summary


@pytest.mark.parametrize(
    "text",
    [
        CUID,
        f"https://app.example.com/projects/{CUID}?error=1",
        f"the customer gets an error when deploying {CUID}",
        f"POST /api/projects/{CUID}/deploy 204",
        json.dumps({"level": "info", "msg": "deployed", "projectId": CUID}),
        json.dumps({"code": "12345", "projectId": CUID}),
        f"LOG:  duration: 3 ms  statement: select 1 -- {CUID}",
    ],
)
def test_a_text_without_an_error_has_none(text: str) -> None:
    assert read(text).errors == ()


def test_an_error_that_is_known_goes_before_one_that_is_not() -> None:
    ours = f"Foreign key constraint violated on the constraint: `{CONSTRAINT}`"
    pasted = read(f'Error: deploying failed\n\n{INVOKED}{ours}\n\nprojectId: "{CUID}"')
    assert [each.problem for each in pasted.errors] == [Problem.MISSING_PARENT]
