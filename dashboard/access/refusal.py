"""Refuses a websocket before it is accepted."""

from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send


async def refuse(status: int, why: str, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer the handshake with a status and a sentence, where the server can, else close it."""
    if "websocket.http.response" in scope.get("extensions", {}):
        await PlainTextResponse(why, status)(scope, receive, send)
    else:
        await send({"type": "websocket.close", "code": 1008})
