"""Nothing of the dashboard, websockets included, is reached by whom nobody vouches for.

| identity          | page                | program | websocket |
| ----------------- | ------------------- | ------- | --------- |
| none              | 303 to the sign-in  | 401     | 401       |
| in no [[grant]]   | 403                 | 403     | 403       |
| one that is known | goes on             | goes on | goes on, until what vouches for it ends |
"""

import asyncio
import time
from collections.abc import Callable, Collection
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.access import told
from dashboard.access.door import Closed, Door, Unguarded, Unread
from dashboard.access.exposure import problem
from dashboard.access.limits import USER
from dashboard.access.oidc import OidcDoor
from dashboard.access.proxy import HeaderDoor, TokenDoor
from dashboard.access.refusal import NO_STORE, refuse
from dashboard.access.viewer import Identity, viewer_of
from dashboard.settings.access import Access, IdentityHeaders, IdentityToken
from dashboard.settings.access_tables import insecure_anyway

ENDED = 1008


def door_of(access: Access, address: str, now: Callable[[], Access | None]) -> Door:
    """Make the door that is configured; a closed one where it would not hold.

    `now` gives what is configured later on: what is granted may change.
    """
    if wrong := problem(access, address):
        return Closed(wrong)
    if access.oidc:
        return OidcDoor(access.oidc, lambda: now() or access)
    match access.proxy:
        case IdentityHeaders():
            return HeaderDoor(access.proxy)
        case IdentityToken():
            return TokenDoor(access.proxy)
        case None:
            return Unguarded(insecure=access.insecure)


class Gate:
    """Identifies, admits, and tells the page who it is.

    `access` gives what is configured, None while that is not known. The door stays what it was
    at first; who may see what can change. `address` is the one that is listened on. An open
    path that ends in / opens all below it. What is asked at `token_paths` is answered for a token
    alone, which is checked there: where people sign in, or where one is given.
    """

    def __init__(
        self,
        app: ASGIApp,
        access: Callable[[], Access | None],
        address: str,
        open_paths: Collection[str],
        token_paths: Collection[str] = (),
    ) -> None:
        self._app = app
        self._access = access
        self._address = address
        self._open = open_paths
        self._for_tokens = token_paths
        self._door: Door | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        scope = {**scope, "headers": _without_ours(scope["headers"])}
        access = self._access()
        if access and self._door is None:
            self._door = door_of(access, self._address, self._access)
        door: Door = self._door or Unread(insecure=insecure_anyway())
        if page := door.page(scope["path"]):
            await page(scope, receive, send)
        elif scope["type"] == "http" and self._is_open(scope, access):
            await self._app(scope, receive, send)
        else:
            await self._admit(access or Access(), door, scope, receive, send)

    def _is_open(self, scope: Scope, access: Access | None) -> bool:
        if _is_among(scope["path"], self._open):
            return True
        checked = (access is not None and access.guarded) or "authorization" in Headers(scope=scope)
        return checked and _is_among(scope["path"], self._for_tokens)

    async def _admit(  # what an application is called with, and what decides
        self, access: Access, door: Door, scope: Scope, receive: Receive, send: Send
    ) -> None:
        identity = door.identify(HTTPConnection(scope))
        if identity is None:
            await _refuse_unknown(door, scope, receive, send)
        elif access.guarded and viewer_of(identity, access.grants) is None:
            why = f"{identity.user} may see nothing here: ask whoever runs this dashboard."
            await refuse(403, why, scope, receive, send)
        else:
            told_of = _kept(identity, access) if access.guarded else None
            await self._go_on(told_of, scope, receive, send)

    async def _go_on(
        self, identity: Identity | None, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if identity is None:
            await self._app(scope, receive, send)
            return
        headers = [*scope["headers"], *told.headers(identity)]
        scope = {**scope, "headers": headers, USER: identity.user}
        if scope["type"] == "websocket":
            socket = _Ending(identity.until, receive, send)
            receive, send = socket.receive, socket.send
        await self._app(scope, receive, send)


def _is_among(path: str, places: Collection[str]) -> bool:
    return path in places or path.startswith(tuple(each for each in places if each.endswith("/")))


def _kept(identity: Identity, access: Access) -> Identity:
    """Leave out groups that no grant names: a header has its limits."""
    return Identity(identity.user, access.relevant(identity.groups), identity.until)


def _without_ours(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Drop what only the gate may say; some servers read an underscore as a dash."""
    return [
        each for each in headers if not each[0].lower().replace(b"_", b"-").startswith(told.OURS)
    ]


async def _refuse_unknown(door: Door, scope: Scope, receive: Receive, send: Send) -> None:
    """Send a person to where they sign in, and tell a program that it is not known."""
    if scope["type"] == "http" and door.sign_in and _wants_page(scope):
        query = scope["query_string"].decode("latin-1")
        asked = quote(scope["path"] + (f"?{query}" if query else ""), safe="")
        answer = RedirectResponse(f"{door.sign_in}?next={asked}", 303, NO_STORE)
        await answer(scope, receive, send)
    else:
        await refuse(*door.refusal, scope, receive, send)


def _wants_page(scope: Scope) -> bool:
    return scope["method"] == "GET" and "text/html" in Headers(scope=scope).get("accept", "")


class _Ending:
    """A websocket that is closed when what vouched for its user has run out."""

    def __init__(self, until: float, receive: Receive, send: Send) -> None:
        self._until = until
        self._receive = receive
        self._send = send
        self._ended = False

    async def receive(self) -> Message:
        try:
            async with asyncio.timeout(self._until - time.time()):
                return await self._receive()
        except TimeoutError:
            await self.send({"type": "websocket.close", "code": ENDED})
            self._ended = True
            return {"type": "websocket.disconnect", "code": ENDED}

    async def send(self, message: Message) -> None:
        if not self._ended:
            await self._send(message)
