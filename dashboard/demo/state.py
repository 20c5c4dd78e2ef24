"""The state of a running demo: a configuration file that only its user can read."""

import atexit
import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from dashboard.demo import MIGRATIONS, DemoError
from dashboard.demo.scenarios import ENVIRONMENTS, SCENARIOS
from dashboard.processes import Process
from dashboard.settings import running

CONSTRAINT = "deployments_projectId_fkey"


def configuration(
    urls: Mapping[str, str], history: Path | None = None, beside: Path | None = None
) -> str:
    """Word the configuration of the demo's environments; without a file, no history is kept.

    `beside` is where further migrations lie: those that wait, or Prisma 8's own.
    """
    folders = [str(each) for each in (MIGRATIONS, beside) if each]
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
        f"migrations = [{', '.join(map(_quoted, folders))}]",
        "[history]",
        f"path = {_quoted(str(history))}" if history else "enabled = false",
        *_examples(),
    ]
    return "\n".join(lines) + "\n"


def _examples() -> Iterator[str]:
    """Word every scenario, and the labels of those that have a button."""
    for each in SCENARIOS:
        yield "[[example]]"
        yield f"title = {_quoted(each.shows)}"
        yield f"text = {_quoted(each.paste)}"
        yield f"environment = {_quoted(each.environment)}"
        if each.button:
            yield f"button = {_quoted(each.button)}"


def write(config_text: str) -> Path:
    """Keep the configuration where this user's commands find it, until this process ends."""
    path = running.file_of(Process.current())
    folder = path.parent
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    if not running.is_private(folder):
        raise DemoError(f"{folder} is not a private folder of yours: remove it and start again.")
    # mkstemp's file is closed to others from its first byte on
    with tempfile.NamedTemporaryFile("w", dir=folder, delete=False, encoding="utf-8") as draft:
        draft.write(config_text)
    Path(draft.name).replace(path)
    atexit.register(path.unlink, missing_ok=True)
    return path


def _quoted(text: str) -> str:
    # a JSON string is a TOML string, but for the one control character that JSON leaves as it is
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
