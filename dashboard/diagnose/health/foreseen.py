"""What deploying would do with the migrations still to come, as far as that was rehearsed.

| the script                                        | deploying      |
| ------------------------------------------------- | -------------- |
| what is there, or its rows, are certain to stop it | fails          |
| was rehearsed, and nothing is open; or is empty   | works          |
| anything else                                     | nobody can say |
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from dashboard.diagnose.health.case import Case
from dashboard.diagnose.migrations.schema import plain
from dashboard.diagnose.migrations.schema.rehearsed import CannotRehearse
from dashboard.diagnose.migrations.schema.verdict import Answer, Verdict
from dashboard.diagnose.migrations.states import TO_COME, migration_statuses

NO_TEXT = "has a script we do not have"
NOT_REHEARSED = "was not rehearsed"
NOT_REACHED = "comes after one that stops"


def foreseen(case: Case, texts: Mapping[str, str]) -> Case:
    """Add what becomes of the migrations to come."""
    verdicts = _verdicts(case)
    stops = {
        name: f"{', '.join(each.reasons)} (SQLSTATE {', '.join(each.sqlstates)})"
        for name, each in verdicts.items()
        if each.answer is Answer.FAILS
    }
    failing = frozenset(stops)
    uncertain = {name: why for name, why in _doubts(case, texts) if name not in failing}
    ledger = replace(case.ledger, would_fail=failing, stops=stops, uncertain=uncertain)
    scripts = {} if ledger.by_majority else {name: texts.get(name, "") for name in _to_come(case)}
    return replace(case, ledger=ledger, scripts_to_come=scripts)


def _verdicts(case: Case) -> dict[str, Verdict]:
    said = case.rehearsed.tried if case.rehearsed else {}
    return {name: each.verdict for name, each in said.items() if each.verdict}


def _doubts(case: Case, texts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Say of which scripts nobody can say, and why."""
    verdicts, why = _verdicts(case), _why_not(case)
    for name in _to_come(case):
        if name in verdicts:
            if verdicts[name].answer is Answer.UNKNOWN:
                yield name, f"cannot be foretold: {verdicts[name].reasons[0]}"
        elif case.ledger.by_majority or texts.get(name, "").strip():
            yield name, why


def _why_not(case: Case) -> str:
    if case.ledger.by_majority:
        return NO_TEXT
    if case.rehearsed is None:
        return NOT_REHEARSED
    pending = case.rehearsed.pending
    if isinstance(pending, CannotRehearse):
        return f"{NOT_REHEARSED}: {pending.reason}"
    return NOT_REACHED


def _to_come(case: Case) -> tuple[str, ...]:
    """Name the scripts to come, in their order."""
    statuses = migration_statuses(case.ledger)
    return tuple(each.name for each in statuses if each.state in TO_COME)


def maker(case: Case, table: str) -> str | None:
    """Name the migration to come that makes a table of this name."""
    scripts = case.scripts_to_come.items()
    return next((name for name, text in scripts if table in plain.tables_of(text)), None)
