"""A websocket is for pages of this very origin: host, port and, where it is known, the scheme.

| Origin                                        | websocket |
| --------------------------------------------- | --------- |
| none: no browser, which cannot leave it out   | accepted  |
| twice, or not an origin                       | 400       |
| `null`, or any other than the Host asked for  | 403       |
| the Host asked for                            | accepted  |

A port that is not named is the scheme's own. Behind a proxy that speaks TLS the scheme is not
known, so http and https are both admitted there.
"""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard.access.refusal import refuse
from queries import patterns

OPAQUE = "null"  # what a browser sends for a page of no origin
_DEFAULT_PORTS = {"http": "80", "https": "443"}
_HOST = r"(?P<host>[A-Za-z0-9._~%-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?"
_ORIGIN = patterns.lazy(rf"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://{_HOST}")
_AUTHORITY = patterns.lazy(_HOST)


class SameOrigin:
    """Refuses a websocket that another site's page opens, before anything is done for it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origins = headers.getlist("origin")
        if len(origins) > 1 or not all(map(_well_formed, origins)):
            await refuse(400, "The Origin is not one.", scope, receive, send)
        elif origins and not _same(origins[0], headers.get("host", ""), scope.get("scheme")):
            await refuse(403, "This page is of another site.", scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _well_formed(origin: str) -> bool:
    return origin == OPAQUE or _ORIGIN.fullmatch(origin) is not None


def _same(origin: str, host: str, scheme: str | None) -> bool:
    """Compare an origin with the host that was asked for."""
    asking, asked = _ORIGIN.fullmatch(origin), _AUTHORITY.fullmatch(host)
    if asking is None or asked is None:
        return False
    theirs = asking["scheme"].lower()
    port = _DEFAULT_PORTS.get(theirs)
    if port is None or (scheme == "wss" and theirs != "https"):
        return False
    names = (asking["host"].lower(), asked["host"].lower())
    return names[0] == names[1] and (asking["port"] or port) == (asked["port"] or port)
