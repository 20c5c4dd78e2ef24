"""Escaping: Markdown that says what the text says, and nothing else."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.diagnose import words
from dashboard.show.shared.escaping import escaped


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Shop demo", "Shop demo"),
        ("**x**", r"\*\*x\*\*"),
        ("[a](javascript:1)", r"\[a\]\(javascript\::red[]1\)"),
        ("a\n# b", r"a \# b"),
        ("$x$", r"\$x\$"),
        ("www.example.com", r"www:red[]\.example\.com"),
        ("a@example.com", r"a:red[]\@example\.com"),
        ("a -- b", r"a \-:red[]\- b"),
        ("PostgreSQL 18.6 · ü", r"PostgreSQL 18\.6 · ü"),
        ("a\u202eb", "a␣b"),
    ],
)
def test_examples(text: str, expected: str) -> None:
    assert escaped(text) == expected


@given(st.text())
def test_nothing_is_lost_and_one_line_comes_out(text: str) -> None:
    shown = escaped(text)
    unescaped = re.sub(r"\\(.)", r"\1", shown.replace(":red[]", ""))
    assert unescaped == words.line(text)
    assert len(shown.splitlines()) <= 1


@given(st.text(alphabet="*_`[]()<>#$:~-=@|\\!&{}a"))
def test_no_punctuation_stands_without_its_backslash(text: str) -> None:
    assert not re.sub(r"\\[!-/:-@\[-`{-~]", "", escaped(text).replace(":red[]", "")).strip("a ")
