"""Nobody takes the server from the others: so many sockets, so many messages a second.

Counted is who signed in, and the address of who need not.

Whoever asks for runs faster than they can be done keeps everybody else waiting. Messages are read
no faster than this, of one socket and of all sockets of an address together: none is lost, their
sender waits.
"""

from asyncio import sleep
from collections.abc import Sequence
from dataclasses import field
from time import monotonic

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.access.refusal import refuse
from queries.records import dataclass

# a person clicks less often, and what a page asks by itself is once a second
SOCKET_PER_S, SOCKET_BURST = 10.0, 30.0
ADDRESS_PER_S, ADDRESS_BURST = 30.0, 60.0
USER = "dashboard.user"  # where the gate says who it is
A_HAIR = 1e-6  # of a token: what is rounded away is not waited for
SOCKETS_EACH = 30  # of one address: a tab has one
SOCKETS = 500


class Bucket:
    """Tokens that come back at a steady pace, up to a number; a debt is waited for."""

    def __init__(self, per_s: float, most: float) -> None:
        self._per_s = per_s
        self._most = self._tokens = most
        self._at = monotonic()

    def take(self) -> None:
        self._tokens = self._left() - 1

    @property
    def wait_s(self) -> float:
        """How long it takes until there is a token."""
        missing = 1 - self._left()
        return missing / self._per_s if missing > A_HAIR else 0.0

    @property
    def full(self) -> bool:
        return self._left() >= self._most

    def _left(self) -> float:
        now = monotonic()
        self._tokens = min(self._most, self._tokens + (now - self._at) * self._per_s)
        self._at = now
        return self._tokens


@dataclass(slots=True)
class _Address:
    bucket: Bucket = field(default_factory=lambda: Bucket(ADDRESS_PER_S, ADDRESS_BURST))
    sockets: int = 0

    @property
    def at_rest(self) -> bool:
        """Whether nothing need be remembered: also who comes and goes has to wait."""
        return not self.sockets and self.bucket.full


def name_of(scope: Scope) -> str:
    """Say who asks, as far as anybody knows."""
    return str(scope.get(USER) or (scope.get("client") or ("?",))[0])


class Limits:
    """Counts the sockets of every address, and slows down whoever sends too much."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._addresses: dict[str, _Address] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return
        name = name_of(scope)
        known = self._addresses.items()
        self._addresses = {each: seen for each, seen in known if not seen.at_rest}
        address = self._addresses.setdefault(name, _Address())
        if address.sockets >= SOCKETS_EACH:
            await refuse(429, "Too many pages are open here.", scope, receive, send)
        elif sum(each.sockets for each in self._addresses.values()) >= SOCKETS:
            await refuse(503, "Too many pages are open.", scope, receive, send)
        else:
            address.sockets += 1
            own = Bucket(SOCKET_PER_S, SOCKET_BURST)
            try:
                await self._app(scope, _slowed(receive, (own, address.bucket)), send)
            finally:
                address.sockets -= 1


def _slowed(receive: Receive, buckets: Sequence[Bucket]) -> Receive:
    """Hand over a socket's messages, each for a token of every bucket."""

    async def receive_in_turn() -> Message:
        # before it is read: one that was read and is then waited for would be lost on the way
        while (wait_s := max(each.wait_s for each in buckets)) > 0:
            await sleep(wait_s)
        message = await receive()
        if message["type"] == "websocket.receive":
            for each in buckets:
                each.take()
        return message

    return receive_in_turn
