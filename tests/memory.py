"""Servers in memory: to make a database is to copy 300 files, and a disk takes long for that."""

import os
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")  # where Linux has it; a container may have but little of it
NEEDED_BYTES = 2**31


def use() -> None:
    """Let temporary files be in memory, but for what pytest keeps after the run."""
    if "TMPDIR" not in os.environ and _roomy(MEMORY):
        os.environ["PYTEST_DEBUG_TEMPROOT"] = tempfile.gettempdir()
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)


def _roomy(folder: Path) -> bool:
    if not (folder.is_dir() and os.access(folder, os.W_OK)):
        return False
    about = os.statvfs(folder)
    # a server whose account cannot reach the programs runs copies of them
    runs_programs = not about.f_flag & os.ST_NOEXEC
    return runs_programs and about.f_bavail * about.f_frsize >= NEEDED_BYTES
