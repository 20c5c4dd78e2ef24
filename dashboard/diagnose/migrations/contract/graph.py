"""Ways through the contracts: never by names or their order, since cycles and forks are legal."""

from collections import deque
from collections.abc import Iterable, Sequence

from dashboard.diagnose.migrations.contract.packages import Package


def path(packages: Iterable[Package], start: str, end: str) -> tuple[Package, ...] | None:
    """Find the shortest way; None where there is none."""
    leading: dict[str, list[Package]] = {}
    for each in packages:
        leading.setdefault(each.origin, []).append(each)
    reached: dict[str, tuple[Package, ...]] = {start: ()}
    waiting = deque([start])
    while waiting and end not in reached:
        here = waiting.popleft()
        for each in leading.get(here, ()):
            if each.destination not in reached:
                reached[each.destination] = (*reached[here], each)
                waiting.append(each.destination)
    return reached.get(end)


def contracts(packages: Iterable[Package]) -> frozenset[str]:
    return frozenset(end for each in packages for end in (each.origin, each.destination))


def only_leaf(packages: Sequence[Package]) -> str | None:
    """Return the one contract from which nothing leads on; None where there are more, or none."""
    origins = {each.origin for each in packages}
    leaves = {each.destination for each in packages} - origins
    return leaves.pop() if len(leaves) == 1 else None
