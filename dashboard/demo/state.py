"""The state of a running demo: a configuration file that only its user can read."""

import atexit
import json
import os
import stat
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from dashboard.demo import MIGRATIONS, DemoError
from dashboard.demo.scenarios import ENVIRONMENTS
from dashboard.processes import Process

NAME = "deployment-dashboard"
FILE_PREFIX = "demo-"
CONSTRAINT = "deployments_projectId_fkey"


def configuration(urls: Mapping[str, str], history: Path | None = None) -> str:
    """Word the configuration of the demo's environments; without a file, no history is kept."""
    lines = ["# Written by a running demo, for --config as long as it runs."]
    for environment in ENVIRONMENTS:
        lines += [
            f"[connections.{environment.name}]",
            f"url = {_quoted(urls[environment.name])}",
            f"role = {_quoted(environment.role)}",
            f"app_url = {_quoted(environment.app_url or '')}",
        ]
    lines += [
        "[diagnosis]",
        f"constraint = {_quoted(CONSTRAINT)}",
        f"migrations = {_quoted(str(MIGRATIONS))}",
        "[history]",
        f"path = {_quoted(str(history))}" if history else "enabled = false",
    ]
    return "\n".join(lines) + "\n"


def write(config_text: str) -> Path:
    """Keep the configuration where this user's commands find it, until this process ends."""
    folder = _folder()
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    if not _private(folder):
        raise DemoError(f"{folder} is not a private folder of yours: remove it and start again.")
    path = folder / f"{FILE_PREFIX}{Process.current()}.toml"
    # mkstemp's file is closed to others from its first byte on
    with tempfile.NamedTemporaryFile("w", dir=folder, delete=False, encoding="utf-8") as draft:
        draft.write(config_text)
    Path(draft.name).replace(path)
    atexit.register(path.unlink, missing_ok=True)
    return path


def newest_live() -> Path | None:
    """Find the configuration of the demo started last, of those that still run."""
    folder = _folder()
    if not _private(folder):
        return None
    return max(_live(folder), key=lambda path: path.stat().st_mtime_ns, default=None)


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
    if runtime and _private(Path(runtime)):
        return Path(runtime) / NAME
    return Path(tempfile.gettempdir()) / f"{NAME}-{os.geteuid()}"


def _private(folder: Path) -> bool:
    """Say whether it is a real folder, ours, and closed to others."""
    try:
        status = folder.lstat()
    except OSError:
        return False
    if sys.platform == "win32":
        return stat.S_ISDIR(status.st_mode)
    closed = not status.st_mode & 0o077
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid() and closed


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # a JSON string is a TOML string
