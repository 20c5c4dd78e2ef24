"""Programs that may ask, by the hash of their token: whoever reads the file has none."""

import re
from collections.abc import Iterator
from dataclasses import field

from dashboard.settings import conversions
from dashboard.settings.grants import Grant, Level
from dashboard.settings.problems import SettingsError
from dashboard.settings.tables import Table
from queries.records import dataclass

LEVELS = tuple(each.name.lower() for each in Level)


@dataclass(frozen=True, slots=True)
class Token:
    name: str
    sha256: str = field(repr=False)
    grant: Grant


def read_tokens(tables: list[Table]) -> tuple[Token, ...]:
    found: dict[str, Token] = {}
    for table in tables:
        for token in _token(table):
            if token.name in found:
                table.problems.append(f"{table.title} name is that of another token.")
            found[token.name] = token
    return tuple(found.values())


def _token(table: Table) -> Iterator[Token]:
    table.refuse_unknown(("name", "sha256", "level", "environments", "names"))
    table.require("name", "say whose it is, for the audit.")
    table.require("sha256", "give the hash of the token, never the token.")
    name = table.read("name", conversions.text)
    digest = table.read("sha256", _digest)
    level = table.read("level", conversions.one_of(LEVELS)) or LEVELS[0]
    environments = table.read("environments", conversions.listed) or ("*",)
    names = table.read("names", conversions.switch) or False
    if name and digest:
        yield Token(name, digest, Grant((), Level[level.upper()], environments, names))


def _digest(value: object) -> str:
    digest = conversions.text(value)
    if not re.fullmatch("[0-9a-f]{64}", digest):
        raise SettingsError("must be the 64 hexadecimal digits that `sha256sum` prints.")
    return digest
