"""Turns one value of the configuration into what it means, or says what it must be."""

import re
from collections.abc import Callable, Collection, Iterable
from datetime import date, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from dashboard.settings.problems import SettingsError, did_you_mean, is_identifier, printable
from queries import patterns

_NOUN = patterns.lazy(r"[^\W\d_](?:[ '-]?[^\W_]){0,39}")
_DURATION = patterns.lazy(r"([1-9][0-9]{0,5})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def text(value: object) -> str:
    if not isinstance(value, str):
        raise SettingsError("must be text in quotes.")
    if not value.strip():
        raise SettingsError("is empty; give a value or remove it.")
    return value


def one_of(choices: Iterable[str]) -> Callable[[object], str]:
    names = tuple(choices)

    def choose(value: object) -> str:
        word = text(value)
        if word not in names:
            advice = did_you_mean(word, names, otherwise="correct it.")
            raise SettingsError(f"must be one of {', '.join(names)}; {advice}")
        return word

    return choose


def environment_of(known: Collection[str]) -> Callable[[object], str]:
    def find(value: object) -> str:
        name = text(value)
        if name not in known:
            advice = did_you_mean(name, map(printable, known), otherwise="add it or correct it.")
            raise SettingsError(f"names no environment that is configured; {advice}")
        return name

    return find


def noun(value: object) -> tuple[str, str | None]:
    """Read what a row of a table is called: one of them, and many where no s makes them."""
    if isinstance(value, str):
        return _noun(value), None
    if not isinstance(value, dict) or "one" not in value or value.keys() - {"one", "many"}:
        raise SettingsError('must be a word, or { one = "child", many = "children" }.')
    return _noun(value["one"]), _noun(value["many"]) if "many" in value else None


def _noun(value: object) -> str:
    word = text(value).strip()
    if not _NOUN.fullmatch(word):
        raise SettingsError("must be words of up to 40 letters, as they stand in a sentence.")
    return word


def identifier(value: object) -> str:
    name = text(value)
    if not is_identifier(name):
        raise SettingsError("must be a name in the database, of 1 to 63 bytes.")
    return name


def code(value: object) -> str:
    word = text(value)
    if not re.fullmatch("[a-z][a-z0-9]*(-[a-z0-9]+)*", word):
        raise SettingsError('must be the code of a finding, such as "pending".')
    return word


def path(value: object) -> Path:
    """Relative paths count from the caller's folder."""
    written = text(value)
    if not written.isprintable():
        raise SettingsError("has an invisible character in it; retype it.")
    try:
        return Path(written).expanduser().absolute()
    except RuntimeError:  # no such home folder
        pass
    raise SettingsError("names a home folder that is not known; write it out.")


def paths(value: object) -> tuple[Path, ...]:
    """Take one path, or a list of them."""
    if value == []:
        raise SettingsError("is empty; give a value or remove it.")
    return tuple(path(each) for each in (value if isinstance(value, list) else [value]))


def duration(value: object) -> timedelta:
    found = _DURATION.fullmatch(text(value))
    if not found:
        raise SettingsError('must be a duration such as "10s", "30m", "1h" or "2d".')
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def count(value: object) -> int:
    """Variables can hold a number only as text."""
    if isinstance(value, str) and re.fullmatch("[0-9]{1,9}", value):
        value = int(value)
    if type(value) is not int or value < 1:
        raise SettingsError("must be a whole number from 1 on.")
    return value


def switch(value: object) -> bool:
    """Variables can hold a truth only as text."""
    if isinstance(value, str):
        value = {"true": True, "false": False}.get(value.strip().lower())
    if not isinstance(value, bool):
        raise SettingsError("must be true or false.")
    return value


def day(value: object) -> date:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise SettingsError("must be a date without quotes, such as 2026-12-31.")
    return value


def words(value: object) -> tuple[str, ...]:
    """Variables can hold a list only as text, with commas."""
    listed = value.split(",") if isinstance(value, str) else value
    if not isinstance(listed, list) or not all(isinstance(item, str) for item in listed):
        raise SettingsError('must be a list of texts, such as ["FAILED", "ERROR"].')
    found = tuple(item.strip().lower() for item in listed if item.strip())
    if not found:
        raise SettingsError("is empty; give a value or remove it.")
    return found


def listed(value: object) -> tuple[str, ...]:
    """Take texts as they are written; variables can hold a list only as text, with commas."""
    items = value.split(",") if isinstance(value, str) else value
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise SettingsError('must be a list of texts, such as ["staging", "preview-*"].')
    found = tuple(item.strip() for item in items if item.strip())
    if not found:
        raise SettingsError("is empty; give a value or remove it.")
    return found


def header(value: object) -> str:
    """Servers read an underscore in a header's name as a dash, or not at all."""
    name = text(value).lower()
    if not re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", name):
        raise SettingsError('must be the name of a header, such as "x-forwarded-email".')
    return name


def port(value: object) -> str:
    return str(count(value))


def texts(value: object) -> tuple[tuple[str, str], ...]:
    """Read a table of parameters."""
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise SettingsError('must be a table of texts, such as { sslmode = "require" }.')
    return tuple(value.items())


def app_url(value: object) -> str:
    """Take the address that links are made from; it is shown to everyone."""
    url = text(value).strip()
    if not _is_web_address(url):
        raise SettingsError("must be an address such as https://staging.example.com.")
    if "@" in url or "?" in url or "#" in url:
        raise SettingsError("must have no user name, password or parameters; it is shown on pages.")
    return url.rstrip("/")


def _is_web_address(url: str) -> bool:
    if not re.fullmatch(r"https?://[^\s]+", url, re.IGNORECASE) or not url.isprintable():
        return False
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
