"""The server without its limits: what it can do is measured, not what one may ask for."""

from dashboard.access import limits
from dashboard.asgi import app

__all__ = ["app"]

limits.SOCKET_PER_S = limits.SOCKET_BURST = 1e9
limits.ADDRESS_PER_S = limits.ADDRESS_BURST = 1e9
limits.SOCKETS_EACH = limits.SOCKETS = 10_000
