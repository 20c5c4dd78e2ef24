"""Reads the time a log gives, only where it names a zone that has one meaning."""

import re
from datetime import UTC, datetime

from queries import patterns

_STAMP = patterns.lazy(
    r"(?<![0-9])(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})[T ](?P<time>[0-9]{2}:[0-9]{2}:[0-9]{2})"
    r"(?:[.,](?P<fraction>[0-9]{1,9}))?"
    r" ?(?P<zone>Z|UTC|GMT|[+-][0-9]{2}(?::?[0-9]{2})?)(?![\w:])"
)
_PREFIX = patterns.lazy(rf"[^`'\"()=\n]{{0,80}}?{_STAMP.pattern}")
_EPOCH = patterns.lazy(r"[0-9]{10,13}(?:\.[0-9]{1,9})?")
_MILLISECONDS_FROM = 10**11


def at_start(line: str) -> datetime | None:
    """Read the time in a log line's prefix."""
    found = _PREFIX.match(line)
    return _moment(found) if found else None


def in_field(value: str) -> datetime | None:
    """Read a time that is a value of its own: a stamp, or seconds or milliseconds since 1970."""
    if found := _STAMP.fullmatch(value.strip()):
        return _moment(found)
    if not _EPOCH.fullmatch(value):
        return None
    number = float(value)
    return datetime.fromtimestamp(number / 1000 if number >= _MILLISECONDS_FROM else number, UTC)


def _moment(stamp: re.Match[str]) -> datetime | None:
    fraction = (stamp["fraction"] or "")[:6].ljust(6, "0")
    text = f"{stamp['date']}T{stamp['time']}.{fraction}{_offset(stamp['zone'])}"
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _offset(zone: str) -> str:
    return zone if zone[0] in "+-" else "+00:00"
