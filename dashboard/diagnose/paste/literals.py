"""Ids that are literals in what is no whole SQL statement: cut off, or too long to be parsed."""

import re
from bisect import bisect_left
from collections.abc import Iterator

from dashboard.diagnose.paste.labels import Role, role
from dashboard.diagnose.paste.names import unqualified
from dashboard.diagnose.paste.sought import Sought
from queries import patterns

_TEXT = r"'(?:[^']|'')*'"
_CONDITION = patterns.lazy(
    r"(?i)\b(?:where|and|or)\s{1,20}\(?(?P<column>[\w.\"$]{1,200})\s{0,4}"
    r"(?:=\s{0,4}any\s{0,2}\(|=|in\s{0,4}\()\s{0,4}"
    rf"(?P<values>{_TEXT}(?:\s{{0,4}},\s{{0,20}}{_TEXT}){{0,99}})"
)
_TABLE = patterns.lazy(
    r"(?i)\b(?:from|update|into|join)\s{1,20}(?:only\s{1,4})?(?P<table>[\w.\"]{1,200})"
)
_INSERT = patterns.lazy(
    r"(?i)\binsert\s{1,4}into\s{1,4}(?P<table>[\w.\"]{1,200})\s{0,4}"
    r"\((?P<columns>[^()]{1,5000})\)\s{0,20}values\s{0,20}\("
)
_VALUE = patterns.lazy(
    rf"\s{{0,20}}(?P<value>{_TEXT}|(?:[^,()']|\([^()]{{0,500}}\)){{0,500}})[^,()']{{0,50}}[,)]"
)


def find(text: str, sought: Sought) -> Iterator[str]:
    """Find the parent's ids among conditions and inserted values."""
    tables = [(found.start(), unqualified(found["table"])) for found in _TABLE.finditer(text)]
    for found in _CONDITION.finditer(text):
        before = bisect_left(tables, (found.start(),)) - 1
        table = tables[before][1] if before >= 0 else None
        if _is_key(found["column"], table, sought):
            yield from (_meant(each) for each in re.findall(_TEXT, found["values"]))
    for found in _INSERT.finditer(text):
        yield from _inserted(text, found, sought)


def _is_key(column: str, table: str | None, sought: Sought) -> bool:
    qualifier, _, name = column.rpartition(".")
    match role(name, sought):
        case Role.PARENT_KEY:
            return True
        case Role.ID:
            return table is None or any(map(sought.is_parent, (table, unqualified(qualifier))))
        case _:
            return False


def _inserted(text: str, insert: re.Match[str], sought: Sought) -> Iterator[str]:
    table, place = unqualified(insert["table"]), insert.end()
    for column in insert["columns"].split(","):
        found = _VALUE.match(text, place)
        if found is None:
            return
        if found["value"].startswith("'") and _is_key(column.strip(), table, sought):
            yield _meant(found["value"])
        place = found.end()


def _meant(literal: str) -> str:
    return literal[1:-1].replace("''", "'")
