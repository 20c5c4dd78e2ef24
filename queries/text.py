"""A query's text, as its file has it and as it is written for people: no database library."""

import functools
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from queries import patterns
from queries.records import dataclass


class Only(tuple[str, ...]):
    """A relation without the tables that inherit from it, as a foreign key sees it."""


@dataclass(frozen=True, slots=True)
class KeyColumn:
    """A column of a key, with its type's schema and name: of a domain, those of what it is over."""

    name: str
    type: tuple[str, str]

    def __str__(self) -> str:
        return self.name


class KeyColumns(tuple[KeyColumn, ...]):
    """The columns of a key, one or several, in the order of its constraint."""

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(each.name for each in self)

    @property
    def label(self) -> str:
        return ", ".join(self.names)

    def __str__(self) -> str:
        return self.label

    @property
    def single(self) -> KeyColumn | None:
        return self[0] if len(self) == 1 else None


# What an identifier may stand for: a relation or a type (its parts), a column, the columns of a
# key, or nothing (the schema has no such column).
Identifier = tuple[str, ...] | str | KeyColumns | None
Quote = Callable[[str], str]
Filled = Mapping[str, str | KeyColumns | None]  # as it is written for people

# of a key also a phrase: {p.key = d.key}, {p.key = a.asked}, {d.key is null}, {d.key as text}
PLACEHOLDER = patterns.lazy(
    r"\{(?:(?P<alias>[a-z]\w*)\.)?(?P<name>[a-z]\w*)"
    r"(?: (?P<phrase>as text|is null|is not null|= (?P<right>[a-z]\w*)\.(?P<other>[a-z]\w*)))?\}"
)
_COMMENT = patterns.lazy(r"--[^\n]*")
_VALUE = patterns.lazy(r"cast\(:(\w+) as [\w\[\]]+\)")
_SHOWN = patterns.lazy(r"cast\((\{\w+\.\w+\}) as \w+\)( as \w+,?)")
_NULL = patterns.lazy(
    r"\n *(?:cast\(\{[\w.]+\} as \w+\) as \w+,?|and \{[\w.]+\} is (?:null|not true))(?=\n|$)"
)
_EITHER = patterns.lazy(r"\(\n *(\{.+\} .+)\n *or (\{.+\} .+)\n *\)")
_CHOICE = patterns.lazy(r"\n( *)or \(\n(?:\1 .*\n)+?\1\)")


@functools.cache
def body(name: str) -> str:
    path = Path(__file__).with_name(f"{name}.sql")
    return _COMMENT.sub("", path.read_text(encoding="utf-8")).strip()


def written(name: str, filled: Filled) -> str:
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
    valued = _VALUE.sub(lambda value: str(filled[value[1]] or "null"), shown)
    return PLACEHOLDER.sub(lambda match: _filled_in(match, filled), valued)


def _there(either: re.Match[str], filled: Filled) -> str:
    """Keep of two conditions the one whose name there is."""
    kept = [line for line in either.groups() if _all_there(line, filled)]
    return kept[0] if len(kept) == 1 else either[0]


def _unless_lacking(part: re.Match[str], filled: Filled) -> str:
    return part[0] if _all_there(part[0], filled) else ""


def _all_there(part: str, filled: Filled) -> bool:
    names = (each["name"] for each in PLACEHOLDER.finditer(part))
    return all(filled[each] is not None for each in names)


def _filled_in(placeholder: re.Match[str], filled: Filled) -> str:
    name = filled[placeholder["name"]]
    if isinstance(name, KeyColumns):
        return key_phrase(placeholder, name, filled, str)
    if name is None:
        return "null"
    return f"{placeholder['alias']}.{name}" if placeholder["alias"] else name


def key_phrase(
    placeholder: re.Match[str], key: KeyColumns, names: Mapping[str, object], quote: Quote
) -> str:
    """Write what is said of a key, column by column; what it equals is another one in `names`.

    | placeholder          | one column       | several                                   |
    | -------------------- | ---------------- | ----------------------------------------- |
    | `{d.key}`            | the column       | the columns                               |
    | `{d.key as text}`    | its text         | their texts, joined by commas             |
    | `{d.key is null}`    | it is null       | one of them is: no key is checked then    |
    | `{d.key is not null}`| it is not null   | none of them is                           |
    | `{p.key = d.key}`    | they are equal   | each equals its own                       |
    | `{p.key = a.asked}`  | it is that value | each is its own of an array of JSON       |
    """
    columns = [_column(placeholder["alias"], each, quote) for each in key]
    match placeholder["phrase"]:
        case None:
            return ", ".join(columns)
        case "as text":
            texts = [f"cast({each} as text)" for each in columns]
            return texts[0] if len(texts) == 1 else f"concat_ws(',', {', '.join(texts)})"
        case "is null":
            return _joined(" or ", [f"{each} is null" for each in columns])
        case "is not null":
            return _joined(" and ", [f"{each} is not null" for each in columns])
        case _:
            return _equal(placeholder, key, names, quote)


def _equal(
    placeholder: re.Match[str], key: KeyColumns, names: Mapping[str, object], quote: Quote
) -> str:
    columns = [_column(placeholder["alias"], each, quote) for each in key]
    right, other = placeholder["right"], names.get(placeholder["other"])
    values = (
        [_column(right, each, quote) for each in other]
        if isinstance(other, KeyColumns)
        else _values(f"{right}.{placeholder['other']}", key, quote)
    )
    pairs = zip(key, columns, values, strict=True)
    return _joined(
        " and ", [f"{left} {_equals(each, quote)} {value}" for each, left, value in pairs]
    )


def _column(alias: str | None, column: KeyColumn, quote: Quote) -> str:
    return f"{alias}.{quote(column.name)}" if alias else quote(column.name)


def _joined(word: str, parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"({word.join(parts)})"


def _equals(column: KeyColumn, quote: Quote) -> str:
    """Name the operator's schema: one of an extension, as citext's, is not on the search path."""
    schema = column.type[0]
    return "=" if schema == "pg_catalog" else f"operator({quote(schema)}.=)"


def _values(asked: str, key: KeyColumns, quote: Quote) -> list[str]:
    types = [".".join(map(quote, each.type)) for each in key]
    if len(key) == 1:
        return [f"cast({asked} as {types[0]})"]
    places = enumerate(types)
    return [f"cast(cast({asked} as json) ->> {place} as {name})" for place, name in places]
