"""Programs ask no faster than people can bear: so many requests a second, few look-ups at once."""

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from dashboard.access.limits import ADDRESS_BURST, ADDRESS_PER_S, Bucket
from dashboard.api.errors import ApiError

AT_ONCE = 4  # look-ups of all programs together: people come first
PATIENCE_S = 2.0


class Pace:
    """The requests of each program, counted as the messages of an address' pages are."""

    def __init__(self) -> None:
        self._buckets: dict[str, Bucket] = {}
        self._places = asyncio.Semaphore(AT_ONCE)

    def admit(self, who: str) -> None:
        """Count a request; refuse whoever asks too often."""
        self._buckets = {each: held for each, held in self._buckets.items() if not held.full}
        bucket = self._buckets.setdefault(who, Bucket(ADDRESS_PER_S, ADDRESS_BURST))
        if wait_s := bucket.wait_s:
            raise _too_many("Too many requests: ask less often.", wait_s)
        bucket.take()

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Wait a little for one of the places of those who ask the databases."""
        try:
            await asyncio.wait_for(self._places.acquire(), PATIENCE_S)
        except TimeoutError:
            raise _too_many("Too many look-ups at once: try again.", PATIENCE_S) from None
        try:
            yield
        finally:
            self._places.release()


def _too_many(message: str, wait_s: float) -> ApiError:
    return ApiError(429, message, {"retry-after": str(math.ceil(wait_s))})
