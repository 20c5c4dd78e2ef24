"""A process is known by its pid and its start, for as long as it runs."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from dashboard.processes import Process


def test_ended_process_is_not_alive() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        started = Path(f"/proc/{child.pid}/stat")
        process = Process.parse(f"{child.pid}-{started.read_text().split()[21]}")
        assert process
        assert process.alive()
        child.kill()
        while process.alive():  # still a zombie: nobody has waited for it
            time.sleep(0.01)
    assert not process.alive()


@pytest.mark.parametrize("text", ["", "12", "12-", "-12", "a-1", "1-b", "1-2-3"])
def test_what_names_no_process(text: str) -> None:
    assert Process.parse(text) is None
