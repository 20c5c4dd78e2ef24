"""The values that drivers and servers print beside a statement, for its parameters.

| who                    | how                                                             |
| ---------------------- | --------------------------------------------------------------- |
| Prisma                 | Params: ["a","b"]   params: '["a","b"]'                          |
| knex, Sequelize        | bindings: [ 'a', 'b' ]   bind: […]   replacements: { name: 'a' } |
| TypeORM                | -- PARAMETERS: ["a","b"]   parameters: [ 'a', 'b' ]              |
| Drizzle                | params: a,b                                                     |
| SQLAlchemy             | [parameters: {'name': 'a'}]   [parameters: [('a', 'b'), …]]      |
| Rails                  | [["name", "a"], ["other", "b"]]                                 |
| Sequelize's own log    | ; "a", "b"                                                      |
| PostgreSQL             | parameters: $1 = 'a', $2 = 'b'                                   |
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dashboard.diagnose.paste.record import Leaf
from queries import patterns
from queries.records import dataclass

Values = Mapping[str, str | None]  # by name, or by number, which begins with 1
NAMES = frozenset(
    {"args", "bind", "binding", "bindings", "binds", "param", "parameter", "parameters", "params"}
    | {"replacements", "type_casted_binds", "values"}
)
_HEAD = patterns.lazy(
    r"(?i)(?<![\w$])(?:params|parameters|bindings?|binds?|replacements)(?P<quote>[\"']?)\s{0,4}[:=]?"
    r"\s{0,4}[\"'`]?(?=[\[({])|(?<![\w$])(?:values|args)[\"']?\s{0,4}[:=]\s{0,4}(?=\[)"
    r"|(?=\[\[[\"'])"
)
_UNLISTED = patterns.lazy(r"(?m)(?:^|\W)[pP]arams: (?P<values>[^\[({\"'`\n][^\n]{0,30000})$")
_BEHIND = patterns.lazy(
    r";\s{1,3}(?P<values>\"(?:[^\"\\\n]|\\.)*\"(?:, [^\n]{0,30000})?)$", re.MULTILINE
)
_NUMBERED = patterns.lazy(
    r"\$(?P<number>[0-9]{1,5}) = (?:'(?P<text>(?:[^']|'')*)'|(?P<bare>[^,\s]{1,300}))"
    r"(?P<more>,\s)?"
)
_TOKEN = patterns.lazy(
    r"\s*(?:(?P<open>[\[({])|(?P<close>[\])}])|(?P<comma>,)|(?P<sign>=>|:)"
    r"|\"(?P<double>(?:[^\"\\]|\\.)*)\"|'(?P<single>(?:[^'\\]|\\.|'')*)'|`(?P<ticked>[^`]*)`"
    r"|(?P<bare>[^\s,\[\](){}\"'`:=][^,\[\](){}\"'`\n]*))",
    re.DOTALL,
)
_NAMED = patterns.lazy(r"(?P<name>[A-Za-z_]\w*)\s*(?::|=>)\s*(?P<value>.*)", re.DOTALL)
_ESCAPE = patterns.lazy(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_MEANT = {"n": "\n", "t": "\t", "r": "\r"}
_NOTHING = frozenset({"null", "none", "undefined", "nil", "default"})
_MOST_LISTS = 300
_MOST_ITEMS = 30_000
_DEEPEST = 3
_LONGEST = 30_000


_ABSENT = object()
Item = tuple[str | None, Any]  # a name, and a text, nothing, or a list of items
_NO_ITEM: Item = (None, _ABSENT)


@dataclass(frozen=True, slots=True)
class Parameters:
    """One list of values, or several where a statement was executed with each of them."""

    start: int
    sets: tuple[Values, ...]


def find(text: str) -> tuple[Parameters, ...]:
    """Find the lists of values in a text, in its order."""
    found = [*_listed(text), *_unlisted(text), *_numbered(text)]
    return tuple(sorted(found, key=lambda each: each.start))


def of_leaves(leaves: Iterable[Leaf]) -> tuple[Values, ...]:
    """Take the list of values of an object in JSON."""
    listed = [leaf.value for leaf in leaves if leaf.key.removesuffix("[]").lower() in NAMES]
    if len(listed) == 1 and listed[0][:1] == "[":  # not quite JSON: dates without quotes
        return tuple(_sets(_items(listed[0], 1, _DEEPEST)[0]))
    return tuple(_sets(_unnamed(listed)))


def _listed(text: str) -> Iterator[Parameters]:
    place = 0
    for number, head in enumerate(_HEAD.finditer(text)):
        if number >= _MOST_LISTS:
            return
        if head.end() < place:
            continue
        shown, start = text, head.end() + 1
        if text.startswith('\\"', start):  # copied out of JSON, with its escapes
            shown, start = text[start : start + _LONGEST].replace('\\"', '"'), 0
        items, end = _items(shown, start, _DEEPEST)
        place = end if shown is text else head.end()
        named = _of_pairs(items) if not head[0] else None
        if sets := (named,) if named else tuple(_sets(items)):
            yield Parameters(head.start(), sets)


def _unlisted(text: str) -> Iterator[Parameters]:
    for found in _UNLISTED.finditer(text):
        values = _unnamed(found["values"].split(","))
        yield Parameters(found.start(), tuple(_sets(values)))
    for found in _BEHIND.finditer(text):
        yield Parameters(found.start(), tuple(_sets(_items(found["values"], 0, 0)[0])))


def _numbered(text: str) -> Iterator[Parameters]:
    """Read PostgreSQL's list; a value that it cut off is no value."""
    values: dict[str, str | None] = {}
    start = 0
    for found in _NUMBERED.finditer(text):
        start = start if values else found.start()
        values[found["number"]] = _logged(found)
        if not found["more"]:
            yield Parameters(start, (values,))
            values = {}


def _logged(found: re.Match[str]) -> str | None:
    text: str | None = found["text"]
    if text is None:
        return _bare(found["bare"])
    return None if text.endswith("...") else text.replace("''", "'")


def _items(text: str, place: int, depth: int) -> tuple[list[Item], int]:
    """Read what is behind an opening bracket, and where it ends; inner lists down to a depth."""
    items: list[Item] = []
    item = _NO_ITEM
    while len(items) < _MOST_ITEMS and (token := _TOKEN.match(text, place)):
        place = token.end()
        if token["close"] or (token["open"] and not depth):
            break
        if token["open"]:
            inner, place = _items(text, place, depth - 1)
            called = token["open"] == "(" and item[1] is not _ABSENT
            item = (item[0], _called(inner) if called else inner)
        elif token["comma"]:
            items += [item] if item != _NO_ITEM else []
            item = _NO_ITEM
        else:
            item = _worded(item, token)
    return [*items, *([item] if item != _NO_ITEM else [])], place


def _worded(item: Item, token: re.Match[str]) -> Item:
    """Go on with a text in quotes, or with a word, which may be the name of what follows."""
    name, value = item
    if token["sign"]:
        return _text(value), _ABSENT
    if isinstance(value, list):  # what stands behind a list counts what was left out
        return item
    if (bare := token["bare"]) is None:
        quoted = next(filter(None, (token["double"], token["single"], token["ticked"])), "")
        return name, _ESCAPE.sub(_character, quoted)
    named = None if name else _NAMED.fullmatch(bare)
    if named is None:
        return name, _bare(bare)
    return named["name"], _bare(named["value"]) if named["value"] else _ABSENT


def _called(inner: list[Item]) -> str | None:
    """Take the text in a call: UUID('…') stands for it, datetime(2025, 1, 2) for none."""
    return _text(inner[0][1]) if len(inner) == 1 else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _character(escape: re.Match[str]) -> str:
    meant = escape[1]
    return chr(int(meant[1:], 16)) if len(meant) > 1 else _MEANT.get(meant, meant)


def _bare(word: str) -> str | None:
    text = word.strip()
    return None if text.lower() in _NOTHING else text


def _unnamed(values: Iterable[str]) -> list[Item]:
    return [(None, each or None) for each in values]


def _of_pairs(items: list[Item]) -> Values | None:
    """Read columns and their values, as Rails prints them."""
    pairs = [value for _, value in items if isinstance(value, list) and len(value) == 2]
    if not pairs or len(pairs) < len(items):
        return None
    return _set([(_text(name), value) for (_, name), (_, value) in pairs])


def _sets(items: list[Item]) -> Iterator[Values]:
    """Make one set of single values, else one of each list."""
    lists = [value for _, value in items if isinstance(value, list)]
    if lists:
        yield from (_set(each) for each in lists if each)
    elif items:
        yield _set(items)


def _set(items: list[Item]) -> Values:
    texts = [(name, _text(value)) for name, value in items]
    numbered = {str(number): value for number, (_, value) in enumerate(texts, 1)}
    return {**numbered, **{name: value for name, value in texts if name}}
