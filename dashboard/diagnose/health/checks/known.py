"""Family D, the ledger of one environment: what is applied there, and is known nowhere else.

| seen   | finding  |
| ------ | -------- |
| extra  | db-ahead |
| edited | edited   |
"""

from collections.abc import Iterator, Sequence

from dashboard.diagnose import words
from dashboard.diagnose.finding import Finding, Severity
from dashboard.diagnose.health.case import Case, Check
from dashboard.diagnose.health.checks import applied
from dashboard.diagnose.migrations import repairs
from dashboard.diagnose.migrations.contract import findings
from dashboard.diagnose.migrations.states import (
    MigrationState,
    MigrationStatus,
    in_state,
    migration_statuses,
    name_behind,
    named,
)
from dashboard.diagnose.migrations.view import LedgerView


def judge(case: Case) -> Iterator[Finding]:
    view = case.ledger
    if view.contract and view.by_contract:
        return findings.known(view.contract)
    return compare(view)


def compare(view: LedgerView) -> Iterator[Finding]:
    """Judge what the ledger has; one that cannot be read says nothing."""
    found = migration_statuses(view)
    yield from _ahead(view, found)
    yield from _edited(view, found)


def _ahead(view: LedgerView, found: Sequence[MigrationStatus]) -> Iterator[Finding]:
    if names := in_state(found, MigrationState.EXTRA):
        yield Finding(
            code="db-ahead",
            severity=Severity.WARNING,
            confidence=view.confidence,
            environment=view.environment,
            summary=f"{view.environment} has {words.count(len(names), 'migration')} that "
            f"{'are' if len(names) > 1 else 'is'} not in "
            f"{view.compared_with}{name_behind(names)}.",
            explanation="prisma migrate status reports this only while something is pending.",
            evidence=view.facts(f"applied: {words.listed([each.name for each in names])}"),
            caveats=("The folder or the other environments may be out of date.",),
            fix=repairs.catch_up(view),
            resolves_when=f"{view.compared_with} and the ledger contain the same names",
        )


def _edited(view: LedgerView, found: Sequence[MigrationStatus]) -> Iterator[Finding]:
    if names := in_state(found, MigrationState.EDITED):
        yield Finding(
            code="edited",
            severity=Severity.WARNING,
            environment=view.environment,
            summary=f"{words.count(len(names), 'script')} changed after being applied in "
            f"{view.environment}{name_behind(names)}.",
            explanation="The recorded checksum belongs to another text (line endings make no "
            "difference). prisma migrate status and deploy do not check this.",
            evidence=view.facts(
                *(f"{each.name}: recorded {each.live[0].checksum}" for each in names)
            ),
            fix=repairs.restore_script(named(names)),
            resolves_when="the script matches the applied text",
        )


CHECK = Check(
    "Migrations known",
    frozenset({"db-ahead", "edited", "db-update-only"}),
    judge,
    applied.sees,
    applied.compares,
)
