"""What one environment shows of Prisma 8's migrations, and who owns its migrations at all.

The first line that holds decides. Packages are those of the folder's application; elsewhere is any
other environment that Prisma 8 has migrated.

| Prisma 8's tables | its rows | marker | older ledger | packages or elsewhere | owner    |
| ----------------- | -------- | ------ | ------------ | --------------------- | -------- |
| cannot be read    | -        | -      | -            | -                     | unknown  |
| read              | some     | -      | has newer    | -                     | both     |
| read              | some     | -      | none newer   | -                     | Prisma 8 |
| read              | none     | yes    | yes          | yes                   | Prisma 8 |
| read              | none     | yes    | yes          | folder not known      | unknown  |
| read              | none     | yes    | yes          | no                    | Prisma 7 |
| read              | none     | no     | yes          | yes                   | Prisma 8 |
| read              | none     | no     | yes          | no                    | Prisma 7 |
| read              | none     | yes    | no           | -                     | Prisma 8 |
| read              | none     | no     | no           | yes                   | Prisma 8 |
| read              | none     | no     | no           | no                    | none     |
"""

from collections.abc import Mapping, Sequence
from dataclasses import field
from enum import StrEnum

from dashboard.diagnose import words
from dashboard.diagnose.facts import ContractTables, EnvironmentFacts, TableAccess
from dashboard.diagnose.finding import Fact
from dashboard.diagnose.migrations.contract.packages import (
    APP,
    EMPTY,
    ContractFolder,
    plain,
    shortened,
)
from queries.records import dataclass
from queries.rows import ContractEdge, ContractMarker

UNREADABLE = (TableAccess.FORBIDDEN, TableAccess.UNKNOWN_LAYOUT)


class Owner(StrEnum):
    NONE = "none"
    PRISMA_7 = "prisma-7"
    PRISMA_8 = "prisma-8"
    BOTH = "both"
    UNKNOWN = "unknown"


@dataclass(frozen=True, eq=False)
class ContractView:
    """Prisma 8's tables as one environment shows them, beside the folder.

    `older` says whether there is a ledger of Prisma 7 or before. `elsewhere` are the markers of the
    other environments, None where one has none for the application, `migrated` those of them that
    have been migrated.
    """

    facts: EnvironmentFacts
    folder: ContractFolder | None
    older: bool = False
    elsewhere: Mapping[str, str | None] = field(default_factory=dict)
    migrated: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        facts: EnvironmentFacts,
        folder: ContractFolder | None,
        others: Sequence[EnvironmentFacts],
    ) -> "ContractView":
        return cls(
            facts,
            folder,
            facts.catalog.ledger is not None,
            {each.name: _marker(each.markers or ()) for each in others},
            tuple(each.name for each in others if _of_app(each.contract_edges or ())),
        )

    @property
    def environment(self) -> str:
        return self.facts.name

    @property
    def tables(self) -> ContractTables:
        return self.facts.catalog.contract

    @property
    def unreadable(self) -> bool:
        return self.facts.markers is None or self.facts.contract_edges is None

    @property
    def running(self) -> bool:
        return self.facts.proof.locked_by_prisma_8

    @property
    def edges(self) -> tuple[ContractEdge, ...]:
        return self.facts.contract_edges or ()

    def marker(self, space: str = APP) -> ContractMarker | None:
        markers = self.facts.markers or ()
        return next((each for each in markers if each.space == space), None)

    def at_marker(self, space: str) -> str:
        """Say where the marker is, as evidence."""
        found = self.marker(space)
        if found is None:
            return "no marker"
        since = words.moment(found.updated_at)
        return f"marker at {shortened(plain(found.core_hash))} since {since}"

    @property
    def owner(self) -> Owner:
        edges = _of_app(self.edges)
        if self.unreadable:
            return Owner.UNKNOWN
        if edges:
            return Owner.BOTH if self._older_goes_on(edges) else Owner.PRISMA_8
        return self._owner_without_rows()

    @property
    def older_unread(self) -> bool:
        """Whether nobody can say if Prisma 7 has gone on after Prisma 8 began."""
        return self.older and bool(self.edges) and self.facts.migrations is None

    @property
    def handed_over(self) -> bool:
        """Whether Prisma 8 has migrated or signed this environment."""
        return bool(self.marker() or self.edges)

    @property
    def signed(self) -> bool:
        """Whether there is a marker beside a ledger that Prisma 7 goes on with."""
        return self.owner is Owner.PRISMA_7 and self.marker() is not None

    def _owner_without_rows(self) -> Owner:
        planned = bool(self.folder and self.folder.packages)
        if planned or self.migrated:
            return Owner.PRISMA_8
        if not self.older:
            return Owner.NONE if self.marker() is None else Owner.PRISMA_8
        undecided = self.marker() is not None and self.folder is None
        return Owner.UNKNOWN if undecided else Owner.PRISMA_7

    def _older_goes_on(self, edges: Sequence[ContractEdge]) -> bool:
        last = max(each.created_at for each in edges)
        return any(each.started_at > last for each in self.facts.migrations or ())

    def seen(self, *sentences: str, query: str = "contract_markers") -> tuple[Fact, ...]:
        return tuple(self.facts.fact(each, query) for each in sentences)


def _of_app(edges: Sequence[ContractEdge]) -> tuple[ContractEdge, ...]:
    return tuple(each for each in edges if each.space == APP)


def _marker(markers: Sequence[ContractMarker]) -> str | None:
    found = (plain(each.core_hash) for each in markers if each.space == APP)
    return next(found, None)


def at(marker: ContractMarker | None) -> str:
    """Return the contract that a marker names; without one nothing is there."""
    return EMPTY if marker is None else plain(marker.core_hash)
