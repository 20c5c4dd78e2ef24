"""What only `--all` runs: a proof once more, on another version, in another theme or place.

Of every test function something is run without it: tests/test_repetitions.py holds that.
"""

from collections.abc import Iterable

import pytest
from hypothesis import settings

SHORT, LONG = "short", "long"
MARK = "repetition"
COLLECTED = pytest.StashKey[tuple[tuple[str, bool], ...]]()  # with whether it is a repetition

settings.register_profile(SHORT, deadline=None)  # the machine may be busy
settings.register_profile(LONG, deadline=None, max_examples=1_000)


def repetition(*values: object, **more: object) -> object:
    """Mark a set of parameters as a repetition."""
    return pytest.param(*values, marks=pytest.mark.repetition, **more)


def every_nth(values: Iterable[object], step: int) -> list[object]:
    """Leave all but every so-many-th value to the long run."""
    return [repetition(each) if number % step else each for number, each in enumerate(values)]


def deselect(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the repetitions only where all is to be run."""
    repeated = [each for each in items if each.get_closest_marker(MARK)]
    ids = {each.nodeid for each in repeated}
    config.stash[COLLECTED] = tuple((each.nodeid, each.nodeid in ids) for each in items)
    if repeated and not config.getoption("all"):
        items[:] = [each for each in items if each.nodeid not in ids]
        config.hook.pytest_deselected(items=repeated)


def without_sibling(collected: Iterable[tuple[str, bool]]) -> set[str]:
    """Find the tests of which a short run would run nothing."""
    repeated, short = set(), set()
    for name, repeats in collected:
        (repeated if repeats else short).add(name.partition("[")[0])
    return repeated - short
