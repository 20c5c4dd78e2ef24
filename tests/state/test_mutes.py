"""What was muted on a page is kept in both stores until its day, or until it is lifted."""

import contextlib
import sqlite3
from datetime import date
from pathlib import Path

import pytest

from dashboard.background import muting
from dashboard.background.muting import LONGEST, PageMutes, today
from dashboard.settings import Mute
from dashboard.state import History, KeptMute, Mutes, SqliteStore, Store
from tests.state.entries import entry, kept

DAY = date(2030, 1, 2)
MUTE = KeptMute("pending", "staging", 'a "reason"; select', DAY, "vera@example.com")
SEEN = KeptMute("failed", "staging", "on it", date(2030, 1, 1), "sam@example.com", seen=True)


def test_mutes_are_kept_and_lifted(store: Store) -> None:
    mutes = Mutes(store)
    assert mutes.listed() == ()
    mutes.add(MUTE, date(2029, 1, 1))
    mutes.add(SEEN, date(2029, 1, 1))
    seen, muted = mutes.listed()
    assert (seen.code, seen.seen, seen.by) == ("failed", True, "sam@example.com")
    assert (muted.reason, muted.until) == (MUTE.reason, DAY)
    mutes.lift(muted.id)
    mutes.lift("another")
    assert mutes.listed() == (seen,)
    mutes.add(MUTE, date(2030, 1, 2))  # by then the other one is over
    assert [each.code for each in mutes.listed()] == ["pending"]


def test_one_process_s_mute_holds_for_the_others_soon(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes: list[int] = []
    one, other = PageMutes(store, lambda: changes.append(1)), PageMutes(store)
    assert one.current() == other.current() == ()
    mute = Mute("pending", "staging", "known", today() + 2 * LONGEST, "vera")
    assert one.add(mute) is None
    (held,) = one.current()
    assert held.covers("pending", "staging", today())
    assert not held.covers("pending", "local", today())
    assert held.until == today() + LONGEST
    assert changes == [1]
    assert other.current() == ()
    monkeypatch.setattr(muting, "KEPT_S", 0.0)
    assert other.current() == (held,)
    assert other.lift(held.id) is None
    assert one.current() == ()


def test_where_nothing_is_kept_nothing_is_muted() -> None:
    nowhere = PageMutes(None)
    assert not nowhere.possible
    assert nowhere.current() == ()


def test_what_held_last_holds_while_it_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "history.sqlite"
    mutes = PageMutes(SqliteStore(path))
    assert mutes.add(Mute("pending", "staging", "known", DAY, "vera")) is None
    held = mutes.current()
    assert held
    monkeypatch.setattr(muting, "KEPT_S", 0.0)
    path.write_bytes(b"no database")
    assert mutes.current() == held
    assert "is not a history" in str(mutes.lift(held[0].id))


def test_a_file_of_the_first_version_is_upgraded_with_what_is_in_it(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    assert History.open(path).append(entry())
    with contextlib.closing(sqlite3.connect(path)) as connection:
        for table in ("mute", "watch", "notice"):
            connection.execute(f"drop table {table}")
        connection.execute("pragma user_version = 1")
        connection.commit()
    store = SqliteStore(path)
    Mutes(store).add(MUTE, date(2029, 1, 1))
    assert len(Mutes(store).listed()) == 1
    assert len(kept(path)) == 1
