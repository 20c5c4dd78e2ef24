"""Appending by many threads and programs, through everything that can happen to a file."""

import contextlib
import logging
import shlex
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dashboard.settings import project_folder
from dashboard.state import History, Measure, Noted, SqliteStore, StateError, file
from tests.state.entries import MINUTE, NOW, STAGING, entry, kept, rows
from tests.state.programs import PATIENCE_S

OWN_MOUNTS = ("unshare", "--map-root-user", "--mount", "sh", "-c")
needs_mounts = pytest.mark.skipif(
    not shutil.which("unshare")
    or subprocess.run([*OWN_MOUNTS, "mount -t tmpfs tmpfs /tmp"], check=False).returncode != 0,
    reason="this user cannot mount a disk of their own",
)
MEASURED = (Measure("projects", 3, "exact"), Measure("deployments", 5, "estimate"))


def command(name: str, *arguments: object) -> list[str]:
    return [sys.executable, "-m", "tests.state.programs", name, *map(str, arguments)]


def ran(*command: str) -> list[str]:
    """Run a program to its end; return what it printed and logged, line by line."""
    done = subprocess.run(command, cwd=project_folder(), capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def started(name: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command(name, *arguments),
        cwd=project_folder(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.sqlite"


@pytest.fixture
def history(path: Path) -> History:
    return History.open(path)


def test_several_are_kept_together_or_not_at_all(history: History, path: Path) -> None:
    assert history.append(entry(NOW - MINUTE), entry())
    assert kept(path) == [NOW - MINUTE, NOW]
    wrong = replace(entry(), measures=MEASURED[:1] * 2)
    with pytest.raises(sqlite3.IntegrityError):
        history.append(entry(NOW + MINUTE), wrong)
    assert kept(path) == [NOW - MINUTE, NOW]


@pytest.fixture
def other(history: History, path: Path) -> Iterator[sqlite3.Connection]:
    """Another program that has the file open."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        yield connection


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "dashboard")
    return caplog


def test_all_of_an_entry_is_kept(history: History, path: Path) -> None:
    findings = (Noted("pending", "warning"), Noted("pending", "warning"), Noted("x", "info", True))
    assert history.append(entry(NOW, *findings, status="warning", ms=4.5, measures=MEASURED))
    assert rows(path, "select environment, address from place") == [
        (STAGING.environment, STAGING.address)
    ]
    assert rows(
        path, "select status, unavailable, ms from entry join condition c on c.id = condition"
    ) == [("warning", None, 4.5)]
    assert rows(path, "select code, severity, muted, times from finding order by code") == [
        ("pending", "warning", 0, 2),
        ("x", "info", 1, 1),
    ]
    assert set(rows(path, "select name, value, precision from measure")) == {
        ("projects", 3, "exact"),
        ("deployments", 5, "estimate"),
    }


def test_what_repeats_is_kept_once(history: History, path: Path) -> None:
    one, other = Noted("pending", "warning"), Noted("fk-missing", "error")
    for findings in ((one, other), (other, one), (one,), (one, other), ()):
        assert history.append(entry(NOW, *findings))
    assert rows(path, "select count(*) from condition") == [3]
    assert rows(path, "select count(*) from finding") == [3]


def test_a_time_without_a_zone_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="with its zone"):
        entry(NOW.replace(tzinfo=None))


def test_a_mistake_of_ours_is_loud_and_keeps_nothing(history: History, path: Path) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        history.append(entry(measures=(*MEASURED, *MEASURED)))
    assert kept(path) == []
    assert history.append(entry())


def test_threads_and_programs_share_a_file(path: Path) -> None:
    programs = [started("appending", path, name) for name in ("one", "two", "three")]
    for each in programs:
        assert each.stdin
        each.stdin.write("\n")
        each.stdin.flush()
    history = History.open(path)
    while any(each.poll() is None for each in programs):
        history.last_statuses([STAGING])
    assert [each.communicate()[0] for each in programs] == ["0\n"] * 3
    assert rows(
        path, "select environment, count(*) from entry join place p on p.id = place group by 1"
    ) == [
        ("one", 100),
        ("three", 100),
        ("two", 100),
    ]
    assert rows(path, "select count(*) from measure") == [300]
    assert rows(path, "pragma integrity_check") == ["ok"]


def test_threads_can_all_be_first(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file, "BUSY_S", PATIENCE_S)
    history, results = History(SqliteStore(path / "new" / "history.sqlite")), list[bool]()
    threads = [
        threading.Thread(target=lambda: results.append(history.append(entry()))) for _ in range(20)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert results == [True] * 20


def test_a_program_that_is_killed_loses_nothing_it_had_kept(path: Path) -> None:
    for lines in (1, 7, 30):
        path.unlink(missing_ok=True)
        program = started("without_end", path)
        assert program.stdout
        said = [int(program.stdout.readline()) for _ in range(lines)]
        program.kill()
        said += map(int, program.stdout)  # what was read ahead, too: communicate() would drop it
        program.communicate()
        assert History.open(path).append(entry())
        values = rows(path, "select value from measure order by entry")
        assert values in (said, [*said, len(said)])
        assert rows(path, "pragma integrity_check") == ["ok"]


def test_a_program_that_is_killed_within_an_entry_loses_that_entry(
    history: History, path: Path
) -> None:
    assert history.append(entry())
    with pytest.raises(subprocess.CalledProcessError) as killed:
        ran(*command("dying", path))
    assert killed.value.returncode == -signal.SIGKILL
    assert path.with_name("history.sqlite-wal").exists()
    assert History.open(path).append(entry())
    assert kept(path) == [NOW, NOW]
    assert rows(path, "select count(*) from measure") == [0]


def test_a_log_whose_file_is_gone_is_not_taken_up(
    history: History, path: Path, other: sqlite3.Connection
) -> None:
    log = path.with_name("history.sqlite-wal")
    other.execute("select count(*) from entry").fetchall()
    assert history.append(entry())
    left = log.read_bytes()
    other.close()
    path.unlink()
    log.write_bytes(left)
    assert len(left) > 0
    assert history.append(entry(NOW - MINUTE))
    assert kept(path) == [NOW - MINUTE]
    assert rows(path, "pragma integrity_check") == ["ok"]


def test_reading_does_not_block_writing(history: History, other: sqlite3.Connection) -> None:
    assert history.append(entry())
    other.execute("begin")
    seen = other.execute("select count(*) from entry").fetchall()
    assert history.append(entry())
    assert other.execute("select count(*) from entry").fetchall() == seen
    other.execute("commit")
    assert other.execute("select count(*) from entry").fetchall() == [(2,)]


def test_writing_does_not_block_reading(history: History, other: sqlite3.Connection) -> None:
    assert history.append(entry())
    other.execute("begin immediate")
    other.execute("delete from entry")
    (seen,) = history.last_statuses([STAGING])
    assert seen.at == NOW


def test_a_lock_is_waited_for_and_told_once(
    history: History,
    other: sqlite3.Connection,
    log: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(file, "BUSY_S", 0.01)
    other.execute("begin immediate")
    assert [history.append(entry()) for _ in range(3)] == [False] * 3
    other.execute("commit")
    assert [history.append(entry()) for _ in range(2)] == [True] * 2
    first, second = log.messages
    assert "was locked for too long" in first
    assert first.startswith("The history is not kept: ")
    assert second == "The history is kept again."


def test_the_log_does_not_grow_while_somebody_reads_without_end(
    history: History, path: Path, other: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file, "BUSY_S", 0.01)
    monkeypatch.setattr(file, "LOG_LIMIT_BYTES", 200_000)
    log = path.with_name("history.sqlite-wal")
    other.execute("begin")
    other.execute("select count(*) from entry").fetchall()
    kept_all = [history.append(entry(measures=MEASURED)) for _ in range(60)]
    assert kept_all[0]
    assert not kept_all[-1]
    assert log.stat().st_size < 300_000
    other.execute("commit")
    assert history.append(entry())
    assert log.stat().st_size < 100_000


def test_a_file_that_is_taken_away_is_made_again(
    history: History, path: Path, log: pytest.LogCaptureFixture
) -> None:
    assert history.append(entry())
    shutil.rmtree(path.parent)
    assert history.append(entry(NOW - MINUTE))
    assert kept(path) == [NOW - MINUTE]
    assert history.last_statuses([STAGING])[0].at == NOW - MINUTE
    assert log.messages == []


def test_a_place_that_comes_back_is_used_again(path: Path, log: pytest.LogCaptureFixture) -> None:
    path.parent.joinpath("disk").write_text("not mounted")
    history = History(SqliteStore(path.parent / "disk" / "history.sqlite"))
    assert [history.append(entry()) for _ in range(3)] == [False] * 3
    with pytest.raises(StateError, match="Not a directory"):
        history.last_statuses([STAGING])
    path.parent.joinpath("disk").unlink()
    assert history.append(entry())
    assert history.last_statuses([STAGING])
    assert [message.split(":")[0] for message in log.messages] == [
        "The history is not kept",
        "The history is kept again.",
    ]


def told_of_a_full_disk(lines: list[str]) -> None:
    before, told, meanwhile, again, after, entries = lines
    assert (before, meanwhile, after) == ("True", "False", "True")
    assert told.startswith("The history is not kept: ")
    assert again == "The history is kept again."
    assert entries == "2"


def test_a_full_quota_is_told_and_waited_out(path: Path) -> None:
    told_of_a_full_disk(ran(*command("with_a_full_quota", path)))


def with_a_disk(folder: Path, then: str) -> list[str]:
    """Run commands that see a small disk of their own in a folder."""
    mount = f"mount -t tmpfs -o size=400k tmpfs {shlex.quote(str(folder))}"
    return ran(*OWN_MOUNTS, f"{mount} && {then}")


@needs_mounts
def test_a_full_disk_is_told_and_waited_out(path: Path) -> None:
    filling = shlex.join(command("on_a_full_disk", path))
    told_of_a_full_disk(with_a_disk(path.parent, filling))


@needs_mounts
def test_a_disk_that_cannot_be_written_is_told_once(path: Path) -> None:
    there = shlex.join(command("five", path))
    not_there = shlex.join(command("five", path.parent / "new" / "history.sqlite"))
    remount = f"mount -o remount,ro {shlex.quote(str(path.parent))}"
    first, *others = with_a_disk(path.parent, f"{there} && {remount} && {there} && {not_there}")
    assert first == "True"
    told, kept_there, told_too, kept_new = others
    assert (kept_there, kept_new) == ("False", "False")
    assert told.startswith(f"The history is not kept: {path} cannot be used (")
    assert "history.sqlite cannot be used (Read-only file system); name another" in told_too
