"""What the rehearsal said of one environment, for the checks to judge."""

from collections.abc import Mapping
from dataclasses import field, replace

from dashboard.diagnose.migrations.schema.drift import Difference, What
from dashboard.diagnose.migrations.schema.forecast import Lock
from dashboard.diagnose.migrations.schema.image import SchemaImage
from dashboard.diagnose.migrations.schema.presence import Present
from dashboard.diagnose.migrations.schema.verdict import Verdict, without_keys
from queries.records import dataclass


@dataclass(frozen=True, slots=True)
class CannotRehearse:
    """Nothing could be rehearsed or compared; the reason is never a finding of its own."""

    reason: str


@dataclass(frozen=True, slots=True)
class AppliedSet:
    """The scripts that an environment has, in the order of its ledger.

    `edited` were changed after they were applied: their text is not what was run. `failed` have
    not come to an end, and are not among the scripts.
    """

    scripts: tuple[tuple[str, str], ...]
    edited: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class SchemaComparison:
    """What the applied scripts make beside what is there.

    `assumed` was made for the scripts, as a platform makes it before the first of them.
    """

    applied: AppliedSet
    expected: SchemaImage
    found: SchemaImage
    differences: tuple[Difference, ...]
    assumed: tuple[str, ...] = ()

    def of(self, *what: What) -> tuple[Difference, ...]:
        return tuple(each for each in self.differences if each.what in what)

    @property
    def drifted(self) -> tuple[Difference, ...]:
        """Leave out what is only more than the migrations make: that is often wanted."""
        return self.of(What.MISSING, What.CHANGED, What.RENAMED)


@dataclass(frozen=True, slots=True)
class RehearsedMigration:
    """What became of a script still to come, on an empty copy of the schema as it is.

    `failure` is a SQLSTATE and a message. `certain`: it is what is there, and not that no rows
    are, that has stopped it. `verdict` is what becomes of it on the rows that are there.
    """

    name: str
    failure: tuple[str, str] | None = None
    certain: bool = True
    assumed: tuple[str, ...] = ()
    locks: tuple[Lock, ...] = ()
    verdict: Verdict | None = None

    @property
    def stop(self) -> str | None:
        """Say what stops it, in PostgreSQL's words."""
        if self.failure is None:
            return None
        sqlstate, message = self.failure
        return f"{message} (SQLSTATE {sqlstate})"


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """`schema`: what the migrations make of it, compared with what is there.

    `pending` are those still to come, in the order of their deployment and up to the first that
    fails. `presence` is how much of what a migration makes is there, whatever the ledger says.
    `scripts` are all that were to come then.
    """

    schema: SchemaComparison | CannotRehearse
    pending: tuple[RehearsedMigration, ...] | CannotRehearse = ()
    presence: Mapping[str, Present] = field(default_factory=dict)
    scripts: tuple[tuple[str, str], ...] = ()

    @property
    def without_keys(self) -> "Rehearsed":
        """Leave out which rows stand in the way."""
        if isinstance(self.pending, CannotRehearse):
            return self
        pending = tuple(
            replace(each, verdict=each.verdict and without_keys(each.verdict))
            for each in self.pending
        )
        return replace(self, pending=pending)

    @property
    def tried(self) -> Mapping[str, RehearsedMigration]:
        """Give those that could be rehearsed, by name."""
        pending = () if isinstance(self.pending, CannotRehearse) else self.pending
        return {each.name: each for each in pending}
