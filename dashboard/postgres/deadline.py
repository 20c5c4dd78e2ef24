"""A client-side limit: past it what an environment holds is cancelled, then cut off."""

import contextlib
import time
from collections.abc import Generator
from typing import Any

import psycopg

from dashboard.postgres.pipeline import Listen

CANCEL_GRACE_S = 1.0


class Deadline:
    """The moment by which the environments must have answered."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    @property
    def remaining_s(self) -> float:
        return max(0.0, self._end - time.monotonic())

    @property
    def expired(self) -> bool:
        return self.remaining_s == 0.0

    def expire(self) -> None:
        """Give up now."""
        self._end = float("-inf")


def cut_off(asking: Generator[object, Any, Any], listen: Listen) -> None:
    """Cancel what was asked over a connection, and close it should that not help; this blocks.

    No setting of the driver ends the wait for a peer that is alive but silent (a stopped backend,
    a stalled proxy).
    """
    with contextlib.suppress(psycopg.Error, OSError):
        listen.connection.cancel_safe(timeout=CANCEL_GRACE_S)
    with contextlib.suppress(StopIteration):
        _listen_on(asking, listen)
    asking.close()


def _listen_on(asking: Generator[object, Any, Any], step: object) -> None:
    """Let a cancelled statement say so, which leaves its connection as good as it was."""
    end = time.monotonic() + CANCEL_GRACE_S / 4
    while isinstance(step, Listen) and (left_s := end - time.monotonic()) > 0:
        step.wait(left_s)
        step = next(asking)
