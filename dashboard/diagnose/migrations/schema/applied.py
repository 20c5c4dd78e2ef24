"""Which scripts an environment has run, as far as its schema can be compared with them.

| the ledger                                   | compared                                   |
| -------------------------------------------- | ------------------------------------------ |
| is not read, or not the one that counts      | no                                         |
| is compared with no folder                   | no: the scripts are not known              |
| has a migration that runs right now          | no: the schema is on its way               |
| has one that the folder lacks                | no: what it makes is not known             |
| has one whose folder has no SQL script       | no                                         |
| has none                                     | no: there is nothing to expect             |
| has one that was edited afterwards           | yes, with the text as it is now            |
| has one that failed                          | yes, without it                            |
| any other                                    | yes                                        |
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from dashboard.diagnose import words
from dashboard.diagnose.migrations.schema.rehearsed import AppliedSet, CannotRehearse
from dashboard.diagnose.migrations.states import (
    IN_DATABASE,
    TO_COME,
    MigrationState,
    MigrationStatus,
    in_state,
    migration_statuses,
)
from dashboard.diagnose.migrations.view import LedgerView
from queries.records import dataclass

Scripts = tuple[tuple[str, str], ...]
NONE_APPLIED = CannotRehearse("no migration is applied there")
RUNNING = "a migration is running right now"
ENDLESS = datetime.max.replace(tzinfo=UTC)


def applied_set(view: LedgerView, texts: Mapping[str, str]) -> AppliedSet | CannotRehearse:
    """List the scripts in the order in which they came to an end."""
    if reason := _not_read(view):
        return CannotRehearse(reason)
    statuses = migration_statuses(view)
    if reason := _not_known(statuses, view):
        return CannotRehearse(reason)
    applied = sorted((each for each in statuses if each.state in IN_DATABASE), key=_ended)
    if not applied:
        return NONE_APPLIED
    return AppliedSet(
        tuple((each.name, texts.get(each.name, "")) for each in applied),
        tuple(each.name for each in applied if each.state is MigrationState.EDITED),
        tuple(each.name for each in in_state(statuses, MigrationState.FAILED)),
    )


@dataclass(frozen=True, slots=True)
class ToCome:
    """What failed before, and what deploying would run once that is resolved: each in its order."""

    unfinished: Scripts
    pending: Scripts

    @property
    def scripts(self) -> Scripts:
        return self.unfinished + self.pending


def to_come(view: LedgerView, texts: Mapping[str, str]) -> ToCome | CannotRehearse:
    """List what is still to be run.

    Where no ledger was ever made all are to come.
    """
    if reason := _not_read(view):
        return CannotRehearse(reason)
    statuses = migration_statuses(view)
    if in_state(statuses, MigrationState.RUNNING):
        return CannotRehearse(RUNNING)
    failed = in_state(statuses, MigrationState.FAILED)
    return ToCome(
        tuple((each.name, texts[each.name]) for each in failed if each.name in texts),
        tuple((each.name, texts.get(each.name, "")) for each in statuses if each.state in TO_COME),
    )


def _ended(status: MigrationStatus) -> tuple[datetime, str]:
    return max(row.finished_at or ENDLESS for row in status.live), status.name


def _not_read(view: LedgerView) -> str | None:
    if view.by_contract:
        return "Prisma 8 keeps the state of its migrations"
    if view.rows is None and (view.table_exists or view.unread):
        return "its migrations ledger was not read"
    if view.folder_unread:
        return view.folder_unread
    return "no migrations folder is configured" if view.by_majority else None


def _not_known(statuses: Sequence[MigrationStatus], view: LedgerView) -> str | None:
    if in_state(statuses, MigrationState.RUNNING):
        return RUNNING
    if extra := in_state(statuses, MigrationState.EXTRA):
        return f"it has {words.count(len(extra), 'migration')} that the folder does not have"
    scripts = view.reference.scripts if view.reference else ()
    without = {each.name for each in scripts if each.broken}
    lost = any(each.live and each.name in without for each in statuses)
    return "a migration that is applied has no SQL script in the folder" if lost else None
