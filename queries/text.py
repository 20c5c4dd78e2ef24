"""A query's text, as its file has it and as it is written for people: no database library."""

import functools
import re
from collections.abc import Mapping
from pathlib import Path


class Only(tuple[str, ...]):
    """A relation without the tables that inherit from it, as a foreign key sees it."""


# What an identifier may stand for: a relation or a type (its parts), a column, or nothing (the
# schema has no such column).
Identifier = tuple[str, ...] | str | None

PLACEHOLDER = re.compile(r"\{(?:(?P<alias>[a-z]\w*)\.)?(?P<name>[a-z]\w*)\}")
_COMMENT = re.compile(r"--[^\n]*")
_VALUE = re.compile(r"cast\(:(\w+) as [\w\[\]]+\)")
_SHOWN = re.compile(r"cast\((\{\w+\.\w+\}) as \w+\)( as \w+,?)")
_NULL = re.compile(
    r"\n *(?:cast\(\{[\w.]+\} as \w+\) as \w+,?|and \{[\w.]+\} is (?:null|not true))(?=\n|$)"
)
_EITHER = re.compile(r"\(\n *(\{.+\} .+)\n *or (\{.+\} .+)\n *\)")
_CHOICE = re.compile(r"\n( *)or \(\n(?:\1 .*\n)+?\1\)")


@functools.cache
def body(name: str) -> str:
    path = Path(__file__).with_name(f"{name}.sql")
    return _COMMENT.sub("", path.read_text(encoding="utf-8")).strip()


def written(name: str, filled: Mapping[str, str | None]) -> str:
    """Write a query for people: names are quoted, values are SQL, None is what there is not.

    | left out                              | because                |
    | ------------------------------------- | ---------------------- |
    | a column of a name that there is not  | it is null             |
    | `and … is null` of such a name        | it holds for every row |
    | `and … is not true` of such a name    | it holds for every row |
    | `or (…)` with such a name             | it holds for no row    |
    | a line of two in `(… or …)`           | it holds for no row    |
    """
    text = _CHOICE.sub(lambda choice: _unless_lacking(choice, filled), body(name))
    text = _EITHER.sub(lambda either: _there(either, filled), text)
    there = _NULL.sub(lambda line: _unless_lacking(line, filled), text)
    shown = _SHOWN.sub(r"\1\2", there).replace(",\nfrom ", "\nfrom ")
    valued = _VALUE.sub(lambda value: filled[value[1]] or "null", shown)
    return PLACEHOLDER.sub(lambda match: _aliased(match["alias"], filled[match["name"]]), valued)


def _there(either: re.Match[str], filled: Mapping[str, str | None]) -> str:
    """Keep of two conditions the one whose name there is."""
    kept = [line for line in either.groups() if _all_there(line, filled)]
    return kept[0] if len(kept) == 1 else either[0]


def _unless_lacking(part: re.Match[str], filled: Mapping[str, str | None]) -> str:
    return part[0] if _all_there(part[0], filled) else ""


def _all_there(part: str, filled: Mapping[str, str | None]) -> bool:
    names = (each["name"] for each in PLACEHOLDER.finditer(part))
    return all(filled[each] is not None for each in names)


def _aliased(alias: str | None, name: str | None) -> str:
    if name is None:
        return "null"
    return f"{alias}.{name}" if alias else name
