"""An error that no rule explains is named, and never ok."""

import json

import pytest

from dashboard.diagnose.finding import Severity
from dashboard.diagnose.lookup.verdicts import diagnose
from dashboard.diagnose.paste import Problem, read
from queries.rows import ColumnPresence
from tests.diagnose.builders import CONSTRAINT, ID, answer, error, evidence, paste, project
from tests.tables import every

HEALTHY = (Severity.OK, Severity.INFO)
PRESENCE = {"there": (project(),), "not there": ()}
KEYS = (None, CONSTRAINT, "deployments_projectId_key", "teams_slug_key")
CUID = "cmg8zz11y000abc08q9w8e7r6"


@every(
    constraint=KEYS,
    model=["deployment", "project", "team", None],
    problem=Problem,
    there=PRESENCE,
    named=[(), ("projectId",), ("slug",)],
    known=[False, True],
)
def test_no_error_is_ever_ok(
    *, constraint: str | None, model: str | None, problem: Problem, there: str,
    named: tuple[str, ...], known: bool,
) -> None:  # fmt: skip
    """Whatever went wrong, of whatever table: the verdict is at least a warning."""
    presences = (ColumnPresence("deployments", "slug", exact=True),) if known else ()
    pasted = error(problem, constraint=constraint, model=model, columns=named)
    target = answer(projects=PRESENCE[there], named_columns=presences)
    verdict = diagnose(evidence(target, pasted=paste(ID, pasted))).verdict
    assert verdict.severity not in HEALTHY, verdict.code


@pytest.mark.parametrize(
    ("problem", "there", "expected"),
    [
        (Problem.CONNECTION, "there", ["not-explained", "project-present"]),
        (Problem.CONNECTION, "not there", ["not-explained", "stale-project-id"]),
        (Problem.MIGRATION, "there", ["migration-error", "project-present"]),
        (Problem.MIGRATION, "not there", ["migration-error", "stale-project-id"]),
        (Problem.DATABASE, "there", ["not-explained", "project-present"]),
        (Problem.DATABASE, "not there", ["stale-project-id", "not-explained"]),
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
    diagnosis = diagnose(evidence(answer(projects=PRESENCE[there]), pasted=paste(ID, pasted)))
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
        "permission denied for table deployments"
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
    verdict = diagnose(evidence(answer(projects=(project(),)), pasted=pasted)).verdict
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


OF_A_PROGRAM = (
    "pq: permission denied for table deployments",
    "psycopg2.errors.InsufficientPrivilege: permission denied for table deployments",
    "ActiveRecord::StatementInvalid (PG::TRDeadlockDetected: deadlock detected",
    "connect ECONNREFUSED 127.0.0.1:5432",
    "AggregateError [ECONNREFUSED]: \n    at internalConnectMultiple (node:net:1122:18)",
    "getaddrinfo ENOTFOUND db.internal",
    "Connection terminated unexpectedly",
    "2026/11/29 10:00:00 [error] 31#31: *5 upstream timed out",
    'time=2026-11-29T10:00:00Z level=error msg="deploy failed"',
    "2026-11-29 10:00:00.000 ERROR 1 --- [main] c.e.Deploy : could not save",
    "Last state: OOMKilled",
    "thread 'main' panicked at src/main.rs:4:5",
    json.dumps({"error": "quota exceeded"}),
    json.dumps({"errors": [{"message": "Forbidden", "path": ["deploy"]}]}),
    json.dumps({"severity": "ERROR", "textPayload": "deploy failed"}),
    json.dumps({"level": 50, "time": 1, "msg": "deploy failed"}),
)


@pytest.mark.parametrize("text", OF_A_PROGRAM)
def test_what_programs_and_logs_say_is_an_error_too(text: str) -> None:
    pasted = read(f'{text}\n{{"projectId": "{CUID}"}}')
    verdict = diagnose(
        evidence(answer(projects=(project(CUID, exact=True),)), pasted=pasted)
    ).verdict
    assert (verdict.code, verdict.severity) == ("not-explained", Severity.WARNING)


NO_ERROR = (
    f"{{ id: '{CUID}', error: null }}",
    f"error: 0, warnings: 0, projectId={CUID}",
    f"error: false\nproject: {CUID}",
    f"Last error: none. Project {CUID}",
    f"How do I catch PrismaClientKnownRequestError for project {CUID}?",
    f"Invoice P5123 for project {CUID}",
    f"zip code: 40210, project {CUID}",
    f"verification code: 22334, project {CUID}",
    json.dumps({"logging": {"level": "error"}, "projectId": CUID}),
    json.dumps({"name": "x", "level": 50, "projectId": CUID}),
    json.dumps({"error": None, "errors": [], "projectId": CUID}),
    json.dumps({"code": 20000, "message": "success", "projectId": CUID}),
)


@pytest.mark.parametrize("text", NO_ERROR)
def test_what_only_looks_like_an_error_is_none(text: str) -> None:
    assert read(text).errors == ()


ROWS = "jane"  # of a row, or a secret: never shown
LEAKING = (
    'ERROR:  duplicate key value violates unique constraint "users_email_key" DETAIL:  Key (email)='
    "(jane@example.com) already exists.",
    "Raw query failed. Code: `23505`. Message: `Key (email)=(jane@example.com) already exists.`",
    'ERROR:  invalid input syntax for type json: "["jane doe","bob"]"',
    'ERROR:  syntax error at or near "jane"',
    "Invalid `prisma.user.create()` invocation:\n\n\nCould not convert from `jane doe` to `int`",
    "Invalid `prisma.user.create()` invocation:\n\n\nThe value 'jane doe' stored is invalid",
    "Error: user jane@example.com already has 5 projects",
    f"Error: cannot connect to postgres://app:{'jane' * 150}@db/x",
    "Error: cannot connect to postgres://app:ja ne jane@db/x",
    f"Error: password='{'jane ' * 100}",
    "Error: refused, Authorization: Bearer jane.jane.jane-jane",
    "Error: x-api-key: jane-12345678",
    'Error: {\\"apiKey\\":\\"jane-12345678\\"}',
)


@pytest.mark.parametrize("text", LEAKING)
def test_a_quoted_error_shows_no_row_and_no_secret(text: str) -> None:
    error = read(f'{text}\nprojectId: "{CUID}"').errors[0]
    assert ROWS not in (error.sentence or "")


UNIQUE = 'ERROR:  duplicate key value violates unique constraint "users_email_key"\nDETAIL:  Key'


def test_of_several_ids_none_loses_the_error() -> None:
    other = CUID[:-1] + "z"
    pasted = read(
        f'{UNIQUE} (email)=(a@b.c) already exists.\nprojectId: "{CUID}"\nprojectId: "{other}"'
    )
    assert len(pasted.ids) == 2
    assert [len(each.errors) for each in pasted.split()] == [1, 1]


def test_an_error_of_one_id_does_not_hide_that_of_another() -> None:
    other = CUID[:-1] + "z"
    ours = {
        "code": "23503", "constraint": CONSTRAINT,
        "detail": f'Key (projectId)=({other}) is not present in table "Project".',
    }  # fmt: skip
    lines = (ours, {"level": "error", "msg": "out of memory", "projectId": CUID})
    parts = read("\n".join(map(json.dumps, lines))).split()
    problems = {each.project_ids[0]: [error.problem for error in each.errors] for each in parts}
    assert problems[CUID] == [Problem.OTHER]
    assert Problem.OTHER not in problems[other]


def test_another_language_and_another_name_are_still_a_foreign_key() -> None:
    pasted = read(
        "FEHLER:  Einfügen oder Aktualisieren in Tabelle »deployments« verletzt"
        f" Fremdschlüssel-Constraint »fk_dep«\nDETAIL:  Schlüssel (projectId)=({CUID}) fehlt."
    )
    assert (pasted.errors[0].problem, pasted.errors[0].constraint) == (
        Problem.MISSING_PARENT,
        "fk_dep",
    )
