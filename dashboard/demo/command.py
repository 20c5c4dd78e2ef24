"""The demo from one command: databases, seeded environments, the dashboard, and IDs to try."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import FrameType
from urllib.parse import urlsplit

from dashboard.demo import DemoError, sign_in, state
from dashboard.demo.failures import fail_before
from dashboard.demo.handed_over import hand_over
from dashboard.demo.next_release import announce
from dashboard.demo.past import remember
from dashboard.demo.scenarios import SCENARIOS
from dashboard.demo.seed import connect_urls, seed
from dashboard.postgres.cluster import Cluster
from dashboard.postgres.processes import ClusterError, end_with_parent, forking
from dashboard.settings import project_folder
from queries.records import dataclass

START_LIMIT_S = 60.0
STOP_LIMIT_S = 10.0
STORY = """
  The dashboard is at {address}

  What it is for, a click each:

    1  Lookup, "{button}": why a customer's deployment fails, what to do, what to reply
    2  Deployment failures: the afternoon on which everything failed in staging
    3  Environment health: what is new since yesterday, and who has to act
    4  Migrations: the next release stops on staging's rows, and locks production's largest table

  IDs to try on the Lookup page, or with ./run lookup ID --target ENVIRONMENT:
"""
SHOWN = (
    "environment-mismatch",
    "deleted-project",
    "project-present",
    "id-typo",
    "other-entity-deployment",
    "stale-project-id",
    "env-unreachable",
)


class Stopped(Exception):  # noqa: N818  # it is the way a demo ends, not an error
    """Ctrl-C or SIGTERM."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the demo shows beside the usual."""

    headless: bool = False
    handed_over: bool = False
    sign_in: bool = False


def run(port: int, wanted: Wanted) -> int:
    """Run until interrupted; leave no server and no file behind."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    try:
        _say("Starting an embedded PostgreSQL ...")
        with Cluster() as cluster:
            _say(f"Seeding local, staging and production (PostgreSQL {cluster.version}) ...")
            now = datetime.now(UTC)
            seed(cluster, now)
            failed = fail_before(cluster, now)
            app = cluster.beside("app")
            beside = hand_over(cluster, app) if wanted.handed_over else announce(cluster)
            urls, history = connect_urls(cluster), cluster.beside("history.sqlite")
            configuration = state.configuration(urls, history, beside)
            address = f"http://localhost:{_free(port)}"
            with (
                _access(cluster, address, wanted) as access,
                _dashboard(str(state.write(configuration + access)), address) as served,
            ):
                remember(history, urls, cluster, failed, now)  # while it starts
                _attend(served, address, wanted)
    except Stopped:
        _say("\nThe demo has stopped and removed its databases.")
    except (ClusterError, DemoError) as error:
        _say(str(error))
        return 2
    return 0


def _stop(_number: int, _frame: FrameType | None) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)  # a second one must not interrupt the clean-up
    raise Stopped


@contextmanager
def _access(cluster: Cluster, address: str, wanted: Wanted) -> Iterator[str]:
    """Word how people come in, and run what they sign in at."""
    if not wanted.sign_in:
        yield ""
        return
    _say("Installing and starting an OpenID provider ...")
    with sign_in.provider(cluster.beside("sign-in"), address) as issuer:
        yield sign_in.configuration(address, issuer)


@contextmanager
def _dashboard(configuration: str, address: str) -> Iterator["subprocess.Popen[bytes]"]:
    _say("Starting the dashboard ...")
    with forking():
        dashboard = subprocess.Popen(
            [
                *(sys.executable, "-m", "streamlit", "run", "dashboard/asgi.py"),
                *(f"--server.port={urlsplit(address).port}", "--server.address=127.0.0.1"),
            ],
            cwd=project_folder(),
            env={**os.environ, "DASHBOARD_CONFIG": configuration},
            stdout=subprocess.DEVNULL,
            preexec_fn=end_with_parent(),
            start_new_session=True,  # Ctrl-C is for us: the dashboard is told, and then the server
        )
    try:
        yield dashboard
    finally:
        _end(dashboard)


def _attend(dashboard: "subprocess.Popen[bytes]", address: str, wanted: Wanted) -> None:
    _wait(dashboard, address)
    _introduce(address, wanted)
    if not wanted.headless:
        webbrowser.open(f"{address}/lookup")
    dashboard.wait()
    raise DemoError("The dashboard ended by itself: its messages are above.")


def _wait(dashboard: "subprocess.Popen[bytes]", address: str) -> None:
    deadline = time.monotonic() + START_LIMIT_S
    while not _answers(f"{address}/readyz"):
        if dashboard.poll() is not None:
            raise DemoError("The dashboard did not start: its messages are above.")
        if time.monotonic() > deadline:
            raise DemoError(f"The dashboard did not answer within {START_LIMIT_S:.0f} s.")
        time.sleep(0.05)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2) as answer:  # noqa: S310  # our own
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _introduce(address: str, wanted: Wanted) -> None:
    shown = {each.name: each for each in SCENARIOS}
    _say(STORY.format(address=address, button=shown[SHOWN[0]].button))
    for scenario in (shown[name] for name in SHOWN):
        _say(f"    {scenario.project_id:<26} --target {scenario.environment:<12}{scenario.shows}")
    if wanted.sign_in:
        _say("\n  Sign in with any password:\n")
        for name, sees in sign_in.PEOPLE.items():
            _say(f"    {name:<26} sees {sees}")
    _say("\n  Ctrl-C stops it and removes everything it made.\n")


def _free(port: int) -> int:
    """Take the port if nobody has it, else any free one."""
    for wanted in (port, 0):
        with socket.socket() as probe:
            # as a server does, so that a port that was only just left counts as free
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", wanted))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise DemoError(f"Port {port} is in use, and no other could be had.")


def _end(dashboard: "subprocess.Popen[bytes]") -> None:
    dashboard.terminate()
    try:
        dashboard.wait(STOP_LIMIT_S)
    except subprocess.TimeoutExpired:
        dashboard.kill()
        dashboard.wait()


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
