"""What the name beside a value says: the parent's id, some id, or that of another thing."""

from enum import Enum, auto

from dashboard.diagnose.paste.names import plain, singular
from dashboard.diagnose.paste.sought import Sought

_OTHER_ENDS = ("id", "ids", "key", "token", "hash", "sha", "secret", "password", "digest", "email")
_OTHER_THINGS = frozenset(
    {"account", "build", "client", "commit", "correlation", "customer", "invite", "job", "member"}
    | {"nonce", "org", "organisation", "organization", "owner", "req", "request", "revision"}
    | {"session", "span", "team", "tenant", "trace", "transaction", "user", "version", "workspace"}
)
_FILLERS = frozenset(
    {"a", "an", "by", "called", "for", "has", "id", "ids", "is", "its", "key", "my", "named"}
    | {"no", "of", "our", "that", "the", "this", "was", "with"}
)


class Role(Enum):
    PARENT_KEY = auto()
    PARENT = auto()
    ID = auto()
    OTHER = auto()
    NONE = auto()


def role(label: str, sought: Sought) -> Role:
    name = plain(label)
    if name in sought.labels:
        return Role.PARENT_KEY
    if singular(name) in sought.nouns:
        return Role.PARENT
    if name in ("id", "ids"):
        return Role.ID
    if name.endswith(_OTHER_ENDS) or singular(name) in _OTHER_THINGS:
        return Role.OTHER
    return Role.NONE


def role_of_words(words: list[str], sought: Sought) -> Role:
    """Judge by the nearest word that means something: `user with id` is about a user."""
    telling = (word for word in reversed(words) if word.lower() not in _FILLERS)
    nearest = next(telling, None)
    return role(nearest, sought) if nearest else Role.NONE
