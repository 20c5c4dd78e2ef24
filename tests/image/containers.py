"""Containers of the image that `.ci/image` built, as confined as documented."""

import json
import os
import shlex
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from dashboard.settings import project_folder
from tests.docs.readme import blocks
from tests.servers import exclusively

ROOT = project_folder()
IMAGE = os.environ.get("DASHBOARD_IMAGE", "")
WITH_EXTRA = f"{IMAGE}:extra"
USER = 10001
HISTORY = "/var/lib/deployment-dashboard"
SECRETS = "/app/.streamlit/secrets.toml"
ADDRESS = "http://localhost:8501"
PATIENCE_S = 60
STOP_LIMIT_S = 10  # what Docker waits before it kills
# health checks are timed by systemd, and limits raised by an engine that may: neither is there
WITHOUT_ENGINE = (
    *("--no-healthcheck", "--ulimit=nofile=1024:1024", "--ulimit=nproc=1024:1024"),
    # as Docker: nothing beside what is asked for can be written; databases are on this machine
    *("--read-only-tmpfs=false", "--network=host"),
)


def documented() -> list[str]:
    """Return how the documentation starts a container, but for ports, mounts and its removal."""
    (line,) = [
        line
        for line in "\n".join(blocks("sh")).replace("\\\n", " ").splitlines()
        if line.startswith("docker run ")
    ]
    words = shlex.split(line.removeprefix("docker run ").partition(" -p ")[0])
    return [word for word in words if word != "--rm"]


def podman(*arguments: str, text: str = "") -> "subprocess.CompletedProcess[str]":
    command = ["podman", *arguments]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=False)


def said(*arguments: str) -> str:
    """Return what podman says, where it does what it is told."""
    done = podman(*arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def inspected() -> Any:
    (image,) = json.loads(said("image", "inspect", IMAGE))
    return image


@dataclass(frozen=True, slots=True)
class Container:
    id: str

    def run(self, *command: str) -> "subprocess.CompletedProcess[str]":
        return podman("exec", self.id, *command)

    def python(self, code: str) -> Any:
        """Run code as the container's user; the answer is what it prints, as JSON."""
        return json.loads(said("exec", self.id, "python", "-c", code))

    def check_health(self) -> int:
        """Run the image's own health check, and return its exit status."""
        kind, *command = inspected()["Healthcheck"]["Test"]
        assert kind == "CMD"
        return self.run(*command).returncode

    def logged(self) -> str:
        done = podman("logs", self.id)
        return done.stdout + done.stderr

    def stop(self) -> int:
        """End it as Docker does: SIGTERM, then patience, then SIGKILL (137)."""
        said("stop", f"--time={STOP_LIMIT_S}", self.id)
        return int(said("inspect", "--format={{.State.ExitCode}}", self.id))

    def _runs(self) -> bool:
        return said("inspect", "--format={{.State.Running}}", self.id).strip() == "true"

    def wait_for(self, status: int) -> Any:
        """Wait until /readyz answers with a status, and return what it says."""
        eventually(lambda: not self._runs() or readiness()[0] == status)
        answered, content = readiness()
        if answered != status:
            pytest.fail(f"/readyz says {answered}, not {status}: {self.logged()}")
        return json.loads(content)


def eventually(holds: Callable[[], bool]) -> bool:
    """Wait for a condition, and say whether it came true."""
    limit = time.monotonic() + PATIENCE_S
    while not holds():
        if time.monotonic() > limit:
            return False
        time.sleep(0.1)
    return True


def readiness() -> tuple[int, bytes]:
    """Ask /readyz for its status and what it says; 0 where nobody answers."""
    try:
        with urllib.request.urlopen(f"{ADDRESS}/readyz", timeout=5) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()
    except OSError:
        return 0, b""


@contextmanager
def running(*options: str) -> Iterator[Container]:
    """Start a container, and remove it however the test ends."""
    with exclusively(__file__):
        if readiness()[0]:
            pytest.fail(f"{ADDRESS} is in use: the image listens there, end what else does")
        started = said("run", "--detach", *documented(), *WITHOUT_ENGINE, *options, IMAGE)
        container = Container(started.strip())
        try:
            yield container
        finally:
            podman("rm", "--force", container.id)


def variables(urls: Mapping[str, str]) -> list[str]:
    shouted = {name.upper().replace("-", "_"): url for name, url in urls.items()}
    return [f"--env=CONNECTIONS__{name}__URL={url}" for name, url in shouted.items()]


@contextmanager
def volume() -> Iterator[tuple[str, Path]]:
    """Make a volume for the history: the option that mounts it, and where its files are."""
    name = said("volume", "create").strip()
    place = Path(said("volume", "inspect", "--format={{.Mountpoint}}", name).strip())
    try:
        yield f"--volume={name}:{HISTORY}", place
    finally:
        podman("volume", "rm", name)


def looks(place: Path) -> list[tuple[str, bool]]:
    """Return the history's looks in a volume: the environment, and whether it answered."""
    kept = (
        "select p.environment, e.ms is not null from entry as e"
        " join place as p on p.id = e.place order by e.id"
    )
    if (database := place / "history.sqlite").exists():
        with closing(sqlite3.connect(database)) as connection, suppress(sqlite3.OperationalError):
            return [(name, bool(answered)) for name, answered in connection.execute(kept)]
    return []  # it is only being made
