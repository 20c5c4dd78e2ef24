"""Sentences and statements hold whatever a database or a paste holds, and stay what they are."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.diagnose import words
from dashboard.diagnose.sql import identifier, literal
from dashboard.environments import Environment, Role
from queries.rows import Project
from tests.conftest import MakeDatabase

UNSEEN = ("\x1b[31m", "\u202egnp", "\x9b2J", "a\u200bb", "\r\n\u2028", "\ue000", "\x7f", "\ud800")
KEPT = ("Shop demo", "Küche", "دكان", "👨\u200d👩\u200d👧", "a  b")
ODD = (
    "\x1b[2J",
    "a\nb",
    "\u202e",
    "\\",
    "'",
    '"',
    "\\'; --",
    "a\tb",
    "\u2028é\\n",
    "%s",
    "{x}",
    "é",
)


@given(st.text())
def test_a_line_moves_no_cursor_and_turns_nothing_around(text: str) -> None:
    shown = words.line(text)
    assert all(each.isprintable() or each in "\u200c\u200d" for each in shown)
    assert words.line(shown) == shown
    shown.encode()


@pytest.mark.parametrize("text", KEPT)
def test_what_can_be_read_stays_as_it_is(text: str) -> None:
    assert words.line(text) == text


@pytest.mark.parametrize("text", UNSEEN, ids=ascii)
def test_what_cannot_be_seen_is_shown_in_ids_and_names(text: str) -> None:
    name = words.project(Project("p1", text, None, None, None, None, None))
    for shown in (words.short(text), name):
        assert not {unicodedata.category(each) for each in shown} & {"Cc", "Cf", "Co", "Cs"}


def test_what_is_endless_is_cut() -> None:
    assert len(words.short("x" * 1_000)) == words.LONGEST_ID
    name = words.project(Project("p1", "x" * 1_000, None, None, None, None, None))
    assert len(name) == words.LONGEST_NAME + len("“”")


def test_a_statement_to_copy_means_the_value_and_the_name_byte_for_byte(
    make_database: MakeDatabase,
) -> None:
    database = make_database()
    for text in ODD:
        assert literal(text).isprintable()
        assert database.execute(f"select {literal(text)}") == [(text,)]
        assert identifier(text).isprintable()
        cursor = database.connection.execute(f"select 1 as {identifier(text)}".encode())
        assert cursor.description
        assert cursor.description[0].name == text


def test_of_many_environments_the_important_ones_are_named() -> None:
    previews = [Environment(f"preview-{number}", Role.PREVIEW) for number in range(40)]
    live = Environment("live", Role.PRODUCTION)
    assert words.environments([*previews[:5], live]).endswith("preview-4 and live")
    named = words.environments([*previews, live])
    assert named == "live, preview-0, preview-1, preview-2, preview-3 and 36 more"
