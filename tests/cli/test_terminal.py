"""Colour is for a terminal alone, and for those who want it."""

import io
import sys

import pytest

from dashboard import terminal
from dashboard.diagnose.finding import Severity

CHECK = (
    "staging: Critical (1 muted)\n"
    "  Critical: 1 migration failed in staging [failed]\n"
    "    Do this: Mark it as rolled back."
)
DOCTOR = "staging\n  ok       reachable\n  error    constraint: x is not a foreign key here"
LOOK_UP = "Project missing (certain): it is not in staging\n  code\n\nEvidence\n  Critical: no"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")


def test_statuses_have_colours_and_headings_are_bold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", Terminal())
    red, bold, end = "\x1b[31m\x1b[1m", "\x1b[1m", "\x1b[0m"
    assert terminal.painted(CHECK).split("\n") == [
        f"{bold}staging: {end}{red}Critical{end} (1 muted)",
        f"  {red}Critical{end}: 1 migration failed in staging [failed]",
        "    Do this: Mark it as rolled back.",
    ]
    assert terminal.painted(DOCTOR).split("\n") == [
        f"{bold}staging{end}",
        f"  \x1b[32m\x1b[1mok{end}       reachable",
        f"  {red}error{end}    constraint: x is not a foreign key here",
    ]


def test_a_verdict_has_the_colour_of_its_severity(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", Terminal())
    first, *_ = terminal.painted(LOOK_UP, Severity.UNKNOWN).split("\n")
    assert first.startswith("\x1b[35m\x1b[1mProject missing (certain): it is not in staging")


@pytest.mark.parametrize(("variable", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_who_wants_none_gets_none(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.setenv(variable, value)
    assert terminal.painted(CHECK, Severity.ERROR) == CHECK


def test_what_is_not_a_terminal_gets_plain_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert terminal.painted(CHECK, Severity.ERROR) == CHECK
