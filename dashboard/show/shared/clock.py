"""One clock for everything that is shown: that of the viewer's zone, or UTC."""

import re
from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import streamlit as st

from queries import patterns

UTC_NAME = "UTC"
OWN = "own"
CHOICES = (OWN, UTC_NAME)
COOKIE = "dashboard-clock"  # of the browser, so that the first page it opens is right at once
CHOSEN = "clock"
_MOMENT = patterns.lazy(r"\b(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC\b")


@cache
def zones() -> tuple[str, ...]:
    return tuple(sorted(available_timezones()))


def own_zone() -> str:
    """Take the zone of the viewer's clock; UTC where the browser does not tell one."""
    zone = st.context.timezone
    return zone if zone in zones() else UTC_NAME


def chosen() -> str:
    """Say what this tab chose, else what this browser did."""
    choice = st.session_state.get(CHOSEN) or st.context.cookies.get(COOKIE)
    return choice if choice in CHOICES else OWN


def zone() -> str:
    """Name the zone that times are shown in."""
    return own_zone() if chosen() == OWN else UTC_NAME


def local(time: datetime) -> datetime:
    return time.astimezone(ZoneInfo(zone()))


def label(time: datetime) -> str:
    """Name the zone as it is at that time: CET, or UTC+04 where it has no letters."""
    name = local(time).tzname() or UTC_NAME
    return name if name[0].isalpha() else f"{UTC_NAME}{name}"


def in_words(text: str) -> str:
    """Put the moments that a finding names on the clock; they are written in UTC."""
    return text if zone() == UTC_NAME else _MOMENT.sub(_moved, text)


def _moved(found: re.Match[str]) -> str:
    time = datetime.fromisoformat(found[1]).replace(tzinfo=UTC)
    return f"{local(time):%Y-%m-%d %H:%M:%S} {label(time)}"
