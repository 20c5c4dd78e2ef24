"""The state of every migration: the ledger's rows of one name, beside the folder.

A row that was not rolled back is live. The first line that holds decides.

| live rows          | rolled-back rows | lock | in the folder        | state         |
| ------------------ | ---------------- | ---- | -------------------- | ------------- |
| one is unfinished  | any              | held | any                  | running       |
| one is unfinished  | any              | free | any                  | failed        |
| all are finished   | any              | any  | no, but squashed     | squashed      |
| all are finished   | any              | any  | no                   | extra         |
| none               | any              | any  | no                   | -             |
| all are finished   | any              | any  | in TypeScript        | applied       |
| none               | any              | any  | in TypeScript        | typescript    |
| none, or finished  | any              | any  | without its script   | broken-folder |
| all are finished   | any              | any  | with the same text   | applied       |
| all are finished   | any              | any  | with another text    | edited        |
| none               | some             | any  | yes                  | rolled-back   |
| none               | none             | any  | yes                  | pending       |

| flag         | where                                                                        |
| ------------ | ---------------------------------------------------------------------------- |
| by-hand      | applied, edited or extra, and the first live row counts no steps             |
| out-of-order | pending, and a migration with a later name is applied                        |

Squashed is what was applied before the first migration of the folder was marked by hand: that
stands for all of them, and their folders are gone (Prisma's documentation, “Squashing migrations”).

Compared with other environments' names instead of a folder, no text is known: never edited,
never broken-folder, never squashed.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from functools import lru_cache

from dashboard.diagnose import words
from dashboard.diagnose.migrations.folder import Folder, Majority, Script
from dashboard.diagnose.migrations.view import LedgerView
from queries.records import dataclass
from queries.rows import Migration


class MigrationState(StrEnum):
    RUNNING = "running"
    FAILED = "failed"
    APPLIED = "applied"
    EDITED = "edited"
    EXTRA = "extra"
    SQUASHED = "squashed"
    ROLLED_BACK = "rolled-back"
    PENDING = "pending"
    BROKEN_FOLDER = "broken-folder"
    TYPESCRIPT = "typescript"
    OFF_PATH = "off-path"


class Flag(StrEnum):
    BY_HAND = "by-hand"
    OUT_OF_ORDER = "out-of-order"


WORST_FIRST = (
    MigrationState.FAILED,
    MigrationState.BROKEN_FOLDER,
    MigrationState.ROLLED_BACK,
    MigrationState.PENDING,
    MigrationState.RUNNING,
    MigrationState.TYPESCRIPT,
    MigrationState.EXTRA,
    MigrationState.EDITED,
    MigrationState.OFF_PATH,
    MigrationState.SQUASHED,
    MigrationState.APPLIED,
)
MOST_KEPT = 64  # views: several checks ask for the standings of the same one
IN_DATABASE = frozenset({MigrationState.APPLIED, MigrationState.EDITED, MigrationState.EXTRA})
TO_COME = frozenset({MigrationState.PENDING, MigrationState.ROLLED_BACK})


@dataclass(frozen=True, slots=True)
class MigrationStatus:
    """One migration: its state, and all rows of its name, oldest first."""

    name: str
    state: MigrationState
    flags: tuple[Flag, ...]
    rows: tuple[Migration, ...]

    @property
    def live(self) -> tuple[Migration, ...]:
        return live(self.rows)

    @property
    def unfinished(self) -> tuple[Migration, ...]:
        return tuple(row for row in self.live if row.finished_at is None)


@lru_cache(maxsize=MOST_KEPT)
def migration_statuses(view: LedgerView) -> tuple[MigrationStatus, ...]:
    """Judge every migration of the ledger and of the folder, in the folder's order.

    Without anything to compare with, the ledger's own names are taken for the folder's. A ledger
    that may not be read says nothing.
    """
    if view.unseen:
        return ()
    rows = view.ledger
    reference = view.reference or Majority(tuple({row.name for row in rows}))
    scripts = {script.name: script for script in reference.scripts}
    grouped: dict[str, list[Migration]] = {name: [] for name in scripts}
    for row in rows:
        grouped.setdefault(row.name, []).append(row)
    states = {
        name: state
        for name, found in sorted(grouped.items())
        if (state := _state(scripts.get(name), found, view))
    }
    latest = max((name for name, state in states.items() if state in IN_DATABASE), default="")
    return tuple(
        MigrationStatus(
            name, state, tuple(_flags(name, grouped[name], state, latest)), (*grouped[name],)
        )
        for name, state in states.items()
    )


def _state(
    script: Script | None, rows: Sequence[Migration], view: LedgerView
) -> MigrationState | None:
    there = live(rows)
    if any(row.finished_at is None for row in there):
        return MigrationState.RUNNING if view.lock_held else MigrationState.FAILED
    if script is None:
        return _without_folder(there, _squashed_at(view)) if there else None
    if script.broken:
        return _without_script(script, there)
    if there:
        return (
            MigrationState.APPLIED if script.matches(there[0].checksum) else MigrationState.EDITED
        )
    return MigrationState.ROLLED_BACK if rows else MigrationState.PENDING


def _without_folder(there: Sequence[Migration], squashed_at: datetime | None) -> MigrationState:
    before = squashed_at is not None and all(row.started_at < squashed_at for row in there)
    return MigrationState.SQUASHED if before else MigrationState.EXTRA


def _without_script(script: Script, there: Sequence[Migration]) -> MigrationState:
    if not script.typescript:
        return MigrationState.BROKEN_FOLDER
    return MigrationState.APPLIED if there else MigrationState.TYPESCRIPT


def _squashed_at(view: LedgerView) -> datetime | None:
    """When the folder's first migration was marked by hand, if it was."""
    if not isinstance(view.reference, Folder) or not view.reference.scripts:
        return None
    first = view.reference.scripts[0].name
    marked = (row for row in live(view.ledger) if row.name == first and row.applied_steps == 0)
    return next((row.started_at for row in marked), None)


def _flags(
    name: str, rows: Sequence[Migration], state: MigrationState, latest: str
) -> Iterator[Flag]:
    if state in IN_DATABASE and live(rows)[0].applied_steps == 0:
        yield Flag.BY_HAND
    if state is MigrationState.PENDING and name < latest:
        yield Flag.OUT_OF_ORDER


def live(rows: Iterable[Migration]) -> tuple[Migration, ...]:
    """Leave out what was rolled back: Prisma ignores it, apart from what 7.8 and older report."""
    return tuple(row for row in rows if row.rolled_back_at is None)


def in_state(found: Iterable[MigrationStatus], state: MigrationState) -> list[MigrationStatus]:
    return [each for each in found if each.state is state]


def named(found: Iterable[MigrationStatus]) -> str:
    return words.some([each.name for each in found])


def counted(found: Sequence[MigrationStatus]) -> str:
    """Name one, and count several: a headline has no room for them."""
    return words.short(found[0].name) if len(found) == 1 else f"{len(found)} migrations"


def name_behind(found: Sequence[MigrationStatus]) -> str:
    """Name, behind a number, what is one; the evidence names several."""
    return f": {counted(found)}" if len(found) == 1 else ""
