"""Which columns of which relations a statement reads: what a role has to be granted for it."""

import functools
import re
from typing import Any

from queries import text
from queries.query import Statement

Read = tuple[tuple[str, ...], str | None]  # a relation and a column; None where any of it will do
_RELATION = re.compile(r"\b(?:from|join)\s+\{(?P<name>\w+)\}(?:\s+as\s+(?P<alias>\w+))?")


def reads(statement: Statement[Any]) -> frozenset[Read]:
    """List them, without those of the catalog, which every role may read."""
    found: set[Read] = set()
    for names in statement.filled:
        for relation, column, placeholder in _of_body(statement.name):
            target = names.get(relation)
            if isinstance(target, tuple):
                named = names.get(column) if placeholder else column
                found.add((tuple(target), named if isinstance(named, str) else None))
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
            found |= {
                (placeholder, column["name"], bool(column["open"]))
                for column in re.finditer(rf"(?P<open>\{{)?(?<![\w.]){alias}\.(?P<name>\w+)", body)
            }
    return frozenset(found)
