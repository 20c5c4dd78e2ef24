"""The last result of what is asked again and again."""

from datetime import datetime
from typing import Generic, TypeVar

from dashboard.diagnose.facts import Unavailable
from dashboard.environments import Environment
from queries.records import dataclass

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LastResult(Generic[T]):
    """The last good answer, and why there is no newer one; `tried_at` is None before the first.

    `asked_at` is when it was asked that is being `asking` now.
    """

    environment: Environment
    value: T | None = None
    failure: Unavailable | None = None
    tried_at: datetime | None = None
    asking: bool = False
    asked_at: datetime | None = None
