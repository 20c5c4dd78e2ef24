"""Records from JSON objects and from the rows of PostgreSQL's csvlog."""

import json
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from dashboard.diagnose.paste import times
from dashboard.diagnose.paste.languages import in_english, severity_in_english
from dashboard.diagnose.paste.record import Leaf, Record, fields_of, without_rows
from queries.records import dataclass

_TIMES = ("timestamp", "time", "@timestamp", "ts", "datetime", "eventTime")
_SAID = ("message", "msg", "error", "err", "log", "detail", "text", "title", "reason", "stack")
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)
_SEVERITIES = ("severity", "error_severity")
_CSV_LENGTHS = range(23, 27)  # PostgreSQL 9.0 to 18
_CSV_COLUMNS = {
    0: "timestamp",
    11: "error_severity",
    12: "state_code",
    13: "message",
    14: "detail",
    18: "context",
    19: "statement",
}


class Uncounted(str):
    """A text whose lines no JSON error counts, which would take longer than all the rest."""

    __slots__ = ()

    def count(self, *_: object) -> int:
        return 0

    def rfind(self, *_: object) -> int:
        return -1


@dataclass(frozen=True, slots=True)
class Parsed:
    """A JSON value and where it ends, or the place at which the text stops being JSON."""

    value: object
    end: int
    complete: bool = True


def parse(text: str, start: int = 0) -> Parsed:
    """Read the JSON value that begins here; numbers keep their spelling."""
    try:
        return Parsed(*_DECODER.raw_decode(text, start))
    except json.JSONDecodeError as error:
        return Parsed(None, error.pos, complete=False)
    except RecursionError:
        return Parsed(None, len(text), complete=False)


def log_line(value: object) -> str | None:
    """Unwrap what Docker's json-file driver wraps: one line of text, and its time."""
    if not isinstance(value, dict) or not isinstance(value.get("log"), str):
        return None
    if "stream" not in value:
        return None
    line = str(value["log"]).removesuffix("\n")
    return line if times.at_start(line) else f"{value.get('time', '')} {line}"


def csv_record(row: Sequence[str]) -> Record | None:
    """Read a row of csvlog; None where it is some other list of values."""
    if len(row) not in _CSV_LENGTHS or len(row[12]) != 5:
        return None
    pairs = [(name, row[column]) for column, name in _CSV_COLUMNS.items()]
    return _record(tuple(Leaf("", "", name, _english(name, value)) for name, value in pairs), None)


def json_records(value: object, prefix: str, event: int) -> Iterator[Record]:
    """Make a record of each object; those in a list of objects are records of their own.

    `event` numbers the value; the entries of a list are events of their own, numbered from there.
    """
    pending = deque([("", value, times.at_start(prefix), event)])
    while pending:
        name, each, at, event = pending.popleft()
        inner: list[tuple[str, object]] = []
        record = replace(_record(tuple(_leaves(name, each, inner)), at), event=event)
        apart = 1 if name == "" and isinstance(each, list) else 0
        pending.extend(
            (key, item, record.at, event + apart * place) for place, (key, item) in enumerate(inner)
        )
        if record.leaves:
            yield record


def _record(leaves: tuple[Leaf, ...], at: datetime | None) -> Record:
    fields = fields_of(pair for leaf in leaves for pair in _named(leaf))
    stamps = (times.in_field(value) for name in _TIMES for value in fields.get(name, ()))
    return Record(
        text=without_rows("\n".join(leaf.value for leaf in leaves)),
        prose=without_rows("\n".join(leaf.value for leaf in leaves if leaf.key in _SAID)),
        fields=fields,
        at=next((stamp for stamp in stamps if stamp), at),
        leaves=leaves,
    )


def _named(leaf: Leaf) -> tuple[tuple[str, str], ...]:
    return (leaf.key, leaf.value), (f"{leaf.parent}.{leaf.key}", leaf.value)


def _leaves(name: str, root: object, inner: list[tuple[str, object]]) -> Iterator[Leaf]:
    """Walk without recursion, so that no depth is too deep; objects in lists go to `inner`."""
    stack: list[tuple[str, str, str, object]] = [("", "", name, root)]
    while stack:
        above, parent, key, value = stack.pop()
        match _from_text(value):
            case dict() as named:
                stack.extend((parent, key, str(each), named[each]) for each in reversed(named))
            case list() as items:
                inner.extend((key, item) for item in items if isinstance(item, dict))
                listed = f"{key.removesuffix('[]')}[]"
                plain = (item for item in reversed(items) if not isinstance(item, dict))
                stack.extend((above, parent, listed, item) for item in plain)
            case str() as text:
                yield Leaf(above, parent, key, _english(key, text))
            case None | bool() if key.endswith("[]"):
                yield Leaf(above, parent, key, "")  # it keeps the place of a value in its list
            case _:
                pass  # null, true and false


def _english(key: str, text: str) -> str:
    return severity_in_english(text) if key in _SEVERITIES else in_english(text)


def _from_text(value: object) -> object:
    """Read JSON in a JSON string, as nested loggers write it."""
    if not isinstance(value, str) or value[:1] not in ("{", "["):
        return value
    parsed = parse(value)
    return parsed.value if parsed.complete and parsed.end == len(value.rstrip()) else value
