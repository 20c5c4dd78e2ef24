"""Which process is which, and whether it still runs."""

import ctypes
import os
import sys
from pathlib import Path
from typing import Self

from queries.records import dataclass


@dataclass(frozen=True, slots=True)
class Process:
    """A process by pid and start time: a pid alone is given away again."""

    pid: int
    started: str

    @classmethod
    def current(cls) -> Self:
        return cls(os.getpid(), _start_time(os.getpid()) or "0")

    @classmethod
    def parse(cls, text: str) -> Self | None:
        pid, _, started = text.partition("-")
        return cls(int(pid), started) if pid.isdecimal() and started.isdecimal() else None

    def __str__(self) -> str:
        return f"{self.pid}-{self.started}"

    def alive(self) -> bool:
        return _exists(self.pid) and _start_time(self.pid) in (self.started, None)


def _start_time(pid: int) -> str | None:
    """Clock ticks from boot to the start of a process; None where the system does not tell."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # the name in parentheses may hold spaces and parentheses of its own
    fields = status.rpartition(")")[2].split()
    zombie = fields[0] == "Z"
    return "ended" if zombie else fields[19]


def _exists(pid: int) -> bool:
    if sys.platform == "win32":  # where signal 0 would end the process
        query_limited_information = 0x1000
        handle = ctypes.windll.kernel32.OpenProcess(query_limited_information, False, pid)
        return bool(handle and ctypes.windll.kernel32.CloseHandle(handle))
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (ProcessLookupError, OverflowError):
        return False
    return True
