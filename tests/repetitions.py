"""What only `--all` runs: a proof once more, on another version, in another theme or place.

Of every test function something is run without it, tests/test_repetitions.py holds that, but of
files that take another program or minutes. Whoever names such a file runs it, too.
"""

from collections.abc import Iterable

import pytest
from hypothesis import settings

SHORT, LONG = "short", "long"
MARK = "repetition"
AT_LENGTH = {
    "tests/access/test_nginx.py": "the real nginx",
    "tests/browser/test_accessibility.py": "every page in a browser",
    "tests/browser/test_failures_in_chromium.py": "files that a browser saves",
    "tests/browser/test_first_load.py": "servers of its own in a browser",
    "tests/browser/test_hostile_in_chromium.py": "every page in a browser",
    "tests/browser/test_many_environments.py": "a server of its own in a browser",
    "tests/browser/test_printing.py": "every page in a browser",
    "tests/browser/test_rights_in_chromium.py": "servers of its own in a browser",
    "tests/browser/test_sign_in.py": "a real provider, and servers of its own in a browser",
    "tests/faults/test_packets.py": "deadlines that run out, as they are",
    "tests/faults/test_pooler.py": "deadlines that run out, as they are",
    "tests/state/test_real_processes.py": "several servers for two minutes",
}
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
    named = {each.partition("::")[0] for each in config.args}
    late = AT_LENGTH.keys() - named
    repeated = [each for each in items if each.get_closest_marker(MARK) or _file(each) in late]
    ids = {each.nodeid for each in repeated}
    config.stash[COLLECTED] = tuple(
        (each.nodeid, each.nodeid in ids) for each in items if _file(each) not in AT_LENGTH
    )
    if repeated and not config.getoption("all"):
        items[:] = [each for each in items if each.nodeid not in ids]
        config.hook.pytest_deselected(items=repeated)


def _file(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]


def without_sibling(collected: Iterable[tuple[str, bool]]) -> set[str]:
    """Find the tests of which a short run would run nothing."""
    repeated, short = set(), set()
    for name, repeats in collected:
        (repeated if repeats else short).add(name.partition("[")[0])
    return repeated - short
