"""How long ago something was, and when, in words."""

from datetime import datetime, timedelta

from dashboard.show.shared import clock as clocks


def age(then: datetime, now: datetime) -> str:
    """Say 42 s ago, 6 min ago, 3 h ago or 5 days ago."""
    seconds = max(0, round((now - then).total_seconds()))
    if seconds < 90:
        return f"{seconds} s ago"
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} min ago"
    if seconds < 48 * 3600:
        return f"{round(seconds / 3600)} h ago"
    return f"{round(seconds / 86400)} days ago"


def clock(time: datetime) -> str:
    return f"{clocks.local(time):%H:%M:%S}\N{NO-BREAK SPACE}{clocks.label(time)}"


def minute(time: datetime) -> str:
    return f"{clocks.local(time):%Y-%m-%d %H:%M} {clocks.label(time)}"


def moment(time: datetime) -> str:
    return f"{clocks.local(time):%Y-%m-%d %H:%M:%S} {clocks.label(time)}"


def took(started: datetime, ended: datetime | None) -> str:
    """Say how long something took; what has no end says nothing."""
    if ended is None:
        return "not finished"
    seconds = (ended - started).total_seconds()
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.1f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def day(time: datetime, now: datetime) -> str:
    """Say 14:05 UTC of the last day, and 10 Mar 2026 of what is longer ago."""
    if now - time < timedelta(days=1):
        return f"{clocks.local(time):%H:%M} {clocks.label(time)}"
    return f"{clocks.local(time):%-d %b %Y}"
