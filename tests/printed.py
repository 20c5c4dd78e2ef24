"""Printed statements, run as whoever copies them does: by psql."""

import os
import subprocess
from pathlib import Path

from dashboard.postgres.cluster import binaries

OPTIONS = ("--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1")


def psql(url: str, text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a text in one session, which \\copy reads and writes files of the folder in."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return subprocess.run(  # what is run is what the product prints
        [binaries().program("psql"), *OPTIONS, url],
        input=text, text=True, capture_output=True, cwd=folder, env=own, check=False,
    )  # fmt: skip
