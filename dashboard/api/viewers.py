"""Which program asks, and what it may see: what its token is granted, or what the operator is."""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from typing import Any

from starlette.requests import Request

from dashboard.access.viewer import OPERATOR, Viewer
from dashboard.api.errors import ApiError
from dashboard.diagnose.finding import Finding
from dashboard.settings import Settings, Token

REALM = {"www-authenticate": 'Bearer realm="deployment-dashboard"'}
WITHHELD = "(names an environment that you may not see)"


def viewer_of(request: Request, settings: Settings) -> Viewer:
    """Find who asks.

    | Authorization  | a token of that hash | people sign in | viewer       |
    | -------------- | -------------------- | -------------- | ------------ |
    | none           | -                    | no             | the operator |
    | none           | -                    | yes            | refused      |
    | twice          | -                    | -              | refused      |
    | not Bearer     | -                    | -              | refused      |
    | Bearer         | no                   | -              | refused      |
    | Bearer         | yes                  | -              | the token    |
    """
    given = request.headers.getlist("authorization")
    if not given and not settings.access.guarded:
        return OPERATOR
    scheme, _, secret = (given[0] if len(given) == 1 else "").partition(" ")
    token = _token(secret.strip(), settings.tokens)
    if token is None or scheme.lower() != "bearer":
        raise ApiError(401, "Give a token that is configured: Authorization: Bearer …", REALM)
    return Viewer(f"token:{token.name}", (token.grant,))


def _token(secret: str, tokens: Iterable[Token]) -> Token | None:
    digest = hashlib.sha256(secret.encode()).hexdigest()
    held = [each for each in tokens if hmac.compare_digest(each.sha256, digest)]
    return held[0] if held else None


def hidden_from(viewer: Viewer, settings: Settings) -> frozenset[str]:
    return frozenset(name for name in settings.databases if not viewer.sees(name))


def without(hidden: frozenset[str], findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Leave out every finding that names a hidden environment, wherever in it."""
    return tuple(each for each in findings if not names(each.to_dict(), hidden))


def names(value: Any, hidden: frozenset[str]) -> bool:
    """Whether a value of JSON names one of them."""
    if isinstance(value, str):
        return any(name in value for name in hidden)
    if isinstance(value, Mapping):
        return any(names(each, hidden) for pair in value.items() for each in pair)
    return isinstance(value, list | tuple) and any(names(each, hidden) for each in value)


def withheld(value: Any, hidden: frozenset[str]) -> Any:
    """Take out of an answer every text that names a hidden environment."""
    if isinstance(value, str):
        return WITHHELD if names(value, hidden) else value
    if isinstance(value, dict):
        return {key: withheld(each, hidden) for key, each in value.items()}
    return [withheld(each, hidden) for each in value] if isinstance(value, list) else value
