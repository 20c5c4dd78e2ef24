"""What a chart tells apart: a few environments by name, and the others together."""

from collections.abc import Iterable, Sequence
from typing import Literal

import pandas as pd

from dashboard.environments import Environment

MOST = 5


def ranked(environments: Iterable[Environment]) -> list[str]:
    """Name them, the most important first."""
    return [each.name for each in sorted(environments, key=lambda each: each.role.rank)]


def few(
    frame: pd.DataFrame, names: Sequence[str], others: Literal["sum", "max"] = "sum"
) -> pd.DataFrame:
    """Keep the columns of the first names, and put the rest together; one alone keeps its name.

    One less is kept where the first is missing: its colour is nobody else's.
    """
    columns = sorted(frame.columns, key=names.index)
    most = MOST if columns[:1] == list(names[:1]) else MOST - 1
    if len(columns) <= most + 1:
        return frame[columns]
    rest = frame[columns[most:]]
    together = rest.max(axis=1) if others == "max" else rest.sum(axis=1, min_count=1)
    word = "slowest of others" if others == "max" else "others"
    kept = frame[columns[:most]].assign(**{f"{word} ({len(columns) - most})": together})
    kept.attrs = frame.attrs
    return kept
