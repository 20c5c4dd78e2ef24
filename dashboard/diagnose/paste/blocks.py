"""Records from plain text: the lines of a log, a terminal or a console that make one error."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import field
from datetime import datetime

from dashboard.diagnose.paste import console, error_patterns, languages, migration_errors, times
from dashboard.diagnose.paste.cleaning import folded
from dashboard.diagnose.paste.record import Record, without_rows
from queries import patterns
from queries.records import dataclass

_LABELLED = patterns.lazy(
    r"(?P<prefix>.{0,200}?)(?<![\w-])"
    r"(?P<label>ERROR|FATAL|PANIC|WARNING|NOTICE|LOG|INFO|DEBUG[1-5]?"
    r"|DETAIL|HINT|CONTEXT|STATEMENT|QUERY|LOCATION):(?P<space>\s{0,2})"
)
_BELOW_AN_ERROR = {"DETAIL", "HINT", "CONTEXT", "STATEMENT", "QUERY", "LOCATION"}
_PROCESS = patterns.lazy(r"\[([0-9]{1,10})(?:-[0-9]{1,10})?\]")
_CLASS = patterns.lazy(
    r"(?<!['\"\w.])(?:PrismaClient\w{1,40}Error|NotFoundError|Error: P[1-6]\d{3})"
)
_INVOCATION = patterns.lazy(r"Invalid .{1,300}? invocation")
_DETAIL = patterns.lazy(r"(?<!['\"`])Key (?:\(|is )")
# what these print of a statement stands before the error that it ends in
_STATEMENT_FIRST = patterns.lazy(
    r"(?<!\w)(?:prisma:query |Query: |query failed: |Failed query: |Executing \(\w"
    r"|\w{1,60} (?:Create|Update|Upsert|Insert|Destroy) \([0-9.]{1,9}ms\)|TRANSACTION \()"
    r"|^[ >]{0,12}(?:\S{1,40}[=>#] )?(?i:insert into|update|delete from|with)\s.{0,4000};$"
)
_IN_PROPERTY = patterns.lazy(r"(?:\s.{0,400}[{,(\s])?[\"']?\w{1,40}[\"']?\s?[:=]\s?[\"'`]")
_SHORTEST = 7  # of a line that says something


@dataclass(slots=True)
class _Block:
    logged: bool = False
    lines: list[str] = field(default_factory=list)
    at: datetime | None = None
    invoked: bool = False
    said: bool = False
    detailed: bool = False
    migrating: bool = False

    def add(self, line: str) -> None:
        if not self.said:
            self.at = times.at_start(line) or self.at
        # PostgreSQL's log continues a line behind a tab that is not part of it
        self.lines.append(line.removeprefix("\t") if self.logged else line)

    def record(self) -> Record:
        text = without_rows("\n".join(self.lines))
        return Record(text, text, console.fields(text), self.at)


class _Blocks:
    """Finds the block each line belongs to."""

    def __init__(self) -> None:
        self._current = _Block()
        self._by_process: dict[str, _Block] = {}
        self.all = [self._current]

    def add(self, line: str) -> None:
        if len(line) < _SHORTEST:
            self._current.add(line)
            return
        plain = folded(line)
        labelled = _LABELLED.match(plain)
        if labelled is None:
            self._add_unlabelled(line, plain)
        elif labelled["label"] in _BELOW_AN_ERROR:
            self._add_below(line, labelled)
        else:
            self._add_severity(line, plain, labelled)

    def _add_severity(self, line: str, plain: str, labelled: re.Match[str]) -> None:
        process = _process(labelled)
        from_postgres = labelled["space"] == "  " and labelled["label"] == "ERROR"
        says = from_postgres or _headline(plain) is not None
        if process or (self._current.said and says and not self._current.migrating):
            self._open(process)
        self._current.logged = from_postgres
        self._current.add(line)
        self._current.said = self._current.said or says

    def _add_below(self, line: str, labelled: re.Match[str]) -> None:
        process = _process(labelled)
        is_detail = labelled["label"] == "DETAIL"
        known = self._by_process.get(process) if process else self._current
        if known is None or (is_detail and known.detailed):
            known = self._open(process)
        self._current = known
        known.logged = True
        known.add(line)
        known.detailed = known.detailed or is_detail

    def _add_unlabelled(self, line: str, plain: str) -> None:
        headline = _headline(plain)
        if self._begins(plain, headline):
            self._open(None)
        block = self._current
        block.add(line)
        block.invoked = block.invoked or _INVOCATION.search(plain) is not None
        block.detailed = block.detailed or _DETAIL.search(plain) is not None
        block.said = block.said or headline is not None
        if headline and migration_errors.SAID.match(headline):
            block.migrating = True

    def _begins(self, plain: str, headline: str | None) -> bool:
        block = self._current
        if headline:
            return block.said and not block.migrating
        if _INVOCATION.search(plain) or _CLASS.search(plain):
            return block.said or block.invoked
        if block.said and _STATEMENT_FIRST.search(plain):
            return True
        return block.detailed and _DETAIL.search(plain) is not None

    def _open(self, process: str | None) -> _Block:
        self._current = _Block()
        self.all.append(self._current)
        if process:
            self._by_process[process] = self._current
        return self._current


def records(lines: Iterable[str]) -> Iterator[Record]:
    """Make a record of each block that is not blank."""
    blocks = _Blocks()
    shown = "\n".join(each for line in lines for each in console.unescaped(line))
    for line in languages.in_english(shown).split("\n"):
        blocks.add(line)
    return (block.record() for block in blocks.all if any(map(str.strip, block.lines)))


def _process(labelled: re.Match[str]) -> str | None:
    found = _PROCESS.search(labelled["prefix"])
    return found[1] if found else None


def _headline(plain: str) -> str | None:
    """Find a sentence that says what is wrong, unless a property below an error repeats it."""
    found = error_patterns.HEADLINE.search(plain)
    if found is None or _IN_PROPERTY.match(plain, 0, found.start()):
        return None
    return found[0]
