"""The migrations folder as it lies on the disk: every script, and Prisma's lock file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from dashboard.diagnose.migrations.strict.scripts import StrictScript, find

Texts = tuple[tuple[str, bytes | None], ...]


@dataclass(frozen=True, slots=True)
class OnDisk:
    """`texts` has None where a migration has no script; `unread` is why nothing could be read."""

    texts: Mapping[str, bytes | None] = field(default_factory=dict)
    lock_file: str | None = None
    unread: str | None = None

    @property
    def scripts(self) -> dict[str, str]:
        return {name: text.decode("utf-8", "replace") for name, text in self.texts.items() if text}


def read(folder: Path | None) -> OnDisk | None:
    """Read it as it is now; None where none is configured."""
    if folder is None:
        return None
    try:
        return OnDisk(_texts(folder), _lock_file(folder))
    except OSError as error:
        return OnDisk(unread=f"the migrations folder {folder} cannot be read: {error.strerror}")


def strict_script(seen: OnDisk | None, constraint: str, named: str | None) -> StrictScript | None:
    """Find the strict migration among the scripts that were read."""
    texts = tuple(seen.texts.items()) if seen else ()
    return _strict(texts, constraint, named)


# of a folder that has not changed nothing is read anew: a thousand scripts take half a second
@lru_cache(maxsize=1)
def _strict(texts: Texts, constraint: str, named: str | None) -> StrictScript | None:
    return find(OnDisk(dict(texts)).scripts, constraint, named)


def _texts(folder: Path) -> dict[str, bytes | None]:
    scripts = {each.name: each / "migration.sql" for each in folder.iterdir() if each.is_dir()}
    return {name: path.read_bytes() if path.is_file() else None for name, path in scripts.items()}


def _lock_file(folder: Path) -> str | None:
    path = folder / "migration_lock.toml"
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else None
