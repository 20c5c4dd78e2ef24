"""What an environment is called, what it is for and where its application lives: no secret."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    DEVELOPMENT = "development"
    STAGING = "staging"
    PRODUCTION = "production"
    PREVIEW = "preview"


@dataclass(frozen=True, slots=True)
class Environment:
    """Identity only, so it is safe as a key, in caches and in logs."""

    name: str
    role: Role
    app_url: str | None = None
