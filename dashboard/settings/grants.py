"""Who may see what: the lines of [[access.grant]]."""

from collections.abc import Iterable
from enum import IntEnum
from fnmatch import fnmatchcase
from functools import lru_cache

from queries.records import dataclass

GROUP = "group:"
REACHES_KEPT = 16_384  # hundreds of environments, by the grants of dozens of people


def lowered(address: str) -> str:
    """Ignore case, and no more: Python's lower() makes a k of the sign for Kelvin."""
    small = ((each, each.lower()) for each in address)
    return "".join(low if each.isascii() or not low.isascii() else each for each, low in small)


class Level(IntEnum):
    """Each may do what those before it may."""

    VIEWER = 1  # counts, statuses and verdicts, without names
    SUPPORT = 2  # lists of rows, and names where they are granted
    ADMIN = 3  # scans, and asking anew


@dataclass(frozen=True, slots=True)
class Grant:
    """`who` are addresses, "*@example.com" or "group:support"; `environments` may have a * too."""

    who: tuple[str, ...]
    level: Level
    environments: tuple[str, ...] = ("*",)
    names: bool = False

    def covers(self, user: str, groups: Iterable[str]) -> bool:
        """Compare groups with groups alone: anybody may call themselves group:leads."""
        people = (each for each in self.who if not each.startswith(GROUP))
        known = any(fnmatchcase(lowered(user), each) for each in people)
        return known or any(self.names_group(each) for each in groups)

    def names_group(self, group: str) -> bool:
        named = (each.removeprefix(GROUP) for each in self.who if each.startswith(GROUP))
        return any(fnmatchcase(group, each) for each in named)

    def reaches(self, environment: str) -> bool:
        return _reach(self.environments, environment)


@lru_cache(maxsize=REACHES_KEPT)
def _reach(patterns: tuple[str, ...], environment: str) -> bool:
    """Tell it at once the next time: every page asks it of every environment."""
    return any(fnmatchcase(environment, each) for each in patterns)
