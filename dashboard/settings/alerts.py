"""Reads [alerts] and [[alerts.route]]: who is told of what, and when not."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import field
from datetime import time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dashboard.environments import Role
from dashboard.settings import conversions
from dashboard.settings.problems import SettingsError
from dashboard.settings.tables import Table
from queries import patterns
from queries.records import dataclass

SEVERITIES = ("error", "warning", "unknown", "info")
_HOURS = patterns.lazy(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")
_TIME = patterns.lazy(r"([01]\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True, slots=True)
class Route:
    """`urls` say where to, and are secrets; `quiet` are hours of `zone`, `digest` a time in it."""

    name: str
    urls: tuple[str, ...] = field(repr=False)
    environments: tuple[str, ...] = ("*",)
    roles: tuple[str, ...] = ()
    severities: tuple[str, ...] = ("error",)
    codes: tuple[str, ...] = ("*",)
    silent: bool = True
    quiet: tuple[time, time] | None = None
    digest: time | None = None
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Alerts:
    """`link` is the address of the pages, for whoever is told."""

    routes: tuple[Route, ...] = ()
    link: str | None = None

    @property
    def secrets(self) -> frozenset[str]:
        return frozenset(url for route in self.routes for url in route.urls)


def read_alerts(table: Table, routes: list[Table], public_url: str | None) -> Alerts:
    table.refuse_unknown(("link", "route"))
    link = table.read("link", conversions.app_url) or public_url
    found = {route.name: route for each in routes for route in _route(each)}
    if len(found) < len(routes) and not table.problems:
        table.problems.append(f"{table.title} has two routes of one name; give each its own.")
    return Alerts(tuple(found.values()), link)


def _route(table: Table) -> Iterator[Route]:
    keys = ("name", "url", "environments", "roles", "severities", "codes")
    table.refuse_unknown((*keys, "silent", "quiet", "digest", "zone"))
    table.require("name", "so that it can be tested: `alert --test --route NAME`.")
    table.require("url", "say where to, as Apprise writes it.")
    name = table.read("name", conversions.text)
    urls = table.read("url", _urls)
    more = {
        "environments": table.read("environments", conversions.listed),
        "roles": table.read("roles", _some_of([each.value for each in Role])),
        "severities": table.read("severities", _some_of(SEVERITIES)),
        "codes": table.read("codes", conversions.listed),
        "silent": table.read("silent", conversions.switch),
        "quiet": table.read("quiet", _hours),
        "digest": table.read("digest", _time),
        "zone": table.read("zone", _zone),
    }
    if name and urls:
        given = {key: value for key, value in more.items() if value is not None}
        yield Route(name, urls, **given)  # type: ignore[arg-type]  # each is read by its own conversion


def _urls(value: object) -> tuple[str, ...]:
    """Commas may be part of one."""
    items = value if isinstance(value, list) else [value]
    return tuple(conversions.text(each).strip() for each in items)


def _some_of(known: Iterable[str]) -> Callable[[object], tuple[str, ...]]:
    choose = conversions.one_of(known)
    return lambda value: tuple(choose(each) for each in conversions.listed(value))


def _hours(value: object) -> tuple[time, time]:
    found = _HOURS.fullmatch(conversions.text(value))
    if not found or found[1] + found[2] == found[3] + found[4]:
        raise SettingsError('must be hours of the day such as "22:00-07:00".')
    start, end = (time(int(found[n]), int(found[n + 1])) for n in (1, 3))
    return start, end


def _time(value: object) -> time:
    found = _TIME.fullmatch(conversions.text(value))
    if not found:
        raise SettingsError('must be a time of the day such as "08:30".')
    return time(int(found[1]), int(found[2]))


def _zone(value: object) -> str:
    name = conversions.text(value)
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise SettingsError('must be a time zone such as "Europe/Berlin".') from None
    return name
