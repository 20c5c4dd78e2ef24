"""Whether the lines of an audit follow from each other: a changed or removed line shows.

What does not show: an end that was cut off, a whole run of the server that was taken out, and
lines that somebody wrote anew with all that follow. Whoever sends the lines elsewhere as they come
can compare.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from dashboard.diagnose.words import count, listed
from queries.records import dataclass

FIRST = "0" * 16  # what the first line of a run carries
START = '{"audit": '  # other lines of standard output are not the audit's


@dataclass(frozen=True, slots=True)
class Entry:
    run: str
    serial: int
    before: str
    digest: str


@dataclass(frozen=True, slots=True)
class Broken:
    """The first line, counted from 1, that does not follow from the one before it."""

    line: int
    why: str


@dataclass(frozen=True, slots=True)
class Chains:
    """`cut` are the runs whose beginning is not there: it may be in an older file."""

    lines: int
    runs: tuple[str, ...]
    cut: tuple[str, ...]


def words(found: Chains) -> str:
    """Say what was found, and what that does not prove."""
    if not found.lines:
        return "There is no line of the audit here."
    counted = f"{count(found.lines, 'line')} of {count(len(found.runs), 'run')} of the server"
    cut = f" The beginning of {listed(found.cut)} is not here." if found.cut else ""
    return (
        f"{counted}: none was changed, and none between them is missing.{cut} "
        "An end that was cut off would not show."
    )


def digest(line: str) -> str:
    return hashlib.sha256(line.encode()).hexdigest()[:16]


def verify(lines: Iterable[str]) -> Chains | Broken:
    """Follow every run from line to line; what stands between its lines does not matter."""
    last: dict[str, Entry] = {}
    cut: list[str] = []
    seen = 0
    for number, line in enumerate((each.rstrip("\n") for each in lines), start=1):
        if not line.startswith(START):
            continue
        entry = _entry(line)
        if entry is None:
            return Broken(number, "it is not what the audit writes")
        if why := _wrong(entry, last):
            return Broken(number, why)
        if entry.run not in last and entry.serial > 1:
            cut.append(entry.run)
        last[entry.run] = entry
        seen += 1
    return Chains(seen, tuple(last), tuple(cut))


def _wrong(entry: Entry, last: Mapping[str, Entry]) -> str | None:
    """Say why a line cannot be the next one of its run."""
    if entry.serial == 1 and entry.before != FIRST:
        return "it is the first of its run, and carries a line before it"
    before = last.get(entry.run)
    if before and (before.serial + 1, before.digest) != (entry.serial, entry.before):
        return f"it does not follow from line {before.serial} of run {before.run}"
    return None


def _entry(line: str) -> Entry | None:
    try:
        entry: dict[str, Any] = json.loads(line)
    except json.JSONDecodeError:
        return None
    run, serial, before = (entry.get(key) for key in ("run", "serial", "before"))
    if isinstance(run, str) and type(serial) is int and isinstance(before, str):
        return Entry(run, serial, before, digest(line))
    return None
