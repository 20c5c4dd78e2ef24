"""A streaming replica of a primary, whose replay can be paused."""

import contextlib
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg

from dashboard.postgres.cluster import Cluster, binaries, free_port
from dashboard.postgres.processes import child_options, forking, server_account

PRIMARY = {"wal_level": "replica", "max_wal_senders": "4", "full_page_writes": "on"}


@contextlib.contextmanager
def replica_of(primary: Cluster) -> Iterator[int]:
    """Start a hot standby; gives its port."""
    account, port = server_account(), free_port()
    with tempfile.TemporaryDirectory(prefix="dashboard-replica-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        data = folder / "data"
        data.mkdir(mode=0o700)
        if account:
            account.own(data)
        programs = binaries()
        copy = (programs.program("pg_basebackup"), "-D", data, "-R", "--checkpoint=fast")
        with forking():
            subprocess.run(
                [*copy, "-d", primary.url("postgres")], check=True, **child_options(account)
            )
            server = subprocess.Popen(
                [programs.program("postgres"), "-D", data, "-c", f"port={port}"],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                **child_options(account),
            )
        try:
            _wait(primary, port)
            yield port
        finally:
            server.terminate()
            server.wait(10)


def _wait(primary: Cluster, port: int) -> None:
    url = primary.url("postgres").replace(f":{primary.port}/", f":{port}/")
    for _ in range(500):
        with contextlib.suppress(psycopg.OperationalError), psycopg.connect(url):
            return
        time.sleep(0.02)
    raise TimeoutError("the replica did not come up")
