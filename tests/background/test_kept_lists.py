"""Lists of ids under random names: for a day, and in bounded memory."""

import pytest

from dashboard.access.viewer import OPERATOR, Viewer
from dashboard.background import kept_lists
from dashboard.background.kept_lists import KEPT_S, KeptLists
from dashboard.settings.grants import Grant, Level


def kept(lists: KeptLists, text: str, who: Viewer = OPERATOR, env: str | None = "staging") -> str:
    return lists.keep(text, env, who)


def person(user: str, level: Level, *environments: str) -> Viewer:
    return Viewer(user, (Grant((user,), level, environments or ("*",)),))


def test_a_list_has_one_name_and_others_have_none() -> None:
    lists = KeptLists()
    name = kept(lists, "a\nb")
    assert kept(lists, "a\nb") == name != kept(lists, "a\nc")
    assert len(name) > 20
    assert lists.get(name, OPERATOR) == "a\nb"
    assert lists.get("another", OPERATOR) is None


def test_it_expires_a_day_after_it_was_last_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(kept_lists.time, "monotonic", lambda: now[0])
    lists = KeptLists()
    name = kept(lists, "a")
    now[0] = KEPT_S - 1
    assert lists.get(name, OPERATOR) == "a"
    kept(lists, "a")
    now[0] = 2 * KEPT_S - 2
    assert lists.get(name, OPERATOR) == "a"
    now[0] = 2 * KEPT_S
    assert lists.get(name, OPERATOR) is None


def test_the_oldest_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_lists, "MOST_CHARACTERS", 10)
    lists = KeptLists()
    names = [kept(lists, letter * 4) for letter in "abc"]
    assert [lists.get(name, OPERATOR) for name in names] == [None, "bbbb", "cccc"]


@pytest.mark.parametrize(
    ("reader", "reads"),
    [
        (person("vera", Level.VIEWER), False),
        (person("vera", Level.SUPPORT), True),
        (person("vera", Level.ADMIN, "production"), False),
        (
            Viewer(
                "vera",
                (*person("", Level.VIEWER).grants, *person("", Level.SUPPORT, "preview").grants),
            ),
            False,
        ),
        (person("sam", Level.VIEWER), True),  # who kept it
        (OPERATOR, True),
    ],
)
def test_a_link_alone_shows_no_list(reader: Viewer, reads: bool) -> None:
    """Which ids were looked up where is a list of rows: for support, in that environment."""
    lists = KeptLists()
    name = kept(lists, "a\nb", person("sam", Level.VIEWER))
    assert lists.get(name, reader) == ("a\nb" if reads else None)


def test_who_pastes_the_same_list_may_read_it_too() -> None:
    lists, vera = KeptLists(), person("vera", Level.VIEWER)
    name = kept(lists, "a\nb", person("sam", Level.VIEWER))
    assert kept(lists, "a\nb", vera) == name
    assert lists.get(name, vera) == "a\nb"
    assert kept(lists, "a\nb", vera, env="production") != name
