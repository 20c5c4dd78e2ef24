"""What the history answers, for all who look on: the same is asked once in a minute."""

from collections.abc import Callable, Hashable
from datetime import UTC, datetime
from functools import lru_cache
from typing import TypeVar

from dashboard.state import History

KEPT = 32  # of a few viewers' environments, now and a minute ago

R = TypeVar("R")


def this_minute() -> datetime:
    return datetime.now(UTC).replace(second=0, microsecond=0)


def asked(
    question: Callable[..., tuple[R, ...]], history: History, *values: Hashable
) -> tuple[R, ...]:
    """Give the same answer for a minute, unless there was nothing yet."""
    return _kept(question, history, values, this_minute()) or question(history, *values)


@lru_cache(maxsize=KEPT)
def _kept(
    question: Callable[..., tuple[R, ...]],
    history: History,
    values: tuple[Hashable, ...],
    _minute: datetime,
) -> tuple[R, ...]:
    return question(history, *values)
