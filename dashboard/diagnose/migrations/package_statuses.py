"""The packages of Prisma 8 in the words of the matrix: the same states as those of scripts.

The first line that holds decides.

| the package                                         | state         |
| --------------------------------------------------- | ------------- |
| does not have the hash that it was planned with     | broken-folder |
| is on the way, and Prisma 8's lock is held          | running       |
| is on the way, and was applied before               | rolled-back   |
| is on the way                                       | pending       |
| was applied, and what it made was undone since then | off-path      |
| was applied with other contents                     | edited        |
| was applied                                         | applied       |
| leads to where the marker is                        | applied       |
| anything else                                       | off-path      |
| is not in the folder, and the database is ahead     | extra         |
| is not in the folder                                | squashed      |

What is applied and was never run has the flag by-hand: it was signed, or made by `db init`.
"""

from collections.abc import Iterator

from dashboard.diagnose.migrations.contract.graph import path
from dashboard.diagnose.migrations.contract.packages import EMPTY, Package, plain
from dashboard.diagnose.migrations.contract.state import (
    SpaceState,
    SpaceStatus,
    edited,
    statuses,
    unknown_names,
)
from dashboard.diagnose.migrations.contract.view import ContractView
from dashboard.diagnose.migrations.states import Flag, MigrationState, MigrationStatus


def package_statuses(view: ContractView) -> tuple[MigrationStatus, ...]:
    found = [each for status in statuses(view) for each in _of_space(view, status)]
    return tuple(sorted(found, key=lambda each: each.name))


def _of_space(view: ContractView, status: SpaceStatus) -> Iterator[MigrationStatus]:
    behind = frozenset(path(status.contents.sound, EMPTY, status.marker) or ())
    for each in status.contents.packages:
        state = _state(view, status, each, behind)
        applied = any(edge.name == each.name for edge in status.edges)
        by_hand = state is MigrationState.APPLIED and not applied
        flags = (Flag.BY_HAND,) if by_hand else ()
        yield MigrationStatus(status.label(each.name), state, flags, ())
    ahead = status.state is SpaceState.AHEAD
    for name in unknown_names(status):
        state = MigrationState.EXTRA if ahead else MigrationState.SQUASHED
        yield MigrationStatus(status.label(name), state, (), ())


def _state(
    view: ContractView, status: SpaceStatus, package: Package, behind: frozenset[Package]
) -> MigrationState:
    if package.broken:
        return MigrationState.BROKEN_FOLDER
    if status.state is SpaceState.PENDING and package in status.way:
        return _to_come(view, status, package)
    if any(each.name == package.name for each in status.edges):
        return _applied(status, package)
    return MigrationState.APPLIED if package in behind else MigrationState.OFF_PATH


def _to_come(view: ContractView, status: SpaceStatus, package: Package) -> MigrationState:
    if view.running:
        return MigrationState.RUNNING
    return MigrationState.ROLLED_BACK if package in status.again else MigrationState.PENDING


def _applied(status: SpaceStatus, package: Package) -> MigrationState:
    places = [place for place, each in enumerate(status.edges) if each.name == package.name]
    after = status.edges[places[-1] + 1 :]
    if any(plain(each.destination) == package.origin for each in after):
        return MigrationState.OFF_PATH
    return MigrationState.EDITED if package in edited(status) else MigrationState.APPLIED
