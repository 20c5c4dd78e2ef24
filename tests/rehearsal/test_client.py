"""The process that rehearses, from outside: it ends with us, and is started again."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from dashboard.diagnose.migrations.schema.rehearsed import CannotRehearse
from dashboard.rehearsal import client
from dashboard.rehearsal.client import Rehearsals, Replayed

ROOT = Path(__file__).parents[2]
TABLE = (("1_a", "create table a (x int)"),)


@pytest.fixture(name="rehearsals")
def rehearsals_of_its_own(kept: Path) -> Iterator[Rehearsals]:
    made = Rehearsals(kept)
    yield made
    made.close()


def replayed(rehearsals: Rehearsals) -> Replayed:
    told = rehearsals.replay("public", TABLE)
    assert isinstance(told, Replayed), told
    return told


def test_replays_in_a_process_of_its_own(rehearsals: Rehearsals) -> None:
    assert [each.failure for each in replayed(rehearsals).outcomes] == [None]
    assert rehearsals._process
    assert rehearsals._process.pid != os.getpid()


def test_a_failure_is_an_answer(rehearsals: Rehearsals) -> None:
    told = rehearsals.replay("public", (("1_a", "create tabel a"),))
    assert isinstance(told, Replayed)
    ((failure),) = [each.failure for each in told.outcomes]
    assert failure
    assert failure[0] == "42601"


def test_closing_leaves_no_process(rehearsals: Rehearsals) -> None:
    replayed(rehearsals)
    assert rehearsals._process
    process = psutil.Process(rehearsals._process.pid)
    everyone = [process, *process.children(recursive=True)]
    assert len(everyone) > 2
    rehearsals.close()
    _, left = psutil.wait_procs(everyone, timeout=10)
    assert left == []


def test_closing_ends_what_is_being_done(rehearsals: Rehearsals) -> None:
    replayed(rehearsals)
    endless = (("1_a", "set statement_timeout = 0; select pg_sleep(1000)"),)
    said: list[object] = []
    asking = threading.Thread(target=lambda: said.append(rehearsals.replay("public", endless)))
    asking.start()
    time.sleep(0.5)
    rehearsals.close()
    asking.join(10)
    assert said == [client.BROKEN]
    assert rehearsals.replay("public", TABLE) is client.CLOSED


def test_is_started_again_when_it_was_killed(rehearsals: Rehearsals) -> None:
    replayed(rehearsals)
    assert rehearsals._process
    server = psutil.Process(rehearsals._process.pid).children()
    rehearsals._process.send_signal(signal.SIGKILL)
    rehearsals._process.wait()
    assert psutil.wait_procs(server, timeout=10)[1] == []
    replayed(rehearsals)


def test_says_so_when_it_does_not_answer(
    rehearsals: Rehearsals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "SECONDS", 0.0)
    monkeypatch.setattr(client, "GRACE_S", 0.0)
    monkeypatch.setattr(client, "STOP_S", 0.0)
    assert rehearsals.replay("public", TABLE) is client.BROKEN


def test_without_any_postgresql_says_so(
    rehearsals: Rehearsals, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As where the wheel is not, and nothing is installed."""
    script = (
        "import sys; from dashboard.postgres import cluster;"
        "cluster.WHEEL = 'no_such_wheel'; cluster.SYSTEM_FOLDERS = ();"
        "from pathlib import Path; from dashboard.rehearsal.worker import main;"
        "main(sys.stdin, sys.stdout, Path(sys.argv[1]))"
    )
    request = '{"do": "expect", "schema": "public", "migrations": [], "seconds": 9}\n'
    told = subprocess.run(
        [sys.executable, "-c", script, tmp_path],
        cwd=ROOT,
        env={"PATH": ""},
        input=request,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "No PostgreSQL was found" in told.stdout
    assert '"cannot"' in told.stdout


def test_the_worker_is_told_no_secret(
    rehearsals: Rehearsals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONNECTIONS__STAGING__URL", "postgresql://somebody:secret@db/app")
    replayed(rehearsals)
    assert rehearsals._process
    environment = Path(f"/proc/{rehearsals._process.pid}/environ").read_bytes()
    assert b"secret" not in environment


def test_a_server_that_stops_answering_is_no_error(rehearsals: Rehearsals) -> None:
    replayed(rehearsals)
    assert rehearsals._process
    for server in psutil.Process(rehearsals._process.pid).children():
        server.kill()
    time.sleep(0.2)
    told = rehearsals.replay("public", (("1_b", "create table b (x int)"),))
    assert told == CannotRehearse("the rehearsal was ended, as its server has gone")
    replayed(rehearsals)
