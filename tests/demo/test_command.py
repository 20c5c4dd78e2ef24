"""`demo` from start to end: it says where it is, and leaves nothing behind however it ends."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.demo.scenarios import ONLY_LOCAL, STAGING
from dashboard.settings import project_folder


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder for temporary files, which the server's account can pass, and a runtime folder."""
    # not below the folder of pytest's, which every other run closes to that account
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o711)
        (folder / "runtime").mkdir(mode=0o700)
        yield folder


def variables(home: Path) -> dict[str, str]:
    return {**os.environ, "TMPDIR": str(home), "XDG_RUNTIME_DIR": str(home / "runtime")}


@pytest.fixture
def demo(home: Path) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "dashboard", "demo", "--headless", "--port", "0"]
    process = subprocess.Popen(
        command, cwd=project_folder(), env=variables(home), stdout=subprocess.PIPE, text=True
    )
    yield process
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    process.wait()
    if process.stdout:
        process.stdout.close()


def address(demo: "subprocess.Popen[str]") -> str:
    """Read what it says until it says where it is."""
    assert demo.stdout
    said = ""
    for line in demo.stdout:
        said += line
        if found := re.search(r"http://localhost:\d+", line):
            return found[0]
    raise AssertionError(f"it ended: {said}")


def descendants(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:  # a server's process of one connection comes and goes
        return []
    return [each for child in map(int, children) for each in (child, *descendants(child))]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_until_dead(pids: list[int]) -> None:
    """Wait as long as a test may take: how long it takes to end depends on the machine."""
    while any(map(alive, pids)):
        time.sleep(0.05)


def left_behind(home: Path) -> list[str]:
    places = (*home.glob("deployment-dashboard*"), *(home / "runtime").rglob("*.toml"))
    return [str(each) for each in places]


def test_it_serves_answers_and_goes(demo: "subprocess.Popen[str]", home: Path) -> None:
    where = address(demo)
    with urllib.request.urlopen(f"{where}/readyz", timeout=60) as answer:
        assert json.load(answer)["ready"] is True
    # nothing else is configured: the command line asks the demo
    asked = subprocess.run(
        [sys.executable, "-m", "dashboard", "lookup", ONLY_LOCAL.id, "--target", STAGING, "--json"],
        cwd=project_folder(), env=variables(home), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert asked.returncode == 1, asked.stderr
    assert json.loads(asked.stdout)["verdict"]["code"] == "environment-mismatch"
    children = descendants(demo.pid)
    assert len(children) > 2
    demo.send_signal(signal.SIGTERM)
    assert demo.wait() == 0
    wait_until_dead(children)
    assert left_behind(home) == []


def test_killed_its_servers_end_at_once_and_its_folder_with_the_next_start(
    demo: "subprocess.Popen[str]", home: Path
) -> None:
    address(demo)
    children = descendants(demo.pid)
    demo.kill()
    wait_until_dead(children)
    code = "from dashboard.postgres.cluster import remove_abandoned as r; r()\n"
    code += "from dashboard.settings import running; assert running.newest() is None"
    subprocess.run(
        [sys.executable, "-c", code], cwd=project_folder(), env=variables(home), check=True
    )
    assert left_behind(home) == []
