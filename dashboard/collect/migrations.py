"""The migrations folders as they lie on the disk: scripts, Prisma's lock file, and packages.

What is in a folder tells which Prisma it is for: a `migration.sql` is for 7 and older, a
`migration.json` for 8. Both may lie in one folder. Where one is configured and the other lies in
its usual place beside it, `prisma/migrations` and `migrations`, that is read, too.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import field
from functools import lru_cache
from pathlib import Path

from dashboard.collect import packages
from dashboard.collect.packages import REFS, Stamp, Stamped, stamp_of, stamped
from dashboard.diagnose.migrations.contract.packages import METADATA, ContractFolder
from dashboard.diagnose.migrations.folder import Folder
from queries.records import dataclass

SCRIPT = "migration.sql"
TYPESCRIPT = "migration.ts"
LOCK_FILE = "migration_lock.toml"
SNAPSHOTS = "snapshots"


@dataclass(frozen=True, slots=True, eq=False)
class OnDisk:
    """What was read, the same object until something changes; `unread` is why nothing could be.

    `folder` has the scripts, `contract` the packages; each is None where there is nothing for its
    Prisma. `scripts` are the texts by migration, without those that are empty.
    """

    folder: Folder | None = None
    contract: ContractFolder | None = None
    scripts: Mapping[str, str] = field(default_factory=dict)
    unread: str | None = None


@dataclass(frozen=True, slots=True)
class _Entry:
    """A migration's folder; `stamp` is its script's, None where it has none."""

    name: str
    path: str
    stamp: Stamp | None
    typescript: bool


@dataclass(frozen=True, slots=True)
class _Found:
    """What one folder has; `is_space`: packages lie directly in it."""

    entries: tuple[_Entry, ...]
    spaces: tuple[str, ...]
    is_space: bool

    @property
    def of_contract(self) -> bool:
        return self.is_space or bool(self.spaces)

    def spaces_of(self, folder: Path) -> tuple[str, ...]:
        return (*self.spaces, *((str(folder),) if self.is_space else ()))


@dataclass(frozen=True, slots=True)
class _Listing:
    """What all `folders` have; `for_scripts`: one is for Prisma 7, though it may be empty."""

    entries: tuple[_Entry, ...]
    spaces: tuple[str, ...]
    for_scripts: bool
    folders: tuple[Path, ...]


def names(folders: Sequence[Path]) -> tuple[str, ...] | None:
    """List the migrations that have a script, in order, and read none; None where it cannot."""
    try:
        found = [_sorted(folder) for folder in folders]
    except OSError:
        return None
    named = (each.name for one in found for each in one.entries if each.stamp)
    return tuple(sorted(named)) if folders else None


def read(folders: Sequence[Path]) -> OnDisk | None:
    """Read them as they are now; None where none is configured."""
    if not folders:
        return None
    try:
        listing = _listed(folders)
        return _read(listing, _locks(listing.folders), stamped(packages.files(listing.spaces)))
    except OSError as error:
        where = error.filename or folders[0]
        return OnDisk(unread=f"the migrations folder {where} is not readable: {error.strerror}")


@lru_cache(maxsize=1)
def _read(listing: _Listing, locks: Stamped, contract_files: Stamped) -> OnDisk:
    texts = {
        each.name: Path(each.path, SCRIPT).read_bytes() if each.stamp else None
        for each in listing.entries
    }
    lock = Path(locks[0][0]).read_text("utf-8", errors="replace") if locks else None
    scripts = {name: text.decode("utf-8", "replace") for name, text in texts.items() if text}
    typescript = frozenset(each.name for each in listing.entries if each.typescript)
    folder = Folder.of(texts, lock, typescript) if listing.for_scripts else None
    files = {path: Path(path).read_text("utf-8", errors="replace") for path, _ in contract_files}
    return OnDisk(folder, packages.contract(listing.spaces, files), scripts)


def _listed(folders: Sequence[Path]) -> _Listing:
    """List the configured folders, and what lies in the usual place beside them."""
    held = {folder: _sorted(folder) for folder in folders}
    for folder, found in tuple(held.items()):
        beside = _beside(folder, found)
        if beside and beside not in held and (other := _of_the_other(beside, found)):
            held[beside] = other
    spaces = [path for folder, found in held.items() for path in found.spaces_of(folder)]
    return _Listing(
        tuple(sorted((e for each in held.values() for e in each.entries), key=lambda e: e.name)),
        tuple(dict.fromkeys(spaces)),
        any(each.entries or not each.of_contract for each in held.values()),
        tuple(held),
    )


def _beside(folder: Path, found: "_Found") -> Path | None:
    """Name the usual place of the other Prisma's folder."""
    if found.of_contract:
        root = folder.parent if found.is_space else folder
        return root.parent / "prisma" / "migrations"
    usual = folder.parts[-2:] == ("prisma", "migrations")
    return folder.parent.parent / "migrations" if usual else None


def _of_the_other(folder: Path, beside: "_Found") -> "_Found | None":
    try:
        found = _sorted(folder)
    except OSError:
        return None
    scripts = any(each.stamp for each in found.entries)
    return found if (scripts if beside.of_contract else found.of_contract) else None


def _sorted(folder: Path) -> "_Found":
    """Tell scripts from what is Prisma 8's."""
    entries, spaces, own, refs = list[_Entry](), list[str](), False, False
    with os.scandir(folder) as found:
        below = sorted((each.name, each.path) for each in found if each.is_dir())
    for name, path in below:
        stamp = stamp_of(f"{path}/{SCRIPT}")
        if stamp or name not in (REFS, SNAPSHOTS):
            if not stamp and stamp_of(f"{path}/{METADATA}"):
                own = True
            elif not stamp and _is_space(path):
                spaces.append(path)
            else:
                typescript = not stamp and stamp_of(f"{path}/{TYPESCRIPT}") is not None
                entries.append(_Entry(name, path, stamp, typescript))
        refs = refs or (not stamp and name == REFS)
    return _Found(tuple(entries), tuple(spaces), own or (refs and not spaces))


def _is_space(path: str) -> bool:
    with os.scandir(path) as found:
        return any(
            each.is_dir() and (each.name == REFS or stamp_of(f"{each.path}/{METADATA}"))
            for each in found
        )


def _locks(folders: Sequence[Path]) -> Stamped:
    return stamped(f"{each}/{LOCK_FILE}" for each in folders)
