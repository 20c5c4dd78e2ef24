"""Takes a database URL apart, also one whose password was pasted without percent-encoding."""

import re
from collections.abc import Iterator
from urllib.parse import unquote

from dashboard.settings.location import Location, locate
from dashboard.settings.parts import Host, Parts, host_and_port
from dashboard.settings.problems import SettingsError
from dashboard.settings.schemes import postgres_address
from queries import patterns

_HOST = r"(?:\[[^][/?#@,]*\]|%2[Ff][^/?#@,]*?|[\w.%-]*)(?::[0-9]*)?"
_PAIR = r"[\w.-]+(?:=[^&#]*)?"
_HOSTS = rf"(?P<hosts>{_HOST}(?:,{_HOST})*)"
_QUERY = rf"(?:\?(?P<query>(?:{_PAIR}(?:&+{_PAIR})*&*)?))?(?:#.*)?"
_ADDRESS = patterns.lazy(rf"{_HOSTS}/(?P<database>[^/?#@]+)/?{_QUERY}")
_ADDRESS_WITHOUT_DATABASE = patterns.lazy(rf"{_HOSTS}(?P<database>)/?{_QUERY}")

_ENCODE = (
    "percent-encode the user name, the password and the parameters "
    "(@ is %40, : is %3A, / is %2F, ? is %3F, # is %23)."
)


def parse_url(url: str) -> Location:
    """Read a URL as Prisma writes it; the mistakes are predicates: the caller says whose."""
    keys = re.findall(r"(?:api_key|password)=([^&#\s\"'`]+)", url)
    return locate(_split(postgres_address(url), frozenset(keys)))


def _split(text: str, written_secrets: frozenset[str]) -> Parts:
    userinfo, address = _only_reading(text)
    user, _, password = userinfo.partition(":")
    return Parts(
        user=_decoded(user),
        password=_decoded(password),
        hosts=tuple(_host(text) for text in address["hosts"].split(",")),
        database=_decoded(address["database"]),
        query=tuple(_pairs(address["query"] or "")),
        written_secrets=written_secrets | {password},
    )


def _only_reading(text: str) -> tuple[str, re.Match[str]]:
    """Cut off the user name and the password where what remains is an address.

    A raw password may hold @, / and ?, so every @ is tried. If it matters which one was taken,
    the URL is refused: guessing could send the password to the wrong server, or show it.
    """
    readings = _readings(text, _ADDRESS) or _readings(text, _ADDRESS_WITHOUT_DATABASE)
    if not readings:
        raise SettingsError(_unreadable(text))
    userinfo, address = readings[-1]
    if len(readings) > 1 or "@" in address[0]:
        raise SettingsError(f"is ambiguous; {_ENCODE}")
    return userinfo, address


def _readings(text: str, shape: re.Pattern[str]) -> list[tuple[str, re.Match[str]]]:
    cuts = [(0, 0), *((at.start(), at.end()) for at in re.finditer("@", text))]
    matches = ((text[:end], shape.fullmatch(text, start)) for end, start in cuts)
    return [(userinfo, address) for userinfo, address in matches if address]


def _unreadable(text: str) -> str:
    """Say what is wrong with the address, repeating none of it: any of it may be password."""
    host = re.split("[/?#]", text.rpartition("@")[2], maxsplit=1)[0]
    if host.count(":") > 1 and "[" not in host and "," not in host:
        return "has an IPv6 address without brackets; write it as [::1]."
    if re.search(r":[^],]*[^],0-9]", host):
        return f"has a port that is not a number; correct it, or {_ENCODE}"
    if not re.fullmatch(r"[][\w.%:,-]*", host):
        return f"has a host that cannot be read; correct it, or {_ENCODE}"
    return f"cannot be read after the host; end it with /DATABASE?NAME=VALUE, or {_ENCODE}"


def _host(text: str) -> Host:
    name, port = host_and_port(text)
    return Host(_decoded(name), port)


def _pairs(query: str) -> Iterator[tuple[str, str]]:
    for pair in re.split("&+", query.strip("&")):
        name, _, value = pair.partition("=")
        if name:
            yield name, _decoded(value.replace("+", " "))  # + as Prisma reads it


def _decoded(text: str) -> str:
    """Decode as Prisma does: what is no UTF-8 afterwards was never encoded."""
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        return text
