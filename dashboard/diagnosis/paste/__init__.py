"""What was pasted: an id, a URL, JSON, a log or a whole error, and what is in it."""

from dashboard.diagnosis.paste.ids import MOST_IDS
from dashboard.diagnosis.paste.names import pointed_at
from dashboard.diagnosis.paste.reading import read
from dashboard.diagnosis.paste.shapes import looks_like
from dashboard.diagnosis.paste.values import Paste, PastedError, PastedId, Problem, Source

__all__ = [
    "MOST_IDS",
    "Paste",
    "PastedError",
    "PastedId",
    "Problem",
    "Source",
    "looks_like",
    "pointed_at",
    "read",
]
