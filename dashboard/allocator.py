"""Memory that is free, and that the process would keep: hundreds of threads leave much of it."""

import contextlib
import ctypes
import os
from functools import cache

M_ARENA_MAX = -8
NOT_THERE = (AttributeError, OSError, TypeError)
ARENAS = 2  # one interpreter does one thing at a time: threads need none of their own


def share() -> None:
    """Let threads share what they leave, where the C library is glibc, and Arrow with them.

    Arrow reads this when it is loaded, and keeps an allocator of its own otherwise.
    """
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    with contextlib.suppress(*NOT_THERE):
        _library().mallopt(M_ARENA_MAX, ARENAS)


def give_back() -> None:
    """Hand what is free to the system."""
    with contextlib.suppress(*NOT_THERE):
        _library().malloc_trim(0)


@cache
def _library() -> ctypes.CDLL:
    """Return the C library; where it is another one, it lacks what is asked of it."""
    return ctypes.CDLL(None)
