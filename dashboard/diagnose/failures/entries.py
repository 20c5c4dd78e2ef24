"""Cuts a log into entries as it streams by: bounded memory, whatever the log holds."""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import field

from queries import patterns
from queries.records import dataclass

MOST_LINE = 1_000_000  # bytes; what a longer line has beyond is dropped
MOST_ENTRY = 200_000
MOST_OPEN = 64  # entries of different processes, whose lines may alternate

_CSV = patterns.lazy(
    rb"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8}\.[0-9]{3} [A-Za-z0-9+:-]{1,9},"
    rb'(?:"[^"]*")?,(?:"[^"]*")?,[0-9]+,'
)
_LABELLED = patterns.lazy(
    rb"(?P<prefix>[^\n]{0,300}?)(?<![\w-])(?P<label>ERROR|FATAL|PANIC|WARNING|NOTICE|LOG|INFO"
    rb"|DEBUG[1-5]?|DETAIL|HINT|CONTEXT|STATEMENT|QUERY|LOCATION):  "
)
_BELOW = (b"DETAIL", b"HINT", b"CONTEXT", b"STATEMENT", b"QUERY", b"LOCATION")
_PROCESS = patterns.lazy(rb"\[([0-9]{1,10})(?:-[0-9]{1,10})?\]")
_BEGINS = patterns.lazy(rb"\W{0,3}[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}")
_JSON_START = b'{"timestamp":"'  # of a jsonlog line: within one it is escaped


@dataclass(slots=True)
class _Entry:
    lines: list[bytes] = field(default_factory=list)
    size: int = 0
    quoted: bool = False  # a csvlog row goes on in the next line

    def add(self, line: bytes) -> None:
        if self.size <= MOST_ENTRY:
            self.lines.append(line)
            self.size += len(line) + 1  # its end, or empty lines would add up to nothing

    @property
    def text(self) -> bytes:
        return b"\n".join(self.lines)


def lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Split into lines; the last may lack its end, an endless one is cut."""
    rest = b""
    for chunk in chunks:
        *complete, last = chunk.split(b"\n")
        for each in complete:
            yield (rest + each)[:MOST_LINE].removesuffix(b"\r")
            rest = b""
        rest = (rest + last)[:MOST_LINE]
    if rest:
        yield rest


def entries(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Put the lines of one event together: a csvlog row, a JSON line, an error with its detail."""
    cutter = _Cutter()
    for line in lines(chunks):
        yield from cutter.add(line)
    yield from cutter.rest()


def parted(entry: bytes) -> Iterator[bytes]:
    """Part the csvlog rows of an entry: behind one that a crash cut off stands the next."""
    if not _CSV.match(entry):
        yield entry
        return
    broken = entry.count(b'"') % 2 == 1
    inner = (each.start() for each in _CSV.finditer(entry, 1))
    # a row within a quoted value is that value
    ends = [each for each in inner if broken or entry.count(b'"', 0, each) % 2 == 0]
    for start, end in itertools.pairwise([0, *ends, len(entry)]):
        yield entry[start:end]


class _Cutter:
    """Finds the entry each line belongs to."""

    def __init__(self) -> None:
        self._row: _Entry | None = None
        self._open: dict[bytes, _Entry] = {}
        self._current = b""

    def add(self, line: bytes) -> Iterator[bytes]:
        if line.startswith(b"{") and line.rstrip().endswith(b"}"):
            yield line[max(0, line.rfind(_JSON_START)) :]  # behind what a crash cut off
        elif _CSV.match(line):
            yield from self._end_row()
            if line.count(b'"') % 2:
                yield from self._continue_row(_Entry(), line)
            else:
                yield line  # as most are
        elif self._row is not None:
            yield from self._continue_row(self._row, line)
        else:
            yield from self._add_text(line)

    def rest(self) -> Iterator[bytes]:
        yield from self._end_row()
        yield from (each.text for each in self._open.values())

    def _continue_row(self, row: _Entry, line: bytes) -> Iterator[bytes]:
        self._row = row
        row.add(line)
        row.quoted ^= line.count(b'"') % 2 == 1
        if not row.quoted or row.size > MOST_ENTRY:
            yield from self._end_row()

    def _end_row(self) -> Iterator[bytes]:
        row, self._row = self._row, None
        if row is not None:
            yield row.text

    def _add_text(self, line: bytes) -> Iterator[bytes]:
        # PostgreSQL continues a line behind a tab, whatever it says
        labelled = None if line.startswith(b"\t") else _LABELLED.match(line)
        if labelled is None:
            if _BEGINS.match(line) or self._full:
                yield from self._begin(b"")
        else:
            found = _PROCESS.search(labelled["prefix"])
            process = found[1] if found else b""
            if labelled["label"] in _BELOW and process in self._open:
                self._current = process
            else:
                yield from self._begin(process)
        self._open.setdefault(self._current, _Entry()).add(line)

    @property
    def _full(self) -> bool:
        return self._current in self._open and self._open[self._current].size > MOST_ENTRY

    def _begin(self, process: bytes) -> Iterator[bytes]:
        """End the last entry of a process, and the oldest one where too many are open."""
        self._current = process
        if process in self._open:
            yield self._open.pop(process).text
        elif len(self._open) >= MOST_OPEN:
            yield self._open.pop(next(iter(self._open))).text
