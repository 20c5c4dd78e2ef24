"""What `prisma migrate status` and `prisma migrate deploy` would answer, right or wrong.

Status: the first line that holds decides. Up to 7.8 rows that were rolled back count as present.

| seen                                                  | outcome                 | exit |
| ----------------------------------------------------- | ----------------------- | ---- |
| the lock file names another provider                  | error:P3019             | 1    |
| the ledger may not be read                            | error:permission-denied | 1    |
| a migration has a row and a folder without its script | error:P3015             | 1    |
| without a row: some; not in the folder: none          | pending                 | 1    |
| without a row: some; not in the folder: some          | diverged                | 1    |
| no ledger                                             | unmanaged               | 1    |
| an unfinished row that was not rolled back            | failed                  | 1    |
| anything else                                         | up-to-date              | 0    |

Deploy, in all versions:

| seen                                                  | outcome                 | exit |
| ----------------------------------------------------- | ----------------------- | ---- |
| the lock file names another provider                  | error:P3019             | 1    |
| another session keeps Prisma's lock                   | error:P1002             | 1    |
| no ledger, but other tables                           | P3005                   | 1    |
| the ledger may not be read                            | error:permission-denied | 1    |
| an unfinished row that was not rolled back            | P3009                   | 1    |
| to apply: nothing                                     | nothing                 | 0    |
| the first that cannot be applied has no script        | error:P3015             | 1    |
| the first that cannot be applied fails                | P3018                   | 1    |
| one of which nobody can say whether it works          | not known               | -    |
| anything else                                         | applies                 | 0    |
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum

from dashboard.diagnose.migrations.folder import Folder, Reference, Script
from dashboard.diagnose.migrations.states import live
from dashboard.diagnose.migrations.view import LedgerView
from queries.records import dataclass
from queries.rows import Migration

CONNECTOR = "postgresql"


class Engine(StrEnum):
    """The two generations of `migrate status`: up to 7.8.0, and 7.9.0 and newer."""

    UP_TO_7_8 = "7.8"
    SINCE_7_9 = "7.9"


class Outcome(StrEnum):
    UP_TO_DATE = "up-to-date"
    PENDING = "pending"
    DIVERGED = "diverged"
    UNMANAGED = "unmanaged"
    FAILED = "failed"
    NOTHING = "nothing"
    APPLIES = "applies"
    NOT_EMPTY = "P3005"
    FAILED_BEFORE = "P3009"
    FAILS = "P3018"
    LOCKED = "error:P1002"
    NO_SCRIPT = "error:P3015"
    OTHER_PROVIDER = "error:P3019"
    PERMISSION_DENIED = "error:permission-denied"


SUCCESSES = frozenset({Outcome.UP_TO_DATE, Outcome.NOTHING, Outcome.APPLIES})


@dataclass(frozen=True, slots=True)
class Answer:
    outcome: Outcome

    @property
    def exit(self) -> int:
        return 0 if self.outcome in SUCCESSES else 1


@dataclass(frozen=True, slots=True)
class PrismaHistory:
    """What Prisma's engine makes of folder and ledger; rows are named one by one, not once."""

    has_table: bool
    edited: tuple[str, ...]
    failed: tuple[str, ...]
    unapplied: tuple[str, ...]
    unpersisted: tuple[str, ...]
    last_common: str | None


def status(view: LedgerView, engine: Engine) -> Answer | None:
    """Answer for `migrate status`; None where that is not known."""
    history = diagnose(view, engine)
    if not isinstance(history, PrismaHistory):
        return Answer(history) if history else None
    return Answer(_status(history))


def _status(history: PrismaHistory) -> Outcome:
    if history.unapplied:
        return Outcome.DIVERGED if history.unpersisted else Outcome.PENDING
    if not history.has_table:
        return Outcome.UNMANAGED
    return Outcome.FAILED if history.failed else Outcome.UP_TO_DATE


def diagnose(view: LedgerView, engine: Engine) -> PrismaHistory | Outcome | None:
    """Compare as the engine does, or say why it refuses to."""
    reference, rows = view.reference, view.ledger
    if reference is None or view.unread:
        return None
    if _other_provider(reference):
        return Outcome.OTHER_PROVIDER
    if view.denied:
        return Outcome.PERMISSION_DENIED
    present = rows if engine is Engine.UP_TO_7_8 else live(rows)
    names = {row.name for row in present}
    if any(script.broken and script.name in names for script in reference.scripts):
        return Outcome.NO_SCRIPT
    return _history(view, reference.scripts, present)


def _history(
    view: LedgerView, scripts: Sequence[Script], present: Sequence[Migration]
) -> PrismaHistory:
    names = [script.name for script in scripts]
    first = {row.name: row for row in reversed(present)}
    unapplied = tuple(name for name in names if name not in first)
    known = frozenset(names)
    unpersisted = tuple(row.name for row in present if row.name not in known)
    before = names.index(unapplied[0]) - 1 if unapplied and unpersisted else -1
    return PrismaHistory(
        has_table=view.table_exists,
        edited=tuple(
            script.name
            for script in scripts
            if script.name in first and not script.matches(first[script.name].checksum)
        ),
        failed=tuple(row.name for row in _unfinished(view.ledger)),
        unapplied=unapplied,
        unpersisted=unpersisted,
        last_common=names[before] if before >= 0 else None,
    )


def deploy(view: LedgerView) -> Answer | None:
    """Answer for `migrate deploy`; None where that cannot be said."""
    if view.reference is None or view.unread:
        return None
    refused = next(_refusals(view, view.reference), None)
    outcome = refused or _applying(view, view.reference)
    return Answer(outcome) if outcome else None


def _refusals(view: LedgerView, reference: Reference) -> Iterator[Outcome]:
    if _other_provider(reference):
        yield Outcome.OTHER_PROVIDER
    if view.lock_held:
        yield Outcome.LOCKED
    if not view.table_exists and view.other_tables:
        yield Outcome.NOT_EMPTY
    if view.denied:
        yield Outcome.PERMISSION_DENIED
    if _unfinished(view.ledger):
        yield Outcome.FAILED_BEFORE


def _applying(view: LedgerView, reference: Reference) -> Outcome | None:
    """Go through what is to be applied; one that may fail fails with what fails after it."""
    there = {row.name for row in live(view.ledger)}
    unapplied = [script for script in reference.scripts if script.name not in there]
    certain = True
    for script in unapplied:
        if script.broken:
            return Outcome.NO_SCRIPT if certain else None
        if script.name in view.would_fail:
            return Outcome.FAILS
        certain = certain and script.name not in view.uncertain
    works = Outcome.APPLIES if unapplied else Outcome.NOTHING
    return works if certain else None


def _other_provider(reference: Reference) -> bool:
    return isinstance(reference, Folder) and reference.provider not in (None, CONNECTOR)


def _unfinished(rows: Sequence[Migration]) -> tuple[Migration, ...]:
    return tuple(row for row in live(rows) if row.finished_at is None)
