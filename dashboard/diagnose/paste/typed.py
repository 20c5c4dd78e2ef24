"""Pastes that are nothing but ids: one, a list, or a table with a column of them."""

import csv
from collections.abc import Iterator

from dashboard.diagnose.paste.cleaning import cleaned
from dashboard.diagnose.paste.labels import Role, role
from dashboard.diagnose.paste.shapes import looks_like, never, stands_out
from dashboard.diagnose.paste.sought import Sought
from dashboard.diagnose.paste.values import PastedId, Source
from queries import patterns

_BETWEEN = patterns.lazy(r"[\n,;\t|]")
_BULLET = patterns.lazy(r"^\s{0,40}(?:[-*•–]|[0-9]{1,4}[.)]|\[[ xX]\])\s{1,10}")
_ROW = patterns.lazy(r"\(([^()\n]{3,1000})\)")
_LABEL = patterns.lazy(r"(?P<label>[A-Za-z_][\w-]{0,60})[:=]")
_NEVER_INSIDE = set('"`{}<>')
_DELIMITERS = "\t|,;"


def alone(text: str) -> PastedId | None:
    """Read a text that is an id beyond doubt, and in which there can be nothing else.

    What has dashes may have a code between them, but for a UUID.
    """
    sure = stands_out(text) and looks_like(text) != ("nanoid",)
    return cleaned(text, Source.TYPED) if sure else None


def one(text: str, sought: Sought) -> PastedId | None:
    """Read a paste that is a single word: any text may be an id."""
    found = cleaned(text, Source.TYPED)
    return found if found and _may_be(found.text, sought) else None


def plain_list(text: str, sought: Sought) -> Iterator[PastedId]:
    """Read a list, perhaps with a heading, of one id a line: each has the shape of one."""
    lines = [line for each in text.split("\n") if (line := each.strip())]
    if lines and _is_heading(lines[0], sought):
        del lines[0]
    if len(lines) > 1 and all(looks_like(line) for line in lines):
        yield from filter(None, (cleaned(line, Source.TYPED) for line in lines))


def several(text: str, sought: Sought) -> tuple[PastedId, ...]:
    """Read a list, one id a line or between commas; a line of words makes it none.

    In parentheses stand the values of one key of several columns, as PostgreSQL writes them.
    """
    if whole := _whole_key(text, sought):
        return (whole,)
    lines = dict.fromkeys(item for item in _BETWEEN.split(text) if item.strip())
    items = [_BULLET.sub("", line, count=1) for line in lines]
    read = [cleaned(item, Source.TYPED) for item in items]
    words = [each for each in read if each and not _is_heading(each.text, sought)]
    if len(items) < 2 or any(_has_space(each.text) for each in words):
        return ()
    ids = tuple(each for each in words if _may_be(each.text, sought))
    return ids if any(_is_telling(each.text) for each in ids) else ()


def _whole_key(text: str, sought: Sought) -> PastedId | None:
    written = _ROW.fullmatch(text.strip())
    values = [each.strip() for each in written[1].split(",")] if written else []
    may_be = any(len(columns) == len(values) > 1 for _, columns in sought.splits)
    return PastedId(",".join(values), (), Source.TYPED, ()) if may_be and all(values) else None


def table(text: str, sought: Sought) -> tuple[PastedId, ...]:
    """Read the column of ids of a table with a heading, as CSV or as psql prints it."""
    heading, _, rows = text.strip("\n").partition("\n")
    delimiter = next((each for each in _DELIMITERS if each in heading), None)
    if delimiter is None or not rows:
        return ()
    names = _cells(heading, delimiter)
    place = _column(names, sought)
    if place is None:
        return ()
    read = (_cells(row, delimiter) for row in rows.split("\n"))
    values = (cleaned(cells[place], Source.TYPED) for cells in read if len(cells) == len(names))
    return tuple(each for each in values if each and _may_be(each.text, sought))


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])
    except csv.Error:
        return []


def _column(names: list[str], sought: Sought) -> int | None:
    roles = [role(name, sought) for name in names]
    if Role.PARENT_KEY in roles:
        return roles.index(Role.PARENT_KEY)
    return roles.index(Role.ID) if Role.ID in roles else None


def _may_be(text: str, sought: Sought) -> bool:
    if _has_space(text) or never(text) or _NEVER_INSIDE & set(text):
        return False
    label = _LABEL.match(text)
    return any(each.isalnum() for each in text) and (
        label is None or role(label["label"], sought) is Role.NONE
    )


def _is_heading(text: str, sought: Sought) -> bool:
    return role(text, sought) in (Role.PARENT_KEY, Role.ID)


def _is_telling(text: str) -> bool:
    return bool(looks_like(text)) or any(each.isdigit() or each in "-_" for each in text)


def _has_space(text: str) -> bool:
    return any(each.isspace() for each in text)
