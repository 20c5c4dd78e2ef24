"""Which program asks, and what it may see: what its token is granted, or what the operator is."""

import hashlib
import hmac
from collections.abc import Iterable

from starlette.requests import Request

from dashboard.access.viewer import OPERATOR, Viewer
from dashboard.api.errors import ApiError
from dashboard.settings import Settings, Token

REALM = {"www-authenticate": 'Bearer realm="deployment-dashboard"'}


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
