"""When something is told: histories of an environment, minute by minute."""

from dataclasses import replace
from datetime import UTC, datetime, time

import pytest

from dashboard.diagnose.alerts import (
    Condition,
    Notice,
    Quiet,
    Remembered,
    Seen,
    Told,
    Turn,
    Wanted,
    message,
    seen_by,
    step,
)
from dashboard.diagnose.facts import Kind, Unavailable
from dashboard.diagnose.finding import Finding, Severity
from dashboard.diagnose.health.report import EnvironmentHealth
from dashboard.environments import Environment, Role
from tests.tables import every

START = 1_800_000_000.0
STAGING = Environment("staging", Role.STAGING)
DAY = 24 * 60


def look(written: str) -> Seen:
    """g: well, s: silent, u: not known, m: what was told is muted; else the letters are codes."""
    named = {"g": Condition.GOOD, "s": Condition.SILENT, "u": Condition.UNKNOWN}
    if written == "m":
        return Seen("staging", Condition.GOOD, muted=frozenset("ab"))
    if written in named:
        return Seen("staging", named[written])
    return Seen(
        "staging", Condition.BAD, tuple(Finding(c, Severity.ERROR, f"{c} is so") for c in written)
    )


def history(*lines: tuple[int, str], every_minutes: int = 1) -> list[tuple[int, str]]:
    """Say in which minute what was told; each line lasts so many minutes."""
    looks = [written for minutes, written in lines for _ in range(0, minutes, every_minutes)]
    remembered, told = Remembered(), []
    for number, written in enumerate(looks):
        minute = number * every_minutes
        remembered, notice = step(look(written), remembered, START + minute * 60)
        if notice:
            codes = "".join(sorted(each.code for each in notice.found))
            marks = ("!" if notice.flapping else "") + ("*" if notice.again else "")
            told.append((minute, f"{notice.turn} {codes}{marks}".strip()))
    return told


HISTORIES: dict[str, tuple[list[tuple[int, str]], list[tuple[int, str]]]] = {
    "bad for four minutes": ([(4, "a"), (30, "g")], []),
    "bad for good": ([(60, "a")], [(5, "bad a")]),
    "bad, then well": ([(8, "a"), (30, "g")], [(5, "bad a"), (13, "recovered")]),
    "bad, well for three minutes, bad": ([(8, "a"), (3, "g"), (30, "a")], [(5, "bad a")]),
    "bad, silent, bad": ([(8, "a"), (60, "s"), (9, "a")], [(5, "bad a")]),
    "bad, silent, well": ([(8, "a"), (60, "s"), (9, "g")], [(5, "bad a"), (73, "recovered")]),
    "silent for fourteen minutes": ([(15, "s"), (30, "g")], []),
    "silent for fifteen minutes": ([(60, "s")], [(15, "silent")]),
    "silent, then well": ([(20, "s"), (20, "g")], [(15, "silent"), (25, "recovered")]),
    "silent, then bad": ([(20, "s"), (20, "a")], [(15, "silent"), (25, "bad a")]),
    "one code more": ([(10, "a"), (20, "ab")], [(5, "bad a"), (15, "bad ab")]),
    "another code for three minutes": ([(10, "a"), (3, "ab"), (20, "a")], [(5, "bad a")]),
    "a code that comes and goes": (
        [(10, "a"), (10, "ab"), (10, "a"), (30, "ab")],
        [(5, "bad a"), (15, "bad ab")],
    ),
    "muted from the beginning": ([(60, "m")], []),
    "muted after it was told": ([(10, "a"), (60, "m")], [(5, "bad a")]),
    "muted, and later bad again": (
        [(10, "a"), (20, "m"), (20, "a")],
        [(5, "bad a"), (35, "bad a")],
    ),
    "every other minute": ([(1, c) for c in "ag" * 60], []),
    "two minutes of three": ([(1, c) for c in "aag" * 40], [(12, "bad a!")]),
    "back and forth, then well": (
        [*((1, c) for c in "aag" * 10), (30, "g")],
        [(12, "bad a!"), (34, "recovered")],
    ),
    "a moment after it was over": (
        [(30, "a"), (6, "g"), (2, "a"), (30, "g")],
        [(5, "bad a"), (35, "recovered")],
    ),
    "nobody could judge": ([(4, "a"), (30, "u"), (4, "a"), (20, "g")], []),
    "told, and nobody could judge": ([(8, "a"), (60, "u"), (20, "a")], [(5, "bad a")]),
}


@pytest.mark.parametrize("name", HISTORIES)
def test_what_is_told_when(name: str) -> None:
    lines, told = HISTORIES[name]
    assert history(*lines) == told


def test_every_day_it_is_said_again() -> None:
    told = history((3 * DAY + 60, "a"))
    assert told == [
        (5, "bad a"),
        (5 + DAY, "bad a*"),
        (5 + 2 * DAY, "bad a*"),
        (5 + 3 * DAY, "bad a*"),
    ]


ASKED = (0, 1, 2, 4, 8, 13, 18)  # minutes: a dead environment is asked less and less often


@pytest.mark.parametrize(("well_from", "told_at"), [(14, None), (17, None), (19, 18), (60, 18)])
def test_silence_is_told_of_as_far_as_it_was_asked(well_from: int, told_at: int | None) -> None:
    remembered, told = Remembered(), []
    for minute in range(25):
        asked = max(each for each in ASKED if each <= minute)
        seen = look("s" if asked < well_from else "g")
        seen = replace(seen, asked_ago_s=(minute - asked) * 60.0)
        remembered, notice = step(seen, remembered, START + minute * 60)
        if notice:
            told.append((minute, notice.turn))
    assert told[:1] == ([(told_at, Turn.SILENT)] if told_at else [])


def test_where_nobody_looked_what_seemed_to_begin_begins_anew() -> None:
    remembered, notice = step(look("a"), Remembered(), START)
    remembered, notice = step(look("a"), remembered, START + 4 * 60)
    assert notice is None
    remembered, notice = step(look("a"), remembered, START + 3600)
    assert notice is None
    for minute in range(1, 5):
        remembered, notice = step(look("a"), remembered, START + 3600 + minute * 60)
        assert notice is None
    remembered, notice = step(look("a"), remembered, START + 3600 + 5 * 60)
    assert notice
    assert notice.since == START + 3600


def test_what_is_remembered_stays_small() -> None:
    remembered = Remembered()
    for minute in range(2000):
        remembered, _ = step(look("ag"[minute % 2]), remembered, START + minute * 60)
    assert len(remembered.turns) <= 17


FAILED = Finding("failed", Severity.ERROR, "x", environment="staging")
PENDING = Finding("pending", Severity.WARNING, "y", environment="staging")
BLIND = Finding("unreadable", Severity.UNKNOWN, "z", environment="staging")
AWAY = Unavailable(Kind.REFUSED, "no")


@every(
    lately=[True, False],
    away=[True, False],
    findings=[(), (FAILED,), (PENDING,), (BLIND,), (FAILED, BLIND)],
)
def test_how_an_environment_is(lately: bool, away: bool, findings: tuple[Finding, ...]) -> None:
    health = EnvironmentHealth(STAGING, findings, unavailable=AWAY if away else None)
    seen = seen_by(Wanted(), health, lately=lately)
    if not lately:
        expected = Condition.UNKNOWN
    elif away:
        expected = Condition.SILENT if findings else Condition.UNKNOWN  # else that is muted
    elif FAILED in findings:
        expected = Condition.BAD
    else:
        expected = Condition.UNKNOWN if BLIND in findings else Condition.GOOD
    assert seen.condition is expected


def test_a_route_is_about_some_environments_and_codes() -> None:
    here = EnvironmentHealth(STAGING, (FAILED, PENDING))
    assert Wanted(environments=("prod*", "stag*")).covers(here)
    assert not Wanted(environments=("prod*",)).covers(here)
    assert Wanted(roles=frozenset({"staging"})).covers(here)
    assert not Wanted(roles=frozenset({"production"})).covers(here)
    warnings = Wanted(severities=frozenset({"warning"}))
    assert seen_by(warnings, here, lately=True).codes == {"pending"}
    assert seen_by(Wanted(codes=("fk-*",)), here, lately=True).condition is Condition.GOOD
    no_silence = Wanted(silent=False)
    away = EnvironmentHealth(STAGING, (BLIND,), unavailable=AWAY)
    assert seen_by(no_silence, away, lately=True).condition is Condition.UNKNOWN


def test_one_message_has_all_of_it() -> None:
    found = (Told("failed", "error", "A migration failed.", "Resolve it"), Told("b", "error", "B."))
    notices = [
        Notice(Turn.RECOVERED, "local", START),
        Notice(Turn.SILENT, "preview-1", START),
        Notice(Turn.BAD, "staging", START, found),
        Notice(Turn.BAD, "a&b", START, found[1:], flapping=True),
        Notice(Turn.BAD, "c", START, (Told("p", "warning", "P."),), again=True),
    ]
    told = message(notices, "https://dash.example.com")
    assert told.title == (
        "a&b is critical, on and off; c needs attention; staging is critical; and 2 more"
    )
    assert told.lines == (
        "a&b is critical, on and off since 2027-01-15 08:00 UTC:",
        "- B. https://dash.example.com/environment?env=a%26b&finding=b",
        "c needs attention since 2027-01-15 08:00 UTC:",
        "- P. https://dash.example.com/environment?env=c&finding=p",
        "staging is critical since 2027-01-15 08:00 UTC:",
        "- A migration failed. Fix: Resolve it. "
        "https://dash.example.com/environment?env=staging&finding=failed",
        "- B. https://dash.example.com/environment?env=staging&finding=b",
        "preview-1 does not answer since 2027-01-15 08:00 UTC. "
        "https://dash.example.com/environment?env=preview-1",
        "local has recovered since 2027-01-15 08:00 UTC. "
        "https://dash.example.com/environment?env=local",
    )
    assert "https" not in message(notices, None).body


@pytest.mark.parametrize(
    ("start", "end", "now", "ends"),
    [
        ("22:00", "07:00", "2026-01-01T21:59", None),
        ("22:00", "07:00", "2026-01-01T22:00", "2026-01-02T07:00"),
        ("22:00", "07:00", "2026-01-02T06:59", "2026-01-02T07:00"),
        ("22:00", "07:00", "2026-01-02T07:00", None),
        ("12:00", "13:00", "2026-01-02T12:30", "2026-01-02T13:00"),
        ("12:00", "13:00", "2026-01-02T13:30", None),
    ],
)
def test_quiet_hours(start: str, end: str, now: str, ends: str | None) -> None:
    quiet = Quiet(time.fromisoformat(start), time.fromisoformat(end))
    found = quiet.ends(datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert (found and found.strftime("%Y-%m-%dT%H:%M")) == ends
