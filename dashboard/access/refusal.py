"""Refuses a request, or a websocket before it is accepted."""

from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from dashboard.access.audit import AUDIT
from dashboard.access.counters import REFUSALS

UNKNOWN = (401, 403)  # of whom nobody vouches, or who may see nothing
NO_STORE = {"cache-control": "no-store"}


async def refuse(status: int, why: str, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with a status and a sentence; a server that cannot closes the websocket."""
    REFUSALS.labels("page", str(status)).inc()
    if status in UNKNOWN:
        AUDIT.happened("refused", (scope.get("client") or ("?",))[0], "page", status=status)
    if scope["type"] == "http" or "websocket.http.response" in scope.get("extensions", {}):
        await PlainTextResponse(why, status, NO_STORE)(scope, receive, send)
    else:
        await send({"type": "websocket.close", "code": 1008})
