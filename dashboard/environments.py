"""What an environment is called, what it is for and where its application lives: no secret."""

from enum import StrEnum

from queries.records import dataclass


class Role(StrEnum):
    DEVELOPMENT = "development"
    STAGING = "staging"
    PRODUCTION = "production"
    PREVIEW = "preview"

    @property
    def rank(self) -> int:
        """Give its place where environments stand one below the other: production is first."""
        return _BY_IMPORTANCE.index(self)


_BY_IMPORTANCE = (Role.PRODUCTION, Role.STAGING, Role.DEVELOPMENT, Role.PREVIEW)


@dataclass(frozen=True, slots=True)
class Environment:
    """Identity only, so it is safe as a key, in caches and in logs."""

    name: str
    role: Role
    app_url: str | None = None

    def __hash__(self) -> int:
        """Hash the name alone: hundreds are looked up again and again."""
        return hash(self.name)
