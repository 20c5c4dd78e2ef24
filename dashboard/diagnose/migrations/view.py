"""What one environment shows of its ledger, and what that is compared with."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from functools import cached_property

from dashboard.diagnose.facts import Unavailable
from dashboard.diagnose.finding import Confidence, Fact
from dashboard.diagnose.migrations.contract.view import ContractView, Owner
from dashboard.diagnose.migrations.folder import Folder, Reference
from queries.records import dataclass
from queries.rows import Migration


@dataclass(frozen=True, eq=False)
class LedgerView:
    """The ledger of one environment, read in one snapshot.

    `rows` is None where there is no ledger or it was not read; `unread` is why, where that is not
    for want of a privilege on it. `other_tables`: the schema has an ordinary table beside the
    ledger. `elsewhere`: other schemas of the database that have a ledger. `lock_held`: Prisma's
    advisory lock 72707369 is granted in this database. `reference` is None where no folder is
    configured and no other environment answered, and where the configured one could not be read:
    `folder_unread` is why. `migrations_folder` is where the folder lies: commands are run from its
    package. `would_fail` names the scripts that are proven to stop at what is there, were they run
    now, `stops` what some of them run into; `uncertain` those of which nobody can say, and why.
    `contract` is what Prisma 8 shows beside it.
    """

    environment: str
    rows: tuple[Migration, ...] | None
    table_exists: bool
    readable: bool
    other_tables: bool
    lock_held: bool
    reference: Reference | None
    as_of: datetime | None = None
    ms: float | None = None
    schema: str = "public"
    elsewhere: tuple[str, ...] = ()
    role: str | None = None
    migrations_folder: str | None = None
    folder_unread: str | None = None
    would_fail: frozenset[str] = frozenset()
    stops: Mapping[str, str] = field(default_factory=dict)
    uncertain: Mapping[str, str] = field(default_factory=dict)
    unread: Unavailable | None = None
    contract: ContractView | None = None

    @property
    def by_contract(self) -> bool:
        """Whether Prisma 8 owns the migrations, or may own them: then the ledger says nothing."""
        owners = (Owner.PRISMA_8, Owner.BOTH, Owner.UNKNOWN)
        return self.contract is not None and self.contract.owner in owners

    @property
    def unknown(self) -> bool:
        """Whether nothing is known of the migrations, whoever owns them."""
        if self.contract and self.by_contract:
            return self.contract.owner is Owner.UNKNOWN
        return self.unseen

    @property
    def compared(self) -> bool:
        if self.contract and self.by_contract:
            return bool(self.contract.folder and self.contract.folder.packages)
        return self.reference is not None

    @property
    def by_majority(self) -> bool:
        """Whether other environments are what it is compared with, for want of a folder."""
        return not isinstance(self.reference, Folder)

    @property
    def compared_with(self) -> str:
        return "most other environments" if self.by_majority else "the migrations folder"

    @property
    def confidence(self) -> Confidence:
        return Confidence.LIKELY if self.by_majority else Confidence.CERTAIN

    def facts(self, *sentences: str) -> tuple[Fact, ...]:
        ms = None if self.ms is None else round(self.ms, 1)
        return tuple(
            Fact(self.environment, each, "migrations", self.as_of, ms) for each in sentences
        )

    @property
    def denied(self) -> bool:
        return self.table_exists and not self.readable

    @property
    def unseen(self) -> bool:
        """Whether its rows could not be seen, whatever kept from that: it says nothing then."""
        return self.denied or self.unread is not None

    @cached_property
    def ledger(self) -> tuple[Migration, ...]:
        """The rows as Prisma reads them: by start, and none where there is no table."""
        return tuple(sorted(self.rows or (), key=lambda row: row.started_at))
