"""Lists of ids under random names: for a day, and in bounded memory."""

import pytest

from dashboard.background import kept_lists
from dashboard.background.kept_lists import KEPT_S, KeptLists


def test_a_list_has_one_name_and_others_have_none() -> None:
    lists = KeptLists()
    name = lists.keep("a\nb")
    assert lists.keep("a\nb") == name != lists.keep("a\nc")
    assert len(name) > 20
    assert lists.get(name) == "a\nb"
    assert lists.get("another") is None


def test_it_expires_a_day_after_it_was_last_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(kept_lists.time, "monotonic", lambda: now[0])
    lists = KeptLists()
    name = lists.keep("a")
    now[0] = KEPT_S - 1
    assert lists.get(name) == "a"
    lists.keep("a")
    now[0] = 2 * KEPT_S - 2
    assert lists.get(name) == "a"
    now[0] = 2 * KEPT_S
    assert lists.get(name) is None


def test_the_oldest_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_lists, "MOST_CHARACTERS", 10)
    lists = KeptLists()
    names = [lists.keep(letter * 4) for letter in "abc"]
    assert [lists.get(name) for name in names] == [None, "bbbb", "cccc"]
