"""Where identities come from: nowhere, a proxy, or a provider that people sign in with."""

from typing import Protocol

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp

from dashboard.access.exposure import EXPOSED, is_exposed
from dashboard.access.viewer import OPERATOR, Identity

UNKNOWN = (401, "Nobody has told who you are, or your sign-in has ended: reload the page.")
UNREAD = (503, "The configuration cannot be used: the dashboard's log says why.")
PASSED_ON = ("forwarded", "via", "x-real-ip", "x-forwarded-")  # how what proxies add begins


class Door(Protocol):
    """`sign_in` is the page where somebody unknown is sent; else they get the refusal."""

    @property
    def sign_in(self) -> str | None: ...

    @property
    def refusal(self) -> tuple[int, str]: ...

    def identify(self, connection: HTTPConnection) -> Identity | None:
        """Look at one request, and wait for nothing."""

    def page(self, path: str) -> ASGIApp | None:
        """Find a page of the door's own, which is open to everybody."""


class Unguarded:
    """No sign-in: whoever uses this very machine is its operator."""

    sign_in = None
    refusal = (403, EXPOSED)

    def __init__(self, *, insecure: bool) -> None:
        self._insecure = insecure

    def identify(self, connection: HTTPConnection) -> Identity | None:
        """Look where it came in: a server may listen elsewhere than it was told to."""
        listening = connection.scope.get("server") or ("localhost",)
        admitted = self._insecure or not is_exposed(str(listening[0]))
        return Identity(OPERATOR.user) if admitted else None

    def page(self, _path: str) -> ASGIApp | None:
        return None


class Unread(Unguarded):
    """Nobody knows how people are to come in: what is wrong is shown on this machine alone."""

    refusal = UNREAD

    def identify(self, connection: HTTPConnection) -> Identity | None:
        """Refuse what a proxy passes on: at its other end may be anybody."""
        if any(name.lower().startswith(PASSED_ON) for name in connection.headers):
            return None
        return super().identify(connection)


class Closed:
    """What is configured would not hold: nobody comes in."""

    sign_in = None

    def __init__(self, why: str) -> None:
        self.refusal = (503, why)

    def identify(self, _connection: HTTPConnection) -> Identity | None:
        return None

    def page(self, _path: str) -> ASGIApp | None:
        return None
