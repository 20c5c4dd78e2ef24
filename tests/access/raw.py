"""A program that speaks Streamlit's protocol, as anybody can write one."""

import asyncio
import ssl
from collections.abc import Mapping, Sequence
from typing import Self

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

PATIENCE_S = 60.0


class Visitor:
    """One websocket: whatever comes through it is kept."""

    def __init__(self, socket: "websockets.ClientConnection") -> None:
        self.socket = socket
        self.messages: list[ForwardMsg] = []

    async def see(self, page: str = "", query: str = "") -> Self:
        """Run a page to its end."""
        asked = BackMsg()
        asked.rerun_script.page_name = page
        asked.rerun_script.query_string = query
        await self.socket.send(asked.SerializeToString())
        async with asyncio.timeout(PATIENCE_S):
            while await self._next() != "script_finished":
                pass
        return self

    async def session(self) -> str:
        asked = BackMsg()
        asked.rerun_script.page_name = "lookup"
        await self.socket.send(asked.SerializeToString())
        async with asyncio.timeout(PATIENCE_S):
            while await self._next() != "new_session":
                pass
        return str(self.messages[-1].new_session.initialize.session_id)

    async def _next(self) -> str:
        message = ForwardMsg()
        message.ParseFromString(bytes(await self.socket.recv()))
        self.messages.append(message)
        return str(message.WhichOneof("type"))

    @property
    def seen(self) -> bytes:
        """All that came, as it came."""
        return b"".join(each.SerializeToString() for each in self.messages)


def connect(
    address: str,
    headers: Mapping[str, str] | Sequence[tuple[str, str]] = (),
    *,
    origin: str | None = None,
    session: str | None = None,
    tls: ssl.SSLContext | None = None,
) -> "websockets.connect":
    """Open the socket of an http address; `session` is one to be resumed."""
    named = ["streamlit", "x", session] if session else ["streamlit"]
    return websockets.connect(
        f"ws{address.removeprefix('http')}/_stcore/stream",
        additional_headers=headers,
        origin=origin,
        subprotocols=named,
        max_size=None,
        proxy=None,
        ssl=tls,
    )


async def refused(connecting: "websockets.connect") -> int:
    """Return the status that a handshake is refused with; 101 where it is not."""
    try:
        async with connecting:
            return 101
    except websockets.InvalidStatus as answer:
        return int(answer.response.status_code)
