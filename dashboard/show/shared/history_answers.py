"""What the history answers, for all who look on: the same is asked once in a minute."""

from collections.abc import Callable, Hashable
from datetime import UTC, datetime
from functools import lru_cache
from typing import TypeVar

from dashboard.state import History

SOON_S = 5
KEPT = 32  # of a few viewers' environments, now and a minute ago

R = TypeVar("R")


def this_minute() -> datetime:
    return datetime.now(UTC).replace(second=0, microsecond=0)


def asked(
    question: Callable[..., tuple[R, ...]], history: History, *values: Hashable
) -> tuple[R, ...]:
    """Give the same answer for a minute, and for a few seconds where there is nothing yet."""
    now = datetime.now(UTC).timestamp()
    told = _kept(question, history, values, now // 60)
    return told or _kept(question, history, values, (now // SOON_S, "soon"))


@lru_cache(maxsize=KEPT)
def _kept(
    question: Callable[..., tuple[R, ...]],
    history: History,
    values: tuple[Hashable, ...],
    _while: Hashable,
) -> tuple[R, ...]:
    return question(history, *values)
