"""In which state the application or an extension is: the marker, beside the graph of packages.

M is the marker's contract, T the target: the ref of the environment, else the emitted contract,
else the only one that nothing leads on from. The first line that holds decides.

| seen                                               | state      |
| -------------------------------------------------- | ---------- |
| no package, and no target                          | unknown    |
| M is T                                             | up to date |
| a way leads from M to T                            | pending    |
| M is in no package, and a package not here led to M| ahead      |
| M is in no package                                 | diverged   |
| no target                                          | unknown    |
| a way leads from T to M                            | ahead      |
| anything else                                      | forked     |
"""

from collections.abc import Iterator
from enum import StrEnum

from dashboard.diagnose.migrations.contract.graph import contracts, only_leaf, path
from dashboard.diagnose.migrations.contract.packages import (
    APP,
    EMPTY,
    Package,
    Space,
    Target,
    plain,
    shortened,
)
from dashboard.diagnose.migrations.contract.view import ContractView, at
from queries.records import dataclass
from queries.rows import ContractEdge

HEAD = "head"  # the ref that an extension comes with


class SpaceState(StrEnum):
    UNKNOWN = "unknown"
    UP_TO_DATE = "up-to-date"
    PENDING = "pending"
    AHEAD = "ahead"
    DIVERGED = "diverged"
    FORKED = "forked"


@dataclass(frozen=True, slots=True)
class SpaceStatus:
    """`way` are the packages to apply, or where it is ahead those that led beyond the target.

    `missing` are invariants of the target that the marker lacks.
    """

    space: str
    state: SpaceState
    contents: Space
    marker: str
    target: Target | None
    edges: tuple[ContractEdge, ...]
    way: tuple[Package, ...] = ()
    missing: frozenset[str] = frozenset()

    @property
    def unplanned(self) -> bool:
        """Whether it is at its target, and no package leads there: nobody else can follow."""
        there = self.state is SpaceState.UP_TO_DATE and self.marker != EMPTY
        return there and all(each.destination != self.marker for each in self.contents.packages)

    @property
    def towards(self) -> str:
        return f"target {shortened(self.target.hash)}" if self.target else "no target is known"

    @property
    def broken(self) -> tuple[Package, ...]:
        return tuple(each for each in self.contents.packages if each.broken)

    @property
    def again(self) -> tuple[Package, ...]:
        """Those to apply that were applied before, and rolled back."""
        known = {each.name for each in self.edges}
        return tuple(each for each in self.way if each.name in known)

    def label(self, name: str) -> str:
        return name if self.space == APP else f"{self.space}/{name}"


def statuses(view: ContractView) -> tuple[SpaceStatus, ...]:
    """Judge the application, and each extension that the folder or the database has."""
    spaces = view.folder.spaces if view.folder else {}
    marked = {each.space for each in view.facts.markers or ()}
    return tuple(_status(view, name) for name in sorted({APP, *spaces, *marked}, key=_app_first))


def _app_first(name: str) -> tuple[bool, str]:
    return name != APP, name


def _status(view: ContractView, name: str) -> SpaceStatus:
    space = view.folder.spaces.get(name, Space()) if view.folder else Space()
    marker = at(view.marker(name))
    edges = tuple(each for each in view.edges if each.space == name)
    target = _target(view, name, space)
    state, way = _judged(space, marker, target, edges)
    found = view.marker(name)
    done = frozenset(found.invariants if found else ())
    missing = target.invariants - done if target and state is SpaceState.UP_TO_DATE else frozenset()
    return SpaceStatus(name, state, space, marker, target, edges, way, frozenset(missing))


def _target(view: ContractView, name: str, space: Space) -> Target | None:
    ref = view.environment if name == APP else HEAD
    if ref in space.refs:
        return space.refs[ref]
    if name == APP and view.folder and view.folder.emitted:
        return Target(view.folder.emitted)
    leaf = only_leaf(space.sound)
    return None if leaf is None else Target(leaf)


def _judged(
    space: Space, marker: str, target: Target | None, edges: tuple[ContractEdge, ...]
) -> tuple[SpaceState, tuple[Package, ...]]:
    packages = space.sound
    if target and marker == target.hash:
        return SpaceState.UP_TO_DATE, ()
    if not packages:
        return SpaceState.UNKNOWN, ()
    if target and (way := path(packages, marker, target.hash)):
        return SpaceState.PENDING, way
    if marker != EMPTY and marker not in contracts(packages):
        return _outside(space, marker, edges), ()
    if target is None:
        return SpaceState.UNKNOWN, ()
    beyond = path(packages, target.hash, marker)
    return (SpaceState.AHEAD, beyond) if beyond else (SpaceState.FORKED, ())


def _outside(space: Space, marker: str, edges: tuple[ContractEdge, ...]) -> SpaceState:
    last = edges[-1] if edges else None
    led = last is not None and plain(last.destination) == marker and last.name
    known = {each.name for each in space.packages}
    return SpaceState.AHEAD if last and led and last.name not in known else SpaceState.DIVERGED


def unknown_names(status: SpaceStatus) -> Iterator[str]:
    """Name what the database was migrated by, and the folder does not have."""
    known = {each.name for each in status.contents.packages}
    yield from dict.fromkeys(
        each.name for each in status.edges if each.name and each.name not in known
    )


def edited(status: SpaceStatus) -> Iterator[Package]:
    """Name packages that were applied with other contents than they have now."""
    applied = {each.name: plain(each.hash) for each in status.edges if each.name}
    for each in status.contents.packages:
        if not each.broken and applied.get(each.name, each.hash) != each.hash:
            yield each
