"""The text is about a migration: what it says, and what the target's ledger says of that one.

| the ledger's rows of the migration | the fix                                        |
| ---------------------------------- | ---------------------------------------------- |
| unfinished, and the lock is held   | wait                                           |
| unfinished                         | recover                                        |
| any other, or it is not named      | by Prisma's code, else what `check` says of it |

Where rows that are there stop a statement, the text's ID is only the first of them: nobody tried to
deploy it, and no verdict on it is given.
"""

from shlex import quote

from dashboard.diagnose import words
from dashboard.diagnose.facts import Blocker, EnvironmentFacts
from dashboard.diagnose.finding import Command, Confidence, Finding, Fix, Severity
from dashboard.diagnose.health.report import ledger_of
from dashboard.diagnose.lookup.evidence import Evidence
from dashboard.diagnose.lookup.verdicts.making import make_finding
from dashboard.diagnose.lookup.verdicts.replying import reply
from dashboard.diagnose.migrations import repairs
from dashboard.diagnose.migrations.states import (
    MigrationState,
    MigrationStatus,
    migration_statuses,
)
from dashboard.diagnose.paste import PastedError, Problem
from dashboard.diagnose.repairs import Repairs

BASELINE, SHADOW, LOCK = "P3005", ("P3014", "P3020"), "P1002"
SAID = {
    "P1002": "timed out waiting for the lock of another migration",
    "P3005": "found tables but no ledger: a baseline is missing",
    "P3006": "could not run {migration} in the shadow database",
    "P3008": "could not mark {migration} as applied: it already is",
    "P3009": "applies nothing until {migration} is resolved",
    "P3014": "could not create the shadow database",
    "P3015": "could not find the script of {migration}",
    "P3018": "stopped at {migration}",
    "P3020": "is not allowed to create the shadow database",
}
ROWS = {
    Problem.MISSING_PARENT: "existing rows refer to rows that do not exist",
    Problem.UNIQUE: "existing rows have equal values in columns that must be unique",
    Problem.NULL: "existing rows have no value in a required column",
    Problem.CHECK: "existing rows violate a check constraint",
}
BLOCKERS = {
    Problem.MISSING_PARENT: Blocker.DANGLING,
    Problem.UNIQUE: Blocker.DUPLICATE,
    Problem.NULL: Blocker.NULL,
}
IN_LEDGER = {
    MigrationState.RUNNING: "It is running now.",
    MigrationState.FAILED: "The ledger says that it failed.",
    MigrationState.ROLLED_BACK: "The ledger says that it was rolled back.",
}


def migration_error(evidence: Evidence) -> Finding | None:
    facts, error = evidence.facts, evidence.error
    if facts is None or error is None or error.problem is not Problem.MIGRATION:
        return None
    status = _status(facts, error)
    return make_finding(
        evidence,
        Finding(
            code="migration-error",
            severity=Severity.ERROR,
            confidence=Confidence.CERTAIN,
            summary=f"The error in {evidence.target.name} is about a migration: {_said(error)}.",
            explanation=" ".join((_nothing_else(evidence), *_known(facts, error, status))),
            reply=lambda: reply(evidence, "An update of {here} did not go through. {ours}"),
            fix=lambda: _fix(evidence, facts, error, status),
            alternatives=lambda: _rows(evidence, facts, error),
            resolves_when="the migration is applied and the error no longer occurs",
        ),
    )


def is_of_rows(evidence: Evidence) -> bool:
    """Whether the text's ID is that of a row in the way, which nobody tried to deploy."""
    error = evidence.error
    return evidence.facts is not None and error is not None and error.rows_in_the_way is not None


def _said(error: PastedError) -> str:
    named = words.line(error.migration) if error.migration else "a migration"
    said = SAID.get(error.prisma_code or "", "").format(migration=named)
    told = [f"Prisma {said}"] if said else []
    if error.rows_in_the_way:
        told.append(ROWS[error.rows_in_the_way])
    if error.drift:
        told.append(
            f"the database differs from its migrations ({words.line('; '.join(error.drift))})"
        )
    if not told:
        told.append(f"“{words.line(error.sentence)}”" if error.sentence else named)
    return ", because ".join(told) if error.rows_in_the_way else "; ".join(told)


def _status(facts: EnvironmentFacts, error: PastedError) -> MigrationStatus | None:
    found = migration_statuses(ledger_of(facts))
    unresolved = (MigrationState.FAILED, MigrationState.RUNNING)
    if error.migration is None:
        return next((each for each in found if each.state in unresolved), None)
    return next((each for each in found if each.name == error.migration), None)


def _nothing_else(evidence: Evidence) -> str:
    child, parent = evidence.nouns.child, evidence.nouns.parent
    return f"This is not a failed {child.one}, and no {parent.one} is missing."


def _known(
    facts: EnvironmentFacts, error: PastedError, status: MigrationStatus | None
) -> list[str]:
    if facts.migrations is None:
        return [f"The ledger of {facts.name} is not readable."]
    if status is None:
        absent = f"The ledger of {facts.name} does not contain {error.migration}."
        return [absent] if error.migration else []
    applied = "It is applied now: it was resolved later, or failed elsewhere."
    named = f"{status.name}: " if error.migration is None else ""
    return [f"{named}{IN_LEDGER.get(status.state, applied)}"]


def _fix(
    evidence: Evidence,
    facts: EnvironmentFacts,
    error: PastedError,
    status: MigrationStatus | None,
) -> Fix:
    view = ledger_of(facts)
    if status and status.state is MigrationState.FAILED:
        return repairs.recover(view, status)
    if error.prisma_code == LOCK or (status and status.state is MigrationState.RUNNING):
        return repairs.wait(view)
    if error.prisma_code == BASELINE:
        return repairs.baseline(view)
    return _shadow() if error.prisma_code in SHADOW else _see(evidence)


def _shadow() -> Fix:
    return Fix(
        title="Give prisma migrate dev a shadow database",
        steps=(
            (
                "Outside a developer's machine, use prisma migrate deploy: it needs no shadow "
                "database."
            ),
            "For migrate dev, allow the role to create databases, or create an empty one and "
            "set shadowDatabaseUrl.",
        ),
        needs_role="developer",
    )


def _see(evidence: Evidence) -> Fix:
    name = evidence.target.name
    return Fix(
        title=f"Check the migrations of {name}",
        steps=(
            "Open the page Migrations or run the command below. It names the failed or missing "
            "migration and the next step.",
        ),
        commands=(Command(f"./run check --environment {quote(name)}", "bash"),),
        risk="none (read-only)",
        needs_role="whoever may run migrations",
    )


def _rows(evidence: Evidence, facts: EnvironmentFacts, error: PastedError) -> tuple[Fix, ...]:
    """Show the rows in the way, where they are those of the constraint that is looked into."""
    blocker = BLOCKERS.get(error.rows_in_the_way) if error.rows_in_the_way else None
    child = facts.catalog.child
    ours = (
        child is not None
        and error.table in (None, child.table.name)
        and error.columns in ((), (child.key,))
    )
    if blocker is None or facts.ends is None or not ours or not evidence.is_ours(error.constraint):
        return ()
    return (
        Fix(
            title=f"List the blocking rows in {evidence.target.name}",
            steps=("Repair or delete each of them, then migrate again.",),
            commands=(Repairs.of(facts).see(blocker),),
            risk="none (read-only)",
            needs_role="developer",
        ),
    )
