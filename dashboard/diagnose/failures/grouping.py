"""Failures put together by their cause, for sources that no database can group."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from dashboard.diagnose.failures.values import Burst, Failure, Group, Signature

_Cause = tuple[str, Signature, str]


def grouped(failures: Iterable[Failure]) -> tuple[Group, ...]:
    """Group by environment, cause and source; the largest group first."""
    groups = (_group(cause, members) for cause, members in _by_cause(failures).items())
    return tuple(sorted(groups, key=lambda each: (-each.failures, each.first_at)))


def densest(failures: Iterable[Failure], window: timedelta) -> tuple[Burst, ...]:
    """Find, for each cause, the window in which the most distinct ids failed."""
    found = (_densest(cause, members, window) for cause, members in _by_cause(failures).items())
    return tuple(burst for burst in found if burst)


def _by_cause(failures: Iterable[Failure]) -> dict[_Cause, list[Failure]]:
    causes: dict[_Cause, list[Failure]] = defaultdict(list)
    for each in failures:
        causes[each.environment, each.signature, each.source].append(each)
    return causes


def _group(cause: _Cause, members: Sequence[Failure]) -> Group:
    times = [each.at for each in members]
    ids = {each.project_id for each in members if each.project_id is not None}
    return Group(*cause, len(members), len(ids), min(times), max(times))


def _densest(cause: _Cause, members: Iterable[Failure], window: timedelta) -> Burst | None:
    named = sorted((each for each in members if each.project_id), key=lambda each: each.at)
    bursts = (
        Burst(*cause, ids, last + 1 - first, named[first].at, named[last].at)
        for first, last, ids in _windows(named, window)
    )
    return max(bursts, key=lambda each: each.ids, default=None)


def _windows(named: Sequence[Failure], window: timedelta) -> Iterator[tuple[int, int, int]]:
    """Slide over the failures: where the window begins and ends, and how many ids are in it."""
    inside: Counter[str | None] = Counter()
    first = 0
    for last, each in enumerate(named):
        inside[each.project_id] += 1
        while each.at - named[first].at > window:
            inside[named[first].project_id] -= 1
            if not inside[named[first].project_id]:
                del inside[named[first].project_id]
            first += 1
        yield first, last, len(inside)
