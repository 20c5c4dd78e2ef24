"""The migrations folder as it lies on the disk: every script, and Prisma's lock file."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from stat import S_ISREG

from dashboard.diagnose.migrations.folder import Folder
from dashboard.diagnose.migrations.strict.scripts import StrictScript, find

SCRIPT = "migration.sql"
LOCK_FILE = "migration_lock.toml"

Stamp = tuple[int, int, int]  # differs once a file was written to
Stamps = tuple[tuple[str, Stamp | None], ...]


@dataclass(frozen=True, slots=True, eq=False)
class OnDisk:
    """What was read, the same object until something changes; `unread` is why nothing could be.

    `scripts` are the texts by migration, without those that are empty.
    """

    folder: Folder | None = None
    scripts: Mapping[str, str] = field(default_factory=dict)
    unread: str | None = None


def names(folder: Path | None) -> tuple[str, ...] | None:
    """List the migrations that have a script, in order, and read none; None where it cannot."""
    try:
        return tuple(name for name, stamp in _stamps(folder) if stamp) if folder else None
    except OSError:
        return None


def read(folder: Path | None) -> OnDisk | None:
    """Read it as it is now; None where none is configured."""
    if folder is None:
        return None
    try:
        return _read(folder, _stamps(folder), _stamp(f"{folder}/{LOCK_FILE}"))
    except OSError as error:
        return OnDisk(unread=f"the migrations folder {folder} cannot be read: {error.strerror}")


# of a folder that has not changed nothing is made anew: a thousand scripts take a tenth of a second
@lru_cache(maxsize=1)
def strict_script(seen: OnDisk | None, constraint: str, named: str | None) -> StrictScript | None:
    """Find the strict migration among the scripts that were read."""
    return find(seen.scripts if seen else {}, constraint, named)


@lru_cache(maxsize=1)
def _read(folder: Path, stamps: Stamps, lock_file: Stamp | None) -> OnDisk:
    texts = {name: (folder / name / SCRIPT).read_bytes() if at else None for name, at in stamps}
    lock = (folder / LOCK_FILE).read_text("utf-8", errors="replace") if lock_file else None
    scripts = {name: text.decode("utf-8", "replace") for name, text in texts.items() if text}
    return OnDisk(Folder.of(texts, lock), scripts)


def _stamps(folder: Path) -> Stamps:
    """List the migrations, each with its script's stamp; None where it has no script."""
    with os.scandir(folder) as entries:
        found = sorted((each.name, each.path) for each in entries if each.is_dir())
    return tuple((name, _stamp(f"{path}/{SCRIPT}")) for name, path in found)


def _stamp(path: str) -> Stamp | None:
    try:
        seen = os.stat(path)  # noqa: PTH116  # a thousand of Path take four times as long
    except (FileNotFoundError, NotADirectoryError):
        return None
    return (seen.st_mtime_ns, seen.st_ctime_ns, seen.st_size) if S_ISREG(seen.st_mode) else None
