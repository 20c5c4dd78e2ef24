"""What was pasted: an id, a URL, JSON, a log or a whole error, and what is in it."""

from dashboard.diagnose.paste.ids import MOST_IDS
from dashboard.diagnose.paste.reading import read
from dashboard.diagnose.paste.shapes import is_placeholder, looks_like, stands_out
from dashboard.diagnose.paste.sought import Sought, pointed_at
from dashboard.diagnose.paste.values import (
    FOREIGN_KEY_PROBLEMS,
    Paste,
    PastedError,
    PastedId,
    Problem,
    Source,
)

__all__ = [
    "FOREIGN_KEY_PROBLEMS",
    "MOST_IDS",
    "Paste",
    "PastedError",
    "PastedId",
    "Problem",
    "Sought",
    "Source",
    "is_placeholder",
    "looks_like",
    "pointed_at",
    "read",
    "stands_out",
]
