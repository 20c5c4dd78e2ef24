"""Sign-in at any OpenID provider, by Authlib; a signed cookie holds who it was, and nothing else.

Streamlit's own sign-in runs the page for anonymous sockets, loses the link that was opened, and
asks no provider for an e-mail address that its ID token lacks.
"""

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from dashboard.access.audit import AUDIT
from dashboard.access.door import UNKNOWN
from dashboard.access.refusal import NO_STORE
from dashboard.access.viewer import Identity
from dashboard.settings.access import Access, Oidc
from dashboard.settings.grants import lowered

COOKIE = "__Host-dashboard"  # the prefix: only this host may set it, over TLS, for all paths
ATTEMPT = "__Host-dashboard-sign-in"
ATTEMPT_S = 600
KEPT_S = 12 * 3600
MOST_TOLD = 254  # characters that an address may have
TIMEOUT_S = 5.0
SIGNED = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
_ALGORITHMS = "id_token_signing_alg_values_supported"
_FLAGS: Mapping[str, Any] = {"path": "/", "secure": True, "httponly": True, "samesite": "lax"}

log = logging.getLogger("dashboard")


class OidcDoor:
    """The pages /sign-in, /sign-in/back and Streamlit's /auth/logout, below the public address."""

    refusal = UNKNOWN

    def __init__(self, oidc: Oidc, access: Callable[[], Access]) -> None:
        from authlib.integrations.starlette_client import OAuth
        from itsdangerous import URLSafeTimedSerializer

        self._access = access
        self._oidc = oidc
        self._below = urlsplit(oidc.public_url).path.rstrip("/")
        self._signer = URLSafeTimedSerializer(list(oidc.secrets), salt="dashboard session")
        self._client = OAuth().register(
            "provider",
            client_id=oidc.client_id,
            client_secret=oidc.client_secret,
            server_metadata_url=oidc.metadata_url,
            client_kwargs={
                "scope": oidc.scope,
                "code_challenge_method": "S256",
                "timeout": TIMEOUT_S,
            },
        )
        routes = {
            self.sign_in: self._begin,
            f"{self.sign_in}/back": self._back,
            f"{self._below}/auth/logout": self._sign_out,
        }
        attempt = Middleware(
            SessionMiddleware,
            secret_key=oidc.secrets[-1],
            session_cookie=ATTEMPT,
            max_age=ATTEMPT_S,
            same_site="lax",
            https_only=True,
        )
        self._paths = frozenset(routes)
        self._pages = Starlette(
            routes=[Route(path, page) for path, page in routes.items()], middleware=[attempt]
        )

    @property
    def sign_in(self) -> str:
        return f"{self._below}/sign-in"

    def page(self, path: str) -> ASGIApp | None:
        return self._pages if path in self._paths else None

    def identify(self, connection: HTTPConnection) -> Identity | None:
        from itsdangerous import BadSignature

        try:
            held = self._signer.loads(connection.cookies.get(COOKIE, ""), max_age=KEPT_S)
            user, groups, since = held
        except (BadSignature, ValueError, TypeError):
            return None
        return Identity(user, frozenset(groups), since + KEPT_S)

    async def _begin(self, request: Request) -> Response:
        request.session.clear()
        request.session["next"] = self._own(request.query_params.get("next", ""))
        try:
            await self._metadata()
            answer: Response = await self._client.authorize_redirect(
                request, f"{self._oidc.public_url}/sign-in/back", prompt=self._oidc.prompt
            )
        except _failures() as error:
            log.warning("The sign-in service does not answer: %s.", type(error).__name__)
            return _sorry("The sign-in service does not answer. Try again in a minute.", 503)
        answer.headers.update(NO_STORE)
        return answer

    async def _back(self, request: Request) -> Response:
        wanted = self._own(request.session.get("next", ""))
        if "error" in request.query_params:
            return _sorry("The sign-in was not completed.", 403)
        try:
            await self._metadata()
            token = await self._client.authorize_access_token(request)
            claims = await self._claims(token)
        except _failures() as error:
            log.warning("A sign-in failed: %s.", type(error).__name__)
            return _sorry("The sign-in did not work. Go back to the page and try again.", 400)
        request.session.clear()
        if why := self._refusal(claims):
            log.warning("A sign-in was refused: %s", why)
            AUDIT.happened("refused", str(claims.get("email"))[:MOST_TOLD], "page", status=403)
            return _sorry(why, 403)
        return self._signed_in(claims, wanted)

    async def _metadata(self) -> Mapping[str, Any]:
        """Read what the provider says of itself; a token is signed with a key of its own, or not.

        A provider may offer tokens without a signature, or signed with the client's secret.
        """
        metadata: dict[str, Any] = await self._client.load_server_metadata()
        offered = metadata.get(_ALGORITHMS) or ["RS256"]
        metadata[_ALGORITHMS] = [each for each in offered if each in SIGNED]
        if not metadata[_ALGORITHMS]:
            raise ValueError("no algorithm that signs")
        return metadata

    async def _claims(self, token: Mapping[str, Any]) -> Mapping[str, Any]:
        """Take the ID token's; by the standard, the rest is told where the token is shown."""
        claims = dict(token["userinfo"])
        if "email" in claims and self._oidc.groups_claim in claims:
            return claims
        more = await self._client.userinfo(token=token)
        if more.get("sub") != claims.get("sub"):
            raise ValueError("of somebody else")
        return {**more, **claims}

    def _refusal(self, claims: Mapping[str, Any]) -> str | None:
        email, verified = claims.get("email"), claims.get("email_verified")
        vouched = verified is True or (self._oidc.verified == "issuer" and verified is None)
        if not isinstance(email, str) or "@" not in email or not email.isprintable() or not vouched:
            return "The sign-in service does not vouch for an e-mail address of yours."
        domain = lowered(email.rpartition("@")[2])
        if self._oidc.domains and domain not in self._oidc.domains:
            return f"{email} is of none of the domains that are admitted here."
        return None

    def _signed_in(self, claims: Mapping[str, Any], wanted: str) -> Response:
        held = claims.get(self._oidc.groups_claim)
        groups = self._access().relevant(map(str, held)) if isinstance(held, list) else ()
        user = lowered(claims["email"])
        AUDIT.happened("sign-in", user, "page")
        value = self._signer.dumps([user, sorted(groups), int(time.time())])
        answer = RedirectResponse(wanted, 303, NO_STORE)
        answer.set_cookie(COOKIE, str(value), max_age=KEPT_S, **_FLAGS)
        return answer

    async def _sign_out(self, request: Request) -> Response:
        """End it here, and at the provider; no other site's page may do so."""
        if request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
            return _sorry("Sign out on a page of the dashboard.", 403)
        if held := self.identify(request):
            AUDIT.happened("sign-out", held.user, "page")
        answer = RedirectResponse(await self._end_of_session(), 303, NO_STORE)
        answer.headers["clear-site-data"] = '"cache"'
        answer.delete_cookie(COOKIE, **_FLAGS)
        return answer

    async def _end_of_session(self) -> str:
        home = f"{self._oidc.public_url}/"
        try:
            end = (await self._metadata()).get("end_session_endpoint")
        except _failures():
            return home  # signed out here all the same
        back = {"client_id": self._oidc.client_id, "post_logout_redirect_uri": home}
        return f"{end}?{urlencode(back)}" if end else home

    def _own(self, target: str) -> str:
        """Let nobody be sent elsewhere, nor round and round: a page of ours, or the first one."""
        plain = target.isprintable() and "\\" not in target and not target.startswith("//")
        ours = target.startswith(f"{self._below}/") and urlsplit(target).path not in self._paths
        return target if plain and ours else f"{self._below}/"


def _failures() -> tuple[type[Exception], ...]:
    """Name what a provider that is down, slow, wrong or hostile can cause."""
    from authlib.common.errors import AuthlibBaseError
    from httpx2 import HTTPError, InvalidURL
    from joserfc.errors import JoseError

    of_libraries = (AuthlibBaseError, HTTPError, InvalidURL, JoseError)
    return (*of_libraries, ValueError, LookupError, TypeError, RuntimeError)


def _sorry(words: str, status: int) -> Response:
    return PlainTextResponse(words, status, NO_STORE)
