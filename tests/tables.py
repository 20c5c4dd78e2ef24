"""Truth tables: one test walks through every row, and tells of each that does not hold."""

import inspect
import itertools
from collections.abc import Callable, Iterable

import pytest

Judge = Callable[..., None]
Walk = Callable[[pytest.Subtests], None]


def every(**columns: Iterable[object]) -> Callable[[Judge], Walk]:
    """Make one test of a function over all combinations of its arguments."""
    combined = itertools.product(*columns.values())
    rows = [dict(zip(columns, cells, strict=True)) for cells in combined]
    assert rows, "a table without rows holds whatever is judged"

    def decorate(judge: Judge) -> Walk:
        def walk(subtests: pytest.Subtests) -> None:
            for row in rows:
                try:
                    judge(**row)
                except (Exception, pytest.fail.Exception):
                    with subtests.test(**row):  # a report for each row would take most of the time
                        raise

        # pytest asks the wrapper for its arguments, and the test for its place
        walk.__signature__ = inspect.signature(walk)  # type: ignore[attr-defined]
        walk.__wrapped__ = judge  # type: ignore[attr-defined]
        return walk

    return decorate
