"""Cuts a paste into records: one per error, as far as its layout tells them apart."""

import csv
import io
from collections.abc import Iterator

from dashboard.diagnose.paste import blocks, structured
from dashboard.diagnose.paste.cleaning import plain
from dashboard.diagnose.paste.record import Record
from queries import patterns

_CSV = patterns.lazy(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:.]{8,15} [A-Za-z0-9+:-]{1,9},")
_JSON = patterns.lazy(r'[ \t]{0,50}(?=[{\[]\s{0,50}["{\[\]}])')
_JSON_IN_LINE = patterns.lazy(r'(?<!meta[:=] )(?<!cause: )(?=\{")')
_ERROR_KEYS = frozenset(
    {"code", "message", "msg", "err", "error", "errors", "errorMessage"}
    | {"log", "severity", "state_code"}
)
csv.field_size_limit(2**31 - 1)  # a statement may be of any length: the text has its own bounds
_BUDGET = 1_000_000  # characters that parsers may read in vain before the rest is just text

Step = tuple[int, tuple[Record, ...]]


def cut(text: str) -> tuple[Record, ...]:
    """Read JSON and CSV with parsers first, and what is left as lines."""
    return tuple(_Cutter(_decoded(text)).records())


def _decoded(text: str) -> str:
    """Read a text that was copied with its JSON quotes and escapes."""
    stripped = text.strip()
    if "\\" not in stripped or not stripped.startswith('"'):
        return text
    parsed = structured.parse(stripped)
    whole = parsed.complete and parsed.end == len(stripped)
    return plain(str(parsed.value)) if whole else text


class _Cutter:
    """Walks the text; a parser that succeeds takes all the lines of its record."""

    def __init__(self, text: str) -> None:
        self._text = structured.Uncounted(text)
        self._rows = io.StringIO(text, newline="")
        self._lines: list[str] = []
        self._budget = _BUDGET

    def records(self) -> Iterator[Record]:
        place = 0
        while place < len(self._text):
            place, found = self._step(place)
            if found:
                yield from self._collected()
                yield from found
        yield from self._collected()

    def _collected(self) -> Iterator[Record]:
        lines, self._lines = self._lines, []
        yield from blocks.records(lines)

    def _step(self, place: int) -> Step:
        end = self._text.find("\n", place)
        line = self._text[place:] if end < 0 else self._text[place:end]
        return self._row(place, line) or self._object(place, line) or self._line(place, line)

    def _line(self, place: int, line: str) -> Step:
        self._lines.append(line)
        return place + len(line) + 1, ()

    def _row(self, place: int, line: str) -> Step | None:
        if self._budget < 0 or not _CSV.match(line):
            return None
        self._rows.seek(place)
        record = structured.csv_record(next(csv.reader(self._rows)))
        end = self._rows.tell()
        if record is None:
            self._budget -= end - place
            return None
        return end, (record,)

    def _object(self, place: int, line: str) -> Step | None:
        whole = _JSON.match(self._text, place)
        start = whole or _JSON_IN_LINE.search(self._text, place, place + len(line))
        if self._budget < 0 or start is None:
            return None
        parsed = structured.parse(self._text, start.end())
        if not parsed.complete:
            self._budget -= parsed.end - place
            return None
        if not whole and not _is_error(parsed.value):
            return None
        return parsed.end, self._records(parsed.value, place, start.end())

    def _records(self, value: object, start: int, end: int) -> tuple[Record, ...]:
        if wrapped := structured.log_line(value):
            self._lines.append(plain(wrapped))
            return ()
        prefix = self._text[start:end]
        if prefix.strip():
            self._lines.append(prefix)
        return tuple(structured.json_records(value, prefix, start + 1))


def _is_error(value: object) -> bool:
    return isinstance(value, dict) and bool(_ERROR_KEYS & value.keys())
