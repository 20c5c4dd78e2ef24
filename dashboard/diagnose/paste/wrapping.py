"""Puts together what a terminal or a mail has broken over two lines."""

import re

from dashboard.diagnose.paste.shapes import can_follow_a_noun, stands_out
from queries import patterns

_MARKS = patterns.lazy(r"(?m)^(?:> ?){1,9}")  # of what a mail quotes
_MARGIN = r"[ \t]{0,8}"
_BROKEN = patterns.lazy(
    rf"(?<=[^\n\w-])(?P<first>[A-Za-z0-9_-]{{1,35}}+)\n{_MARGIN}(?P<second>[A-Za-z0-9_-]{{1,35}}+)"
)
_SHORTEST_LINE = 20  # a shorter one was not broken because it was full
_PHRASES = (
    "insert or update on table",
    "update or delete on table",
    "violates foreign key constraint",
    "violates unique constraint",
    "is not present in table",
    "is still referenced from table",
    "Foreign key constraint violated on the constraint:",
    "Foreign key constraint violated:",
    "Foreign key constraint failed on the field:",
    "Unique constraint failed on the fields:",
)
_WORDS = patterns.lazy(r"\S+")
_BREAK = rf"(?:[ \t]{{1,4}}|[ \t]?\n{_MARGIN})"
_SENTENCE = patterns.lazy(
    rf"(?:(?<=[\")])(?P<start>{_BREAK})(?=violates|is))?(?P<phrase>"
    + "|".join(_BREAK.join(map(re.escape, phrase.split())) for phrase in _PHRASES)
    + rf")(?P<end>{_BREAK}(?=[\"`(]))?"
)


def unwrapped(text: str) -> str:
    """Drop a mail's marks, and join the halves of an id and the known sentences."""
    plain = _MARKS.sub("", text)
    if "\n" not in plain:
        return plain
    return _BROKEN.sub(_whole, _SENTENCE.sub(_on_one_line, plain))


def joined(value: str) -> str | None:
    """Join a value that has a line break in it, where that makes an id of it."""
    if "\n" not in value:
        return None
    whole = re.sub(rf"\n{_MARGIN}", "", value)
    return whole if can_follow_a_noun(whole) else None


def _whole(found: re.Match[str]) -> str:
    first, second = found["first"], found["second"]
    line = found.start() - found.string.rfind("\n", 0, found.start()) - 1 + len(first)
    halves = can_follow_a_noun(first) or stands_out(second)
    if line < _SHORTEST_LINE or halves or not stands_out(first + second):
        return found[0]
    return first + second


def _on_one_line(found: re.Match[str]) -> str:
    if "\n" not in found[0]:
        return found[0]
    start = " " if found["start"] else ""
    end = " " if found["end"] else ""
    return f"{start}{' '.join(_WORDS.findall(found['phrase']))}{end}"
