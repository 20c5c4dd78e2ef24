"""What consoles and loggers print around an error: properties, psql's labels, escapes."""

import re
from collections.abc import Iterator

from dashboard.diagnose.paste.cleaning import plain
from dashboard.diagnose.paste.record import Fields, fields_of
from queries import patterns

_ESCAPED = patterns.lazy(
    r'(?:table|relation|constraint|column|index|\() ?\\{1,8}"|invocation:?(?: in)?\\{1,8}n'
    r"|\\{1,8}n(?:Invalid|DETAIL|Foreign|Unique|Null|An )"
)
_ESCAPE = patterns.lazy(r"\\(u[0-9a-fA-F]{4}|.)")
_MEANT = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_MOST_ESCAPED = 3
_PROPERTY = patterns.lazy(
    r"(?<![\w$.])[\"']?(?P<name>\w{1,40})[\"']?\s?[:=]\s?(?:"
    r"'(?P<single>(?:[^'\\\n]|\\.)*)'|\"(?P<double>(?:[^\"\\\n]|\\.)*)\"|`(?P<ticked>[^`\n]*)`"
    r"|\[(?P<listed>[^\[\]\n]{1,400})\])"
)
_ITEM = patterns.lazy(r"'(?P<single>[^'\n]*)'|\"(?P<double>[^\"\n]*)\"")
_PSQL = patterns.lazy(r"^(SCHEMA|TABLE|COLUMN|CONSTRAINT) NAME:\s{1,4}(.{1,130})$", re.MULTILINE)


def unescaped(line: str) -> list[str]:
    """Make lines of a line that was copied out of JSON or of a debugger, with its escapes."""
    for _ in range(_MOST_ESCAPED):
        if not _ESCAPED.search(line):
            break
        line = plain(_meant(line))
    return line.split("\n")


def fields(text: str) -> Fields:
    """Collect `name: 'value'`, `name: [ 'value' ]` and psql's `NAME:` labels."""
    return fields_of(_pairs(text))


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for found in _PROPERTY.finditer(text):
        if found["listed"] is None:
            quoted = found["single"] or found["double"] or found["ticked"] or ""
            yield found["name"], _meant(quoted)
        else:
            items = _ITEM.finditer(found["listed"])
            yield from ((f"{found['name']}[]", item["single"] or item["double"]) for item in items)
    for label, value in _PSQL.findall(text):
        yield f"{label.lower()}_name", value


def _meant(text: str) -> str:
    return _ESCAPE.sub(lambda found: _character(found[1]), text)


def _character(escape: str) -> str:
    if len(escape) > 1:
        return chr(int(escape[1:], 16))
    return _MEANT.get(escape, escape)
