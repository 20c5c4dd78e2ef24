"""The parts of a connection, before anyone asked what they mean to libpq."""

from dataclasses import field
from typing import NamedTuple

from queries import patterns
from queries.records import dataclass

_HOST_AND_PORT = patterns.lazy(r"(?P<name>\[.*\]|%2[Ff].*?|[^:]*)(?::(?P<port>[0-9]*))?")


class Host(NamedTuple):
    name: str
    port: str


@dataclass(frozen=True, slots=True)
class Parts:
    """Decoded; only the places that name a server are safe to show."""

    hosts: tuple[Host, ...]
    user: str = ""
    password: str = field(default="", repr=False)
    database: str = ""
    query: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    written_secrets: frozenset[str] = field(default=frozenset(), repr=False)


def host_and_port(text: str) -> Host:
    """Take "db:5433" or "[::1]:5433" apart; the colons of a socket's folder are its own."""
    found = None if text.startswith("/") else _HOST_AND_PORT.fullmatch(text)
    name, port = found.group("name", "port") if found else (text, "")
    return Host(name.removeprefix("[").removesuffix("]"), port or "")
