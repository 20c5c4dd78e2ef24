"""A server that writes its log in every format, for tests that read logs or let it be read."""

import contextlib
import json
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import psycopg

from dashboard.postgres.cluster import Cluster

LOGGING = {
    "logging_collector": "on",
    "log_destination": "stderr,csvlog,jsonlog",
    "log_filename": "pg-%a",
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_line_prefix": "%m [%p] %q%u@%d ",
}
PATIENCE_S = 60


def folder(connection: psycopg.Connection) -> Path:
    """Find the folder of the log."""
    shown = connection.execute("select current_setting('data_directory')").fetchone()
    assert shown
    return Path(shown[0]) / "log"


def written(connection: psycopg.Connection, suffix: str) -> Path:
    """Return the log of today, once it holds all that was logged until now."""
    marker = f"all logged before {time.monotonic_ns()}"
    connection.execute(f"do $$ begin raise log '{marker}'; end $$".encode())
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        for path in folder(connection).glob(f"pg-*{suffix}"):
            if path.suffix == suffix and marker in path.read_text(errors="replace"):
                return path
        time.sleep(0.01)
    raise AssertionError("the server did not write its log")


def asked(cluster: Cluster, since: float, until: float) -> dict[str, list[float]]:
    """Tell when each database was asked what has changed, which is once a round."""
    times: dict[str, list[float]] = defaultdict(list)
    with psycopg.connect(cluster.url(cluster.superuser), autocommit=True) as connection:
        path = written(connection, ".json")
    with path.open(errors="replace") as lines:
        for line in lines:
            if "txid_current_snapshot" in line and '"dbname"' in line:
                entry = json.loads(line)
                moment = datetime.fromisoformat(f"{entry['timestamp'][:23]}+00:00").timestamp()
                if since <= moment <= until:
                    times[entry["dbname"]].append(moment)
    return times


@contextlib.contextmanager
def logging_cluster(**settings: str) -> Iterator[Cluster]:
    with Cluster(options={**LOGGING, **settings}) as cluster:
        yield cluster
