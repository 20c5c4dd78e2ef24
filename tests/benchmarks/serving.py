"""The real server, as `./run serve` starts it."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from dashboard.postgres.cluster import free_port
from dashboard.settings import project_folder

STOP_LIMIT_S = 15
LIMITED, UNLIMITED = "streamlit", "tests.benchmarks.unlimited"  # modules that start it


@dataclass(frozen=True, slots=True)
class Served:
    """A server that was just started: nothing was waited for."""

    port: int
    process: psutil.Process
    started: float
    state: Path

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def rss_mb(self) -> float:
        return self.process.memory_info().rss / 1e6

    @property
    def age_s(self) -> float:
        return time.perf_counter() - self.started

    @property
    def cpu_s(self) -> float:
        times = self.process.cpu_times()
        return times.user + times.system


@contextlib.contextmanager
def served(
    configuration: Path,
    state: Path,
    starter: str = UNLIMITED,
    variables: Mapping[str, str] | None = None,
    port: int | None = None,
    program: Path | None = None,
) -> Iterator[Served]:
    """Start it on a configuration; `state` is where it may keep what it keeps by default.

    `program` is a working copy, this one where none is given.
    """
    folder = program or project_folder()
    port = port or free_port()
    command = [
        *(sys.executable, "-m", starter, "run", "dashboard/asgi.py"),
        *(f"--server.port={port}", "--server.address=127.0.0.1"),
    ]
    environ = {
        **os.environ,
        "DASHBOARD_CONFIG": str(configuration),
        "XDG_STATE_HOME": str(state),
        "PYTHONPATH": str(folder),
        **(variables or {}),
    }
    started = time.perf_counter()
    with (state / "server.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, env=environ, stdout=log, stderr=log)
        try:
            yield Served(port, psutil.Process(process.pid), started, state)
        finally:
            _stop(process)


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(STOP_LIMIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
