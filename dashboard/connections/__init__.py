"""Read-only connections with limits and a client deadline; the only holder of URLs."""

from dashboard.connections.deadline import Deadline
from dashboard.connections.faults import timed_out
from dashboard.connections.pools import BACKGROUND, LOOKUP, Answers, Connections, Limits

__all__ = ["BACKGROUND", "LOOKUP", "Answers", "Connections", "Deadline", "Limits", "timed_out"]
