"""The product's limits while faults are tried: other ones where a test would only wait for them."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace

from dashboard.postgres import BACKGROUND, LOOKUP, Limits
from queries.records import settle

MET = (LOOKUP, BACKGROUND)  # while there is a fault
DEADLINE_S, STATEMENT_MS = 4.0, 800
PATIENCE_S = 60.0


def be_impatient() -> None:
    """Give up sooner than the product does; a look-up keeps its two seconds."""
    for each in MET:
        deadline_s = min(each.deadline_s, DEADLINE_S)
        change(each, replace(each, deadline_s=deadline_s, statement_timeout_ms=STATEMENT_MS))


def be_patient() -> None:
    """Leave those that are well the time that a busy machine takes; a fault is told at once."""
    for each in MET:
        change(each, replace(each, deadline_s=PATIENCE_S))


@contextlib.contextmanager
def restored() -> Iterator[None]:
    """Have the product's own limits again after the block."""
    before = [(each, replace(each)) for each in MET]
    try:
        yield
    finally:
        for each, was in before:
            change(each, was)


def change(limits: Limits, to: Limits) -> None:
    """Change limits for all that have imported them."""
    for name in ("deadline_s", "statement_timeout_ms"):
        settle(limits, name, getattr(to, name))
