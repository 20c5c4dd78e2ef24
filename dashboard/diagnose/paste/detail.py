"""PostgreSQL's DETAIL line: Key (columns)=(values), and what is wrong with it."""

import re
from collections.abc import Iterable

from dashboard.diagnose.paste.cleaning import sendable
from dashboard.diagnose.paste.values import Problem
from queries import patterns
from queries.records import dataclass

_NAME = r'[^"\n]{0,130}'
_END = (
    rf'(?:is not present in table "(?P<parent>{_NAME})"?'
    rf'|is still referenced from table "(?P<child>{_NAME})"?'
)
_WHOLE = patterns.lazy(rf"\) {_END}|already exists|is duplicated)")
_WITHOUT_VALUE = patterns.lazy(rf"Key {_END})")
_CUT_OFF = patterns.lazy(r"\((?P<columns>[^()\n]{1,200})\)=\((?P<value>[^()\n]{1,1000})\)")


@dataclass(frozen=True, slots=True)
class Detail:
    """`problem` is None where the line is cut off or in another language."""

    problem: Problem | None
    columns: tuple[str, ...] = ()
    value: str | None = None
    child: str | None = None
    parent: str | None = None

    def of_column(self, column: str) -> str | None:
        """Take one column's value, where commas leave no doubt which one that is."""
        if self.value is None or len(self.columns) == 1:
            return self.value
        values = self.value.split(", ")
        if len(values) != len(self.columns):
            return None
        return values[self.columns.index(column)]


def find(texts: Iterable[str]) -> Detail | None:
    """Find the first DETAIL about a key; its value is kept byte for byte."""
    candidates = tuple(texts)
    for read in (_whole, _without_value, _cut_off):
        if found := next(filter(None, map(read, candidates)), None):
            return found
    return None


def _whole(text: str) -> Detail | None:
    """Look for the end first: a value may hold parentheses, quotes and line breaks."""
    end = _WHOLE.search(text)
    middle = text.find(")=(", 0, end.start()) if end else -1
    start = text.rfind("Key (", 0, max(middle, 0))
    if end is None or start < 0:
        return None
    value = sendable(text[middle + 3 : end.start()])
    return Detail(
        _problem(end), _columns(text[start + 5 : middle]), value, end["child"], end["parent"]
    )


def _without_value(text: str) -> Detail | None:
    found = _WITHOUT_VALUE.search(text)
    if found is None:
        return None
    return Detail(_problem(found), child=found["child"], parent=found["parent"])


def _cut_off(text: str) -> Detail | None:
    found = _CUT_OFF.search(text)
    return Detail(None, _columns(found["columns"]), sendable(found["value"])) if found else None


def _problem(end: re.Match[str]) -> Problem:
    if end["parent"] is not None:
        return Problem.MISSING_PARENT
    return Problem.UNIQUE if end["child"] is None else Problem.STILL_REFERENCED


def _columns(text: str) -> tuple[str, ...]:
    return tuple(_unquoted(each) for each in text.split(", "))


def _unquoted(name: str) -> str:
    quoted = len(name) > 1 and name[0] == name[-1] == '"'
    return name[1:-1].replace('""', '"') if quoted else name
