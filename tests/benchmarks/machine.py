"""What a run was made on: without it a time says nothing."""

import os
import platform
import subprocess
from pathlib import Path

from dashboard.postgres.cluster import binaries


def described() -> dict[str, str]:
    return {
        "machine": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "Python": platform.python_version(),
        "PostgreSQL": _postgres(),
        "load at start": " ".join(f"{each:.2f}" for each in os.getloadavg()),
    }


def _postgres() -> str:
    command = [binaries().program("postgres"), "--version"]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return said.split()[-1] if said else "unknown"


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or "unknown")
