"""The configuration of a running demo: where this user's commands find it while it runs."""

import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from dashboard.processes import Process

NAME = "deployment-dashboard"
FILE_PREFIX = "demo-"


def newest() -> Path | None:
    """Find the configuration of the demo started last, of those that still run."""
    folder = _folder()
    if not is_private(folder):
        return None
    return max(_live(folder), key=lambda path: path.stat().st_mtime_ns, default=None)


def file_of(process: Process) -> Path:
    """Name the file that a demo's process keeps its configuration in."""
    return _folder() / f"{FILE_PREFIX}{process}.toml"


def is_private(folder: Path) -> bool:
    """Say whether it is a real folder, ours, and closed to others."""
    try:
        status = folder.lstat()
    except OSError:
        return False
    if sys.platform == "win32":
        return stat.S_ISDIR(status.st_mode)
    closed = not status.st_mode & 0o077
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid() and closed


def _live(folder: Path) -> Iterator[Path]:
    for path in folder.glob(f"{FILE_PREFIX}*.toml"):
        owner = Process.parse(path.stem.removeprefix(FILE_PREFIX))
        if owner and owner.alive():
            yield path
        else:
            path.unlink(missing_ok=True)


def _folder() -> Path:
    if sys.platform == "win32":  # where the folder of temporary files is the user's own
        return Path(tempfile.gettempdir()) / NAME
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if runtime and is_private(Path(runtime)):
        return Path(runtime) / NAME
    return Path(tempfile.gettempdir()) / f"{NAME}-{os.geteuid()}"
