"""Read-only connections with limits and a client deadline; the only holder of URLs."""

from dashboard.postgres.deadline import Deadline
from dashboard.postgres.errors import timed_out
from dashboard.postgres.pool import BACKGROUND, LOOKUP, Answers, Connections, Limits

__all__ = ["BACKGROUND", "LOOKUP", "Answers", "Connections", "Deadline", "Limits", "timed_out"]
