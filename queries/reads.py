"""Which columns of which relations a statement reads: what a role has to be granted for it."""

import functools
import re
from collections.abc import Iterator
from typing import Any

from queries import patterns, text
from queries.query import Statement
from queries.text import PLACEHOLDER, KeyColumns

Read = tuple[tuple[str, ...], str | None]  # a relation and a column; None where any of it will do
_RELATION = patterns.lazy(r"\b(?:from|join)\s+\{(?P<name>\w+)\}(?:\s+as\s+(?P<alias>\w+))?")


def reads(statement: Statement[Any]) -> frozenset[Read]:
    """List them, without those of the catalog, which every role may read."""
    found: set[Read] = set()
    for names in statement.filled:
        for relation, column, placeholder in _of_body(statement.name):
            target = names.get(relation)
            if isinstance(target, tuple) and not isinstance(target, KeyColumns):
                named = names.get(column) if placeholder else column
                columns = named.names if isinstance(named, KeyColumns) else (named,)
                found |= {
                    (tuple(target), each if isinstance(each, str) else None) for each in columns
                }
        for inner in names.values():
            if isinstance(inner, Statement):
                found |= reads(inner)
    return frozenset(found)


@functools.cache
def _of_body(name: str) -> frozenset[tuple[str, str, bool]]:
    """List a file's relations with each column of theirs, and whether that is a placeholder."""
    body = text.body(name)
    found: set[tuple[str, str, bool]] = set()
    for relation in _RELATION.finditer(body):
        placeholder, alias = relation.group("name", "alias")
        found.add((placeholder, "", True))
        if alias:
            open_ = (each for each in _placeholders(body) if each[0] == alias)
            fixed = re.finditer(rf"(?<![\w.]){alias}\.(\w+)", PLACEHOLDER.sub("", body))
            found |= {(placeholder, name, True) for _, name in open_}
            found |= {(placeholder, column[1], False) for column in fixed}
    return frozenset(found)


def _placeholders(body: str) -> Iterator[tuple[str | None, str]]:
    """Yield each alias with the placeholder of its column, what a key is compared with included."""
    for each in PLACEHOLDER.finditer(body):
        yield each["alias"], each["name"]
        if each["right"]:
            yield each["right"], each["other"]
