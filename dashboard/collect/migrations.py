"""The migrations folder as it lies on the disk: every script, and Prisma's lock file."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from stat import S_ISREG

from dashboard.diagnose.migrations.folder import Folder
from dashboard.diagnose.migrations.strict.scripts import StrictScript, find

SCRIPT = "migration.sql"
TYPESCRIPT = "migration.ts"
LOCK_FILE = "migration_lock.toml"

Stamp = tuple[int, int, int]  # differs once a file was written to


@dataclass(frozen=True, slots=True, eq=False)
class OnDisk:
    """What was read, the same object until something changes; `unread` is why nothing could be.

    `scripts` are the texts by migration, without those that are empty.
    """

    folder: Folder | None = None
    scripts: Mapping[str, str] = field(default_factory=dict)
    unread: str | None = None


@dataclass(frozen=True, slots=True)
class _Entry:
    """A migration's folder; `stamp` is its script's, None where it has none."""

    name: str
    path: str
    stamp: Stamp | None
    typescript: bool


def names(folders: Sequence[Path]) -> tuple[str, ...] | None:
    """List the migrations that have a script, in order, and read none; None where it cannot."""
    try:
        return tuple(each.name for each in _entries(folders) if each.stamp) if folders else None
    except OSError:
        return None


def read(folders: Sequence[Path]) -> OnDisk | None:
    """Read them as they are now; None where none is configured."""
    if not folders:
        return None
    locks = ((f"{each}/{LOCK_FILE}", _stamp(f"{each}/{LOCK_FILE}")) for each in folders)
    try:
        return _read(_entries(folders), next(((path, at) for path, at in locks if at), None))
    except OSError as error:
        where = error.filename or folders[0]
        return OnDisk(unread=f"the migrations folder {where} cannot be read: {error.strerror}")


# of a folder that has not changed nothing is made anew: a thousand scripts take a tenth of a second
@lru_cache(maxsize=1)
def strict_script(seen: OnDisk | None, constraint: str, named: str | None) -> StrictScript | None:
    """Find the strict migration among the scripts that were read."""
    return find(seen.scripts if seen else {}, constraint, named)


@lru_cache(maxsize=1)
def _read(entries: tuple[_Entry, ...], lock_file: tuple[str, Stamp] | None) -> OnDisk:
    texts = {
        each.name: Path(each.path, SCRIPT).read_bytes() if each.stamp else None for each in entries
    }
    lock = Path(lock_file[0]).read_text("utf-8", errors="replace") if lock_file else None
    scripts = {name: text.decode("utf-8", "replace") for name, text in texts.items() if text}
    typescript = frozenset(each.name for each in entries if each.typescript)
    return OnDisk(Folder.of(texts, lock, typescript), scripts)


def _entries(folders: Sequence[Path]) -> tuple[_Entry, ...]:
    return tuple(sorted(map(_entry, _subfolders(folders)), key=lambda each: each.name))


def _subfolders(folders: Sequence[Path]) -> Iterator[tuple[str, str]]:
    for folder in folders:
        with os.scandir(folder) as entries:
            yield from [(each.name, each.path) for each in entries if each.is_dir()]


def _entry(named: tuple[str, str]) -> _Entry:
    name, path = named
    stamp = _stamp(f"{path}/{SCRIPT}")
    return _Entry(name, path, stamp, not stamp and _stamp(f"{path}/{TYPESCRIPT}") is not None)


def _stamp(path: str) -> Stamp | None:
    try:
        seen = os.stat(path)  # noqa: PTH116  # a thousand of Path take four times as long
    except (FileNotFoundError, NotADirectoryError):
        return None
    return (seen.st_mtime_ns, seen.st_ctime_ns, seen.st_size) if S_ISREG(seen.st_mode) else None
