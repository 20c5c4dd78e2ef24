"""Load a .sql file, fill its identifiers, bind its values, and type what comes back."""

import functools
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from psycopg import sql

from queries import patterns, text
from queries.records import dataclass
from queries.text import PLACEHOLDER, Identifier, KeyColumns, Only, key_phrase

Row = TypeVar("Row")
_PARAMETER = patterns.lazy(r"(?<![:\w]):(?P<name>\w+)")
_BOUND = patterns.lazy(r"%\((?P<name>\w+)\)s|%%")


def text_array(texts: Sequence[str]) -> str:
    """Write a text[] as the server reads it: the driver would do so anew for every statement."""
    joined = '","'.join(texts)
    if "\\" in joined or joined.count('"') != 2 * (len(texts) - 1):
        escaped = (each.replace("\\", "\\\\").replace('"', '\\"') for each in texts)
        joined = '","'.join(escaped)
    return f'{{"{joined}"}}' if texts else "{}"


class ColumnMismatchError(TypeError):
    """The statement's columns are not the fields of its row class."""


@dataclass(frozen=True, slots=True, eq=False)
class Statement(Generic[Row]):
    """A statement ready to be sent: text in the driver's own parameter style, and its values.

    `filled` is what its placeholders stand for, once for every branch of a union.
    """

    name: str
    text: str
    values: Mapping[str, object]
    row: type[Row]
    filled: Sequence[Mapping[str, "Name"]] = ()

    @property
    def numbered(self) -> tuple[bytes, tuple[str, ...]]:
        """The text as the server takes it, and the names of the values that are its $1, $2..."""
        return _numbered(self.text)

    def rows(self, columns: Sequence[str], records: Sequence[Sequence[Any]]) -> tuple[Row, ...]:
        """Type the records; raise ColumnMismatchError where the columns are not the fields."""
        row: Any = self.row
        if tuple(columns) != (fields := row.__match_args__):
            raise ColumnMismatchError(f"{self.name}.sql returns {columns}, not {fields}")
        return tuple(self.row(*record) for record in records)


# What a placeholder may stand for: an identifier, a number that tells the legs of a union apart, or
# the rows of another statement.
Name = Identifier | int | Statement[Any]


class Query(Generic[Row]):
    """One answer: queries/<name>.sql and the row class it returns.

    In the file `:value` is bound, `{relation}` and `{alias.column}` are filled with quoted
    identifiers; an `{alias.column}` that the schema lacks becomes null.
    """

    def __init__(
        self, name: str, row: type[Row], change: Callable[[str], str] | None = None
    ) -> None:
        self.name = name
        self.row = row
        self._change = change

    def changed(self, change: Callable[[str], str]) -> "Query[Row]":
        """Ask the same with a change of the text, such as for a part of the rows."""
        return Query(self.name, self.row, change)

    @functools.cached_property
    def body(self) -> str:
        body = text.body(self.name)
        return self._change(body) if self._change else body

    @functools.cached_property
    def _driver_body(self) -> str:
        # before any identifier is filled in: a column may be called "50%" or "a:b"
        return _PARAMETER.sub(r"%(\g<name>)s", self.body.replace("%", "%%"))

    @functools.cached_property
    def identifiers(self) -> frozenset[str]:
        found = tuple(PLACEHOLDER.finditer(self.body))
        # what a key is compared with may be a column of the statement's own
        others = (each["other"] for each in found if (each["other"] or "").endswith("key"))
        return frozenset((*(each["name"] for each in found), *others))

    @functools.cached_property
    def parameters(self) -> frozenset[str]:
        return frozenset(match["name"] for match in _PARAMETER.finditer(self.body))

    def bind(self, names: Mapping[str, Name] | None = None, /, **values: object) -> Statement[Row]:
        """Fill the identifiers with `names` and bind `values`."""
        filled = names or {}
        inner = [each.values for each in filled.values() if isinstance(each, Statement)]
        bound = functools.reduce(operator.or_, map(dict, (*inner, values))) if inner else values
        return self._statement(self._filled(filled), bound, (filled,))

    def union(self, branches: Sequence[Mapping[str, Name]], /, **values: object) -> Statement[Row]:
        """Ask the same of several relations in one statement.

        `{branch}` is the number of each: its own, or its place among them.
        """
        texts = (
            self._filled({"branch": number, **branch}) for number, branch in enumerate(branches)
        )
        return self._statement(
            "\nunion all\n".join(f"({text})" for text in texts), values, branches
        )

    def _filled(self, names: Mapping[str, Name]) -> str:
        stand_for = tuple(names.values())
        kinds = tuple(map(type, stand_for))  # tells those apart that compare equal
        if Statement in kinds:  # and keeps no values of another statement
            stand_for = tuple(
                each.text if isinstance(each, Statement) else each for each in stand_for
            )
        return _filled(self._driver_body, tuple(names), kinds, stand_for)

    def _statement(
        self, text: str, values: Mapping[str, object], filled: Sequence[Mapping[str, Name]]
    ) -> Statement[Row]:
        if unbound := self.parameters - values.keys():
            raise TypeError(f"{self.name}.sql needs a value for {sorted(unbound)}")
        marked = f"/* deployment-dashboard: {self.name} */ {text}"
        return Statement(self.name, marked, values, self.row, filled)


@functools.lru_cache(maxsize=2048)
def _numbered(text: str) -> tuple[bytes, tuple[str, ...]]:
    names: dict[str, int] = {}

    def number(bound: re.Match[str]) -> str:
        name = bound["name"]
        return f"${names.setdefault(name, len(names) + 1)}" if name else "%"

    return _BOUND.sub(number, text).encode(), tuple(names)


@functools.lru_cache(maxsize=2048)  # each environment has a few dozen, look-up after look-up
def _filled(
    body: str, names: tuple[str, ...], kinds: tuple[type, ...], stand_for: tuple[Any, ...]
) -> str:
    named = dict(zip(names, zip(kinds, stand_for, strict=True), strict=True))
    keys = {each: name for each, (kind, name) in named.items() if kind is KeyColumns}

    def fill(match: re.Match[str]) -> str:
        if (name := match["name"]) in keys:
            return key_phrase(match, keys[name], keys, _quoted)
        if match["phrase"]:
            raise TypeError(f"{match[0]} is said of a key, and {name} is none")
        return _identifier(match["alias"], *named[name])

    return PLACEHOLDER.sub(fill, body)


def _quoted(*parts: str) -> str:
    return sql.Identifier(*parts).as_string(None).replace("%", "%%")


def _identifier(alias: str | None, kind: type, name: Any) -> str:
    if name is None:
        return "null"
    if kind is int:
        return str(name)
    if kind is Statement:
        return f"({name})"
    parts = (name,) if kind is str else name
    quoted = _quoted(*((alias, *parts) if alias else parts))
    return ("only " if kind is Only else "") + quoted
