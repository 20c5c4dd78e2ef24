"""How many rows of every kind there are in one environment, column by column."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime

from dashboard.diagnose import words
from dashboard.diagnose.cascades import Cascades
from dashboard.diagnose.finding import Severity
from dashboard.diagnose.orphans import counts
from dashboard.diagnose.orphans.counts import Count, Precision
from dashboard.diagnose.orphans.kind import CountedColumn, OrphanKind
from dashboard.environments import Environment
from queries.records import dataclass

INFO = Severity.INFO


@dataclass(frozen=True, slots=True)
class ColumnCount:
    """One column, how many of its rows are of the kind, and what their deletion takes along."""

    column: CountedColumn
    count: Count
    cascades: Cascades


@dataclass(frozen=True, slots=True)
class KindCount:
    """One kind in one environment; without a column or a count, the schema does not have it.

    `given` is the count of what is not the rows of columns, and `covered` says of what it is one.
    """

    kind: OrphanKind
    columns: tuple[ColumnCount, ...] = ()
    given: Count | None = None
    covered: str = ""

    @property
    def applies(self) -> bool:
        return bool(self.columns) or self.given is not None

    @property
    def count(self) -> Count:
        return self.given or counts.total([each.count for each in self.columns])

    @property
    def coverage(self) -> str:
        """Say what the number covers: 2 of 3 projectId columns."""
        if self.covered:
            return self.covered
        known = [each for each in self.columns if each.count.precision is not Precision.UNKNOWN]
        covered, labels = ({each.column.label for each in some} for some in (known, self.columns))
        names = {each.column.counted.key.label for each in self.columns}
        named = f"{names.pop()} " if len(names) == 1 else ""
        return f"{len(covered)} of {words.count(len(labels), f'{named}column')}"

    @property
    def gaps(self) -> tuple[str, ...]:
        """Name what the number leaves out, and why."""
        left_out = (
            f"{each.column.label} was not counted: {each.count.reason}"
            for each in self.columns
            if each.count.precision is Precision.UNKNOWN
        )
        notes = (each.column.note for each in self.columns if each.column.note)
        return tuple(dict.fromkeys((*left_out, *notes)))


@dataclass(frozen=True, slots=True)
class Orphans:
    """One environment's orphan candidates, kind by kind; `lost` are the ids of lost projects.

    `hidden` are tables whose rows the role cannot all see; `all_lost`: there are no more ids.
    `matches` tells of lost ids which other environments have them.
    """

    environment: Environment
    as_of: datetime
    ms: float
    kinds: Mapping[OrphanKind, KindCount]
    hidden: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    all_lost: bool = True
    matches: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def wrong(self) -> Count:
        """Count what is to be repaired."""
        return self._counted(noted=False)

    @property
    def to_review(self) -> Count:
        """Count what is normal in small numbers, such as drafts."""
        return self._counted(noted=True)

    @property
    def worst(self) -> Severity:
        """Return the severity of the gravest kind that has rows, or may have some."""
        kinds = {each.kind.severity for each in self.kinds.values() if not each.count.none}
        return next((each for each in (Severity.ERROR, Severity.WARNING) if each in kinds), INFO)

    def _counted(self, *, noted: bool) -> Count:
        kinds = self.kinds.values()
        return counts.total([each.count for each in kinds if (each.kind.severity is INFO) is noted])

    def of(self, kind: OrphanKind) -> KindCount:
        return self.kinds.get(kind, KindCount(kind))


def by_kind(columns: Sequence[ColumnCount]) -> Mapping[OrphanKind, KindCount]:
    """Gather the columns of each kind, in the order they are counted in."""
    kinds: dict[OrphanKind, tuple[ColumnCount, ...]] = {}
    for each in columns:
        kinds[each.column.kind] = (*kinds.get(each.column.kind, ()), each)
    return {kind: KindCount(kind, counted) for kind, counted in kinds.items()}
