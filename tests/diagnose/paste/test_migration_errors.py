"""Errors of migrations, and of statements that stop at rows that are there."""

import json
from pathlib import Path

import pytest

from dashboard.diagnose.paste import PastedError, Problem, read

FIXTURES = Path(__file__).parents[2] / "fixtures"
STATES = sorted((FIXTURES / "migrate-status").glob("*.json"))
CUID = "cmfyok0xv0001l804v6i9h3zz"
FKEY = "deployments_projectId_fkey"
ORPHAN = (
    f'insert or update on table "deployments" violates foreign key constraint "{FKEY}"\n'
    f'DETAIL:  Key (projectId)=({CUID}) is not present in table "Project".\n'
)
STOPPED = (
    "Error: P3018\n\nA migration failed to apply. New migrations cannot be applied before the error"
    " is recovered from.\n\nMigration name: 20250925010807_strict\n\n"
    "Database error code: {code}\n\nDatabase error:\nERROR: {error}"
)
ADD_KEY = (
    f'ALTER TABLE "public"."deployments" ADD CONSTRAINT "{FKEY}" FOREIGN KEY ("projectId")'
    ' REFERENCES "public"."Project"("id")'
)
NOT_UNIQUE = 'could not create unique index "deployments_projectId_key"'


def error_in(text: str) -> PastedError:
    (error,) = read(text).errors
    return error


@pytest.mark.parametrize("path", STATES, ids=lambda path: path.stem)
def test_what_prisma_itself_printed(path: Path) -> None:
    """Each answer of `migrate status` and `migrate deploy` but a success is a migration's error."""
    state = json.loads(path.read_text(encoding="utf-8"))
    for answer in (state["status"], state["deploy"], state["status_after_deploy"]):
        text = answer["stdout"] + answer["stderr"]
        errors = read(text).errors
        if answer["rc"] == 0:
            assert errors == ()
        elif "permission denied" not in text:
            assert [error.problem for error in errors] == [Problem.MIGRATION], text
            named = [name for name in state["scripts"] if name in text]
            assert errors[0].migration in (named or [None])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Error: P3006\n\nMigration `20250101_x` failed to apply cleanly to the shadow database."
            " \nError code: P1014\nError:\nThe underlying table for model `deployments` does not"
            " exist.",
            {"prisma_code": "P3006", "migration": "20250101_x"},
        ),
        (
            "Error: P3014\n\nPrisma Migrate could not create the shadow database. Please make sure"
            " the database user has permission to create databases.\n\nOriginal error: \ndb error:"
            " ERROR: permission denied to create database",
            {"prisma_code": "P3014", "migration": None},
        ),
        (
            "Error: P1002\n\nThe database server at `db:5432` was reached but timed out.\n\nPlease"
            " try again.\n\nContext: Timed out trying to acquire a postgres advisory lock (SELECT"
            " pg_advisory_lock(72707369)). Elapsed: 10000ms. See https://pris.ly/d/migrate-advisory"
            "-locking for details.",
            {"prisma_code": "P1002"},
        ),
        (
            "The migration `20250925010807_strict` was modified after it was applied.\nWe need to"
            ' reset the "public" schema at "localhost:5432"',
            {"migration": "20250925010807_strict"},
        ),
        (
            "- The following migration(s) are applied to the database but missing from the local"
            " migrations directory: 20250801_a, 20250802_b",
            {"migration": "20250801_a"},
        ),
        (
            "Applying migration `0001_init`\nApplying migration `0002_more`\n"
            + STOPPED.format(code="42P07", error='relation "Project" already exists'),
            {"migration": "20250925010807_strict", "sqlstate": "42P07", "rows_in_the_way": None},
        ),
        (
            "\u26a0\ufe0f  There might be data loss when applying the changes:\n\n  \u2022 A unique"
            " constraint covering the columns `[projectId]` on the table `deployments` will be"
            " added. If there are existing duplicate values, this will fail.\n\nError: Use the"
            " --accept-data-loss flag to ignore the data loss warnings like prisma db push"
            " --accept-data-loss",
            {"migration": None},
        ),
        (
            "\u26a0\ufe0f We found changes that cannot be executed:\n\n  \u2022 Added the required"
            " column `published` to the `deployments` table without a default value. There are 3"
            " rows in this table, it is not possible to execute this step.",
            {"migration": None},
        ),
    ],
)
def test_what_a_command_says(text: str, expected: dict[str, object]) -> None:
    error = error_in(text)
    assert error.problem is Problem.MIGRATION
    assert {name: getattr(error, name) for name in expected} == expected


def test_a_server_that_is_not_reached_is_no_migration() -> None:
    text = "Error: P1002\n\nThe database server at `db:5432` was reached but timed out."
    assert error_in(text).problem is Problem.CONNECTION


def test_drift() -> None:
    error = error_in(
        "Drift detected: Your database schema is not in sync with your migration history.\n\n"
        "The following is a summary of the differences between the expected database schema given"
        " your migrations files, and the actual schema of the database.\n\n"
        "[+] Added tables\n  - Audit\n\n[*] Changed the `deployments` table\n"
        "  [-] Removed foreign key on columns (projectId)\n  [+] Added column `x`\n\n"
        'We need to reset the "public" schema at "localhost:5432"\n'
        "- The migration `20250925010807_strict` was modified after it was applied.\n"
    )
    assert error.problem is Problem.MIGRATION
    assert error.drift == (
        "Added tables: Audit",
        "deployments: Removed foreign key on columns (projectId)",
        "deployments: Added column `x`",
    )


@pytest.mark.parametrize(
    ("text", "rows", "constraint"),
    [
        (STOPPED.format(code="23503", error=ORPHAN), Problem.MISSING_PARENT, FKEY),
        (
            STOPPED.format(code="23505", error=f"{NOT_UNIQUE}\nDETAIL: Key (a)=(b) is duplicated."),
            Problem.UNIQUE,
            "deployments_projectId_key",
        ),
        (
            STOPPED.format(
                code="23502",
                error='column "projectId" of relation "deployments" contains null values',
            ),
            Problem.NULL,
            None,
        ),
        (
            STOPPED.format(
                code="23514",
                error='check constraint "age" of relation "deployments" is violated by some row',
            ),
            Problem.CHECK,
            "age",
        ),
        (
            STOPPED.format(
                code="23505",
                error='duplicate key value violates unique constraint "Project_pkey"\n'
                f"DETAIL: Key (id)=({CUID}) already exists.",
            ),
            None,
            "Project_pkey",
        ),
        (
            f"Error: ERROR: {ORPHAN}   0: sql_schema_connector::apply_migration::apply_migration\n"
            "             at schema-engine/connectors/sql-schema-connector/src/apply.rs:1\n"
            "   1: schema_core::state::SchemaPush\n",
            Problem.MISSING_PARENT,
            FKEY,
        ),
        (
            f"2026-11-22 14:59:03.470 UTC [7] app@shop ERROR:  {ORPHAN}"
            f"2026-11-22 14:59:03.470 UTC [7] app@shop STATEMENT:  -- AddForeignKey\n\t{ADD_KEY};\n"
            "2026-11-22 14:59:04.470 UTC [8] app@shop LOG:  something else",
            Problem.MISSING_PARENT,
            FKEY,
        ),
        (
            f"ERROR:  {ORPHAN}STATEMENT:  update deployments set x = 1;\n"
            f'alter table deployments validate constraint "{FKEY}"',
            Problem.MISSING_PARENT,
            FKEY,
        ),
        (
            json.dumps(
                {
                    "error_severity": "ERROR",
                    "state_code": "23503",
                    "message": ORPHAN.partition("\n")[0],
                    "statement": ADD_KEY,
                }
            ),
            Problem.MISSING_PARENT,
            FKEY,
        ),
        (f"PG::UniqueViolation: ERROR:  {NOT_UNIQUE}", Problem.UNIQUE, "deployments_projectId_key"),
    ],
)
def test_rows_that_stop_a_statement(
    text: str, rows: Problem | None, constraint: str | None
) -> None:
    error = error_in(text)
    assert error.problem is Problem.MIGRATION
    assert (error.rows_in_the_way, error.constraint) == (rows, constraint)


def test_the_statement_is_shown_without_its_lines() -> None:
    error = error_in(
        f"ERROR:  {ORPHAN}STATEMENT:  {ADD_KEY.replace(' ADD', chr(10) + chr(9) + 'ADD')}"
    )
    assert error.statement == ADD_KEY


def test_of_a_script_only_the_statement_that_failed_is_shown() -> None:
    script = f"update users set name = 'Erika'; {ADD_KEY}; create index on x (y)"
    assert error_in(f"ERROR:  {ORPHAN}STATEMENT:  {script}").statement == ADD_KEY


@pytest.mark.parametrize(
    "text",
    [
        f"PG::ForeignKeyViolation: ERROR:  {ORPHAN}: {ADD_KEY}",
        f"sqlalchemy.exc.IntegrityError: (psycopg2.errors.ForeignKeyViolation) {ORPHAN}\n"
        f"[SQL: {ADD_KEY}]",
        f"migration file failed\n{ADD_KEY.replace('ALTER TABLE', 'alter table')} - {ORPHAN}",
        f"QueryFailedError: {ORPHAN}  at x {{\n  query: '{ADD_KEY}',\n  code: '23503' }}",
    ],
)
def test_the_runners_of_others(text: str) -> None:
    error = error_in(text)
    assert (error.problem, error.rows_in_the_way) == (Problem.MIGRATION, Problem.MISSING_PARENT)
    assert error.statement
    assert error.statement.lower() == ADD_KEY.lower()


@pytest.mark.parametrize(
    "statement",
    [
        f'INSERT INTO "deployments" ("projectId") VALUES (\'{CUID}\')',
        "insert into log values ('ALTER TABLE x')",
        f"insert into log values ('; ALTER TABLE d ADD CONSTRAINT \"{FKEY}\"')",
        "insert into d values (1); alter table x add y int",
    ],
)
def test_a_statement_on_rows_is_no_migration(statement: str) -> None:
    error = error_in(f"ERROR:  {ORPHAN}STATEMENT:  {statement}")
    assert (error.problem, error.statement) == (Problem.MISSING_PARENT, None)


@pytest.mark.parametrize(
    "case",
    json.loads((FIXTURES / "prisma8" / "errors.json").read_text(encoding="utf-8")),
    ids=lambda case: case["name"],
)
def test_every_error_of_prisma_8(case: dict[str, dict[str, object]]) -> None:
    text = str(case["text"])
    paste = read(text)
    (error,) = paste.errors
    expected = dict(case["expected"])
    assert list(paste.project_ids) == expected.pop("project_ids")
    assert {name: getattr(error, name) for name in expected} == expected
    told = {
        name: case["also"][name] for name in ("sqlstate", "table", "key") if name in case["also"]
    }
    assert {name: getattr(error, name) for name in told} == told
