"""Read-only connections with limits and a client deadline; the only holder of URLs."""

from dashboard.postgres.deadline import Deadline
from dashboard.postgres.fleet import Ask, Conversation, Fleet, Wait
from dashboard.postgres.pool import BACKGROUND, LOOKUP, Answers, Limits

__all__ = [
    "BACKGROUND",
    "LOOKUP",
    "Answers",
    "Ask",
    "Conversation",
    "Deadline",
    "Fleet",
    "Limits",
    "Wait",
]
