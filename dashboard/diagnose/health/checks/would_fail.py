"""D18: rows that stop a migration still to come, or one that failed, again.

| rehearsed on its rows | finding                 |
| --------------------- | ----------------------- |
| rows stop it          | would-fail              |
| passes                | -                       |
| unknown, or was not   | - (pending says that)   |

What stops it whatever the rows are is said where it is pending. One that failed is rehearsed as
it will run again, where nothing of it is there.
"""

from collections.abc import Iterator

from dashboard.diagnose import words
from dashboard.diagnose.cascades import Cascades
from dashboard.diagnose.facts import EnvironmentFacts
from dashboard.diagnose.finding import Command, Fact, Finding, Fix, Severity
from dashboard.diagnose.health.case import Case, Check
from dashboard.diagnose.migrations import commands
from dashboard.diagnose.migrations.schema.verdict import Answer, InTheWay, Verdict
from dashboard.diagnose.migrations.states import MigrationState, in_state, migration_statuses
from dashboard.diagnose.repairs import deleting

LONGEST_STATEMENT = 200
OF_A_VALUE = "22"


def judge(case: Case) -> Iterator[Finding]:
    """Say it of each as it was rehearsed."""
    for name, each in (case.rehearsed.tried if case.rehearsed else {}).items():
        verdict = each.verdict
        if verdict and verdict.answer is Answer.FAILS and _rows(verdict):
            yield _would_fail(case, name, verdict)


def _rows(verdict: Verdict) -> tuple[InTheWay, ...]:
    """Leave out what stops it whatever the rows are."""
    return tuple(
        each
        for each in verdict.in_the_way
        if each.number is not None or each.sqlstate.startswith(OF_A_VALUE)
    )


def _would_fail(case: Case, name: str, verdict: Verdict) -> Finding:
    facts, rows = case.facts, _rows(verdict)
    failed = name in _failed(case)
    again = " again" if failed else ""
    latest = " at the latest" if verdict.latest else ""
    return Finding(
        code="would-fail",
        severity=Severity.ERROR,
        environment=facts.name,
        subject=name,
        summary=(
            f"The migration {words.short(name)} would fail{again} in {facts.name}: "
            f"{words.listed([each.sentence for each in rows])}."
        ),
        explanation=(
            f"PostgreSQL would stop{latest} with {' or '.join(verdict.sqlstates)} at statement "
            f"{verdict.step}: {_shortened(verdict.statement)}"
        ),
        evidence=tuple(
            Fact(facts.name, f"{_told(each)} (SQLSTATE {each.sqlstate})", as_of=facts.proof.as_of)
            for each in rows
        ),
        fix=_clean(case, rows, [name] if failed else []),
        resolves_when="no such rows remain and the migration is applied",
    )


def _failed(case: Case) -> set[str]:
    failed = in_state(migration_statuses(case.ledger), MigrationState.FAILED)
    return {each.name for each in failed}


def _told(rows: InTheWay) -> str:
    first = ", ".join(map(words.short, rows.keys))
    return f"{rows.sentence}; the first: {first}" if first else rows.sentence


def _shortened(statement: str) -> str:
    text = words.line(statement)
    return text if len(text) <= LONGEST_STATEMENT else f"{text[: LONGEST_STATEMENT - 1]}…"


def _clean(case: Case, rows: tuple[InTheWay, ...], failed: list[str]) -> Fix:
    removals = [_removal(case.facts, each) for each in rows if each.removal]
    given = tuple(each for each in removals if isinstance(each, Command))
    return Fix(
        option=3,
        title="Correct the blocking rows, then deploy",
        steps=(
            "List these rows, and correct what is still needed.",
            *dict.fromkeys(each for each in removals if isinstance(each, str)),
            *(["Remove the rest with the statement given."] if given else []),
            *(["Mark it as rolled back: until then nothing is applied."] if failed else []),
            "Deploy: this applies the migration.",
        ),
        commands=(
            *(Command(each.shown, title="List the rows in the way") for each in rows if each.shown),
            *given,
            *commands.resolve(case.ledger, "--rolled-back", failed),
            commands.prisma(case.ledger, "Apply", "deploy"),
        ),
        risk="high: changes or removes rows",
        needs_role="table owner",
    )


def _removal(facts: EnvironmentFacts, each: InTheWay) -> Command | str:
    """Delete the rows, with what goes along; or say why no statement does."""
    tables = (table for table in facts.catalog.tables if (table.schema, table.name) == each.table)
    table = next(tables, None)
    if table is None:
        return "No DELETE is given: the catalog of this table was not read."
    cascades = Cascades.of_catalog(table, facts.catalog)
    if obstacle := cascades.obstacle:
        return obstacle
    text = f"{deleting(cascades)}{each.removal}"
    return Command(text, title="Delete rows whose key does not exist in the other table")


def _sees(case: Case) -> bool:
    return not case.ledger.unknown and not case.ledger.uncertain


CHECK = Check("Rows for pending migrations", frozenset({"would-fail"}), judge, _sees)
