"""Who looks on, and what they may see: the same for pages, programs and the audit."""

from collections.abc import Sequence
from math import inf

from dashboard.settings.grants import Grant, Level
from queries.records import dataclass


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a proxy or a provider vouches for; `until` is in seconds since 1970."""

    user: str
    groups: frozenset[str] = frozenset()
    until: float = inf


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody, and every grant that covers them; each counts for its own environments alone."""

    user: str
    grants: tuple[Grant, ...]

    def sees(self, environment: str, level: Level = Level.VIEWER) -> bool:
        """Whether they have this level there; an environment they do not see is unknown."""
        return any(each.level >= level and each.reaches(environment) for each in self.grants)

    def sees_names(self, environment: str) -> bool:
        return any(
            each.names and each.level >= Level.SUPPORT and each.reaches(environment)
            for each in self.grants
        )


# whoever uses the command line, or a dashboard without sign-in, is its operator
OPERATOR = Viewer("anonymous", (Grant(("*",), Level.ADMIN, names=True),))
WITHOUT_NAMES = Viewer("anonymous", (Grant(("*",), Level.ADMIN),))


def viewer_of(identity: Identity, grants: Sequence[Grant]) -> Viewer | None:
    """Find what is granted to somebody; None for whom no line covers."""
    held = tuple(each for each in grants if each.covers(identity.user, identity.groups))
    return Viewer(identity.user, held) if held else None
