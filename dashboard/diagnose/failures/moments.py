"""When an entry of a log was written: only where its zone has one meaning, or is told."""

import re
from datetime import UTC, datetime, tzinfo

from queries import patterns

_BEFORE = r"(?:\{\"timestamp\":\"|[^`'\"()=\n]{0,80}?(?<![0-9.]))"
_LEVEL = "ERROR|WARN|INFO|DEBUG|TRACE|FATAL|LOG"  # stands where a zone may stand
_STAMP = patterns.lazy(
    _BEFORE + r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})[T ](?P<time>[0-9]{2}:[0-9]{2}:[0-9]{2})"
    r"(?:[.,](?P<fraction>[0-9]{1,9}))?"
    rf"(?: ?(?P<zone>(?!{_LEVEL})[A-Z]{{1,6}}|[+-][0-9]{{2}}(?::?[0-9]{{2}})?)\b)?"
)
_EPOCH = patterns.lazy(_BEFORE + r"(?P<seconds>1[0-9]{9}\.[0-9]{3})(?![0-9])")
_UTC = ("UTC", "GMT", "Z")


def moment(text: str, zone: tzinfo) -> datetime | None:
    """Read the time of an entry; None where it has none, or in another zone than the one told.

    | the entry says      | its time is read in         |
    | ------------------- | --------------------------- |
    | UTC, GMT, Z, +02:00 | what it says                |
    | CEST                | `zone`, where that is CEST  |
    | no zone             | `zone`                      |
    """
    if found := _STAMP.match(text):
        return _stamped(found, zone)
    epoch = _EPOCH.match(text)
    return datetime.fromtimestamp(float(epoch["seconds"]), UTC) if epoch else None


def foreign_zone(text: str) -> str | None:
    """Name the zone that an entry is written in."""
    found = _STAMP.match(text)
    return found["zone"] if found else None


def _stamped(found: re.Match[str], zone: tzinfo) -> datetime | None:
    fraction = (found["fraction"] or "")[:6].ljust(6, "0")
    written = f"{found['date']}T{found['time']}.{fraction}"
    name = found["zone"]
    try:
        if name and name[0] in "+-":
            return datetime.fromisoformat(written + name).astimezone(UTC)
        local = datetime.fromisoformat(written)
        return local.replace(tzinfo=UTC) if name in _UTC else _in_zone(local, name, zone)
    except (ValueError, OverflowError):
        return None


def _in_zone(local: datetime, name: str | None, zone: tzinfo) -> datetime | None:
    """Take the hour that comes twice in autumn by its name."""
    readings = [local.replace(tzinfo=zone, fold=fold) for fold in (0, 1)]
    fitting = (each for each in readings if name in (None, each.tzname()))
    return next((each.astimezone(UTC) for each in fitting), None)
