"""Sign-in by a proxy: its header is believed from its address, its token by its signature."""

import logging
import time
from collections.abc import Mapping
from typing import Any

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp

from dashboard.access.door import UNKNOWN
from dashboard.access.exposure import numeric
from dashboard.access.keys import PublishedKeys
from dashboard.access.viewer import Identity
from dashboard.settings.access import IdentityHeaders, IdentityToken, TokenKind
from dashboard.settings.grants import lowered

KEPT_S = 3600.0  # a websocket tells its headers once: later, groups may have changed
LEEWAY_S = 10.0
HEADERS = {
    TokenKind.CLOUDFLARE: "cf-access-jwt-assertion",
    TokenKind.IAP: "x-goog-iap-jwt-assertion",
    TokenKind.ALB: "x-amzn-oidc-data",
}
ALGORITHMS = {TokenKind.CLOUDFLARE: "RS256", TokenKind.IAP: "ES256", TokenKind.ALB: "ES256"}

log = logging.getLogger("dashboard")


class _Door:
    sign_in = None
    refusal = UNKNOWN

    def page(self, _path: str) -> ASGIApp | None:
        return None


class HeaderDoor(_Door):
    """A name in a header, such as oauth2-proxy's or Tailscale's: only from those addresses."""

    def __init__(self, headers: IdentityHeaders) -> None:
        self._headers = headers

    def identify(self, connection: HTTPConnection) -> Identity | None:
        given = connection.headers.getlist(self._headers.user)
        groups = connection.headers.getlist(self._headers.groups)
        if not self._is_peer(connection) or len(given) != 1 or len(groups) > 1:
            return None  # twice: somebody added their own
        user = given[0].strip()
        if not user or not user.isprintable():
            return None
        named = frozenset(each.strip() for each in "".join(groups).split(",") if each.strip())
        return Identity(lowered(user), named, time.time() + KEPT_S)

    def _is_peer(self, connection: HTTPConnection) -> bool:
        """Compare the address at the other end; port 0 is one that a header put in its place."""
        client = connection.client
        if client is None or client.port == 0:
            return False
        address = numeric(client.host)
        return address is not None and any(address in each for each in self._headers.peers)


class TokenDoor(_Door):
    """A signed token in a header; a plain header beside it is never looked at."""

    def __init__(self, token: IdentityToken, keys: PublishedKeys | None = None) -> None:
        self._token = token
        self._keys = keys or PublishedKeys(token.keys, single=token.kind is TokenKind.ALB)

    def identify(self, connection: HTTPConnection) -> Identity | None:
        from jwt import PyJWTError  # only who has such a proxy needs it

        given = connection.headers.getlist(HEADERS[self._token.kind])
        if len(given) != 1:
            return None
        try:
            claims = self._claims(given[0])
        except (PyJWTError, ValueError) as error:
            log.warning("A proxy's token was refused: %s.", type(error).__name__)
            return None
        user = claims.get("email")
        if not isinstance(user, str) or not user.isprintable() or "@" not in user:
            return None
        groups = claims.get("groups")
        named = frozenset(map(str, groups)) if isinstance(groups, list) else frozenset()
        # the token lives for minutes, and a websocket brings it once
        return Identity(lowered(user), named, time.time() + KEPT_S)

    def _claims(self, token: str) -> Mapping[str, Any]:
        import jwt

        head = jwt.get_unverified_header(token)
        key = self._keys.get(str(head.get("kid")))
        if key is None:
            raise jwt.InvalidKeyError("not published, or not read yet")
        signs_itself = self._token.kind is TokenKind.ALB  # a load balancer is in the header
        if signs_itself and head.get("signer") not in self._token.audience:
            raise jwt.InvalidAudienceError("signed by another load balancer")
        return jwt.decode(
            token,
            key,
            algorithms=[ALGORITHMS[self._token.kind]],
            issuer=[self._token.issuer, f"{self._token.issuer}/"],
            audience=None if signs_itself else self._token.audience,
            options={"require": ["exp", "iss"], "verify_aud": not signs_itself},
            leeway=LEEWAY_S,
        )
