"""A client-side limit: past it what an environment holds is cancelled, then cut off."""

import contextlib
import os
import socket
import threading
import time
from collections.abc import Iterator

import psycopg

CANCEL_GRACE_S = 1.0


class Deadline:
    """The moment by which an environment must have answered.

    No setting of the driver saves a query whose peer is alive but silent (a stopped backend, a
    stalled proxy): only closing the socket from another thread does.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds
        self._lock = threading.Lock()
        self._connection: psycopg.Connection | None = None
        self._socket: socket.socket | None = None
        self._expired = False

    @property
    def remaining_s(self) -> float:
        return max(0.0, self._end - time.monotonic())

    @property
    def expired(self) -> bool:
        return self._expired or self.remaining_s == 0.0

    @contextlib.contextmanager
    def guard(self, connection: psycopg.Connection) -> Iterator[None]:
        """Name the connection to cut off, should the deadline pass inside the block."""
        # a duplicate: the connection's own number may be another's by the time it is cut off
        with socket.socket(fileno=os.dup(connection.fileno())) as duplicate:
            with self._lock:
                self._connection, self._socket = connection, duplicate
                if self.expired:  # it came about too late: nobody waits for it any more
                    _shut(duplicate)
            try:
                yield
            finally:
                with self._lock:
                    self._connection = self._socket = None

    def expire(self) -> None:
        """Give up now: cancel behind the caller's back, and cut the socket if that fails."""
        with self._lock:
            self._expired = True
            connection = self._connection
        if connection is not None:
            threading.Thread(target=self._cut, args=(connection,), daemon=True).start()

    def _cut(self, connection: psycopg.Connection) -> None:
        with contextlib.suppress(psycopg.Error, OSError):
            connection.cancel_safe(timeout=CANCEL_GRACE_S)
        time.sleep(CANCEL_GRACE_S / 4)  # a cancelled statement still has to say so
        with self._lock:  # the lock keeps a connection that came back from being cut
            if self._socket and self._connection is connection:
                _shut(self._socket)


def _shut(connected: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connected.shutdown(socket.SHUT_RDWR)
