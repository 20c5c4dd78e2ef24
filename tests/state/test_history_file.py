"""The file itself: made closed to others, never touched when it is somebody else's."""

import contextlib
import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.state import History, SqliteStore, StateError
from dashboard.state.file import VERSION
from tests.state.entries import NOW, STAGING, entry, kept, rows

FOREIGN = "create table their_own (x); insert into their_own values (1);"
DIES_WITH_A_LOG = f"""
import os, sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("pragma journal_mode = wal")
connection.executescript({FOREIGN!r})
os._exit(0)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.sqlite"


@contextlib.contextmanager
def masked(umask: int) -> Iterator[None]:
    before = os.umask(umask)
    try:
        yield
    finally:
        os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def refusal(path: Path) -> str:
    with pytest.raises(StateError) as refused:
        History.open(path)
    sentence = str(refused.value)
    assert sentence.startswith(str(path))
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert not History(SqliteStore(path)).append(entry())
    return sentence.removeprefix(f"{path} ")


def contents(folder: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in folder.iterdir() if each.is_file()}


def test_file_and_folders_are_closed_to_others(tmp_path: Path) -> None:
    path = tmp_path / "state" / "dashboard" / "history.sqlite"
    tmp_path.chmod(0o755)
    with masked(0):
        history = History.open(path)
        with history._store._file.connected() as connection:
            connection.execute("select count(*) from entry").fetchone()
            beside = sorted(each.name for each in path.parent.iterdir())
            assert beside == ["history.sqlite", "history.sqlite-shm", "history.sqlite-wal"]
            assert {mode(each) for each in path.parent.iterdir()} == {0o600}
    assert mode(path.parent) == mode(path.parent.parent) == 0o700
    assert mode(tmp_path) == 0o755, "what was there before is left as it is"


def test_nothing_is_left_open_or_lying_about(path: Path) -> None:
    assert History.open(path).append(entry())
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_an_entry_survives_a_restart(path: Path) -> None:
    assert History.open(path).append(entry())
    assert History.open(path).append(entry())
    assert kept(path) == [NOW, NOW]
    assert rows(path, "pragma journal_mode") == ["wal"]


def test_an_empty_file_is_filled(path: Path) -> None:
    path.touch()
    assert History.open(path).append(entry())
    assert kept(path) == [NOW]


def test_a_name_with_every_odd_character_is_a_name(tmp_path: Path) -> None:
    path = tmp_path / "50% of #1? é &mode=memory" / "a?immutable=1"
    assert History.open(path).append(entry())
    assert kept(path) == [NOW]


@pytest.mark.parametrize("content", [b"no", b"some text\n" * 1000, b"SQLite format 3\0" * 8])
def test_what_is_no_database_is_not_touched(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    assert refusal(path).startswith("is not a history of this dashboard; name another file")
    assert contents(path.parent) == {path.name: content}


@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_somebody_else_s_database_is_not_touched(path: Path, journal: str) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute(f"pragma journal_mode = {journal}")
        connection.executescript(FOREIGN)
    before = contents(path.parent)
    assert refusal(path).startswith("is not a history of this dashboard; name another file")
    assert contents(path.parent) == before


def test_a_log_that_somebody_else_left_is_not_touched(path: Path) -> None:
    subprocess.run([sys.executable, "-c", DIES_WITH_A_LOG, path], check=True)
    before = contents(path.parent)
    assert f"{path.name}-wal" in before
    assert refusal(path).startswith("is not a history of this dashboard")
    assert contents(path.parent) == before


def test_a_newer_history_is_not_touched(path: Path) -> None:
    History.open(path)
    rows(path, f"pragma user_version = {VERSION + 1}")
    before = contents(path.parent)
    assert refusal(path).startswith("is of a newer version of this dashboard; name another file")
    assert contents(path.parent) == before


def test_a_history_that_becomes_newer_while_it_is_used_is_left_alone(path: Path) -> None:
    history = History.open(path)
    assert history.append(entry())
    rows(path, f"pragma user_version = {VERSION + 1}")
    assert not history.append(entry())
    assert len(kept(path)) == 1


def test_a_damaged_history_is_told(path: Path) -> None:
    assert History.open(path).append(entry())
    pages = bytearray(path.read_bytes())
    pages[4096:] = b"\xff" * (len(pages) - 4096)
    path.write_bytes(pages)
    assert not History.open(path).append(entry())
    with pytest.raises(StateError, match="is damaged; move it away, and a new history begins"):
        History.open(path).last_statuses([STAGING])


def test_a_folder_is_no_file(path: Path) -> None:
    path.mkdir()
    assert refusal(path).startswith("is not a file; name another file as path under [history]")


def test_a_pipe_is_no_file(path: Path) -> None:
    os.mkfifo(path)
    assert refusal(path).startswith("is not a file")


def test_a_link_to_nothing_is_no_file(path: Path) -> None:
    path.symlink_to(path.parent / "gone" / "history.sqlite")
    assert refusal(path).startswith("is not a file")


def test_a_place_that_cannot_be(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("here first")
    assert refusal(file / "deep" / "history.sqlite") == (
        "cannot be used (Not a directory); "
        "name another file as path under [history], or set enabled = false there."
    )
    assert contents(tmp_path) == {"file": b"here first"}
