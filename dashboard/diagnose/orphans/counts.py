"""How many, and how that is known: a number never stands without its precision."""

import math
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from queries.records import dataclass
from queries.rows import OrphanCount

RULED_OUT = "impossible (foreign key)"
SURE = 1.96  # standard deviations to each side: 95 % of all samples


class Precision(StrEnum):
    PROOF = "none, by proof"
    EXACT = "exact"
    ESTIMATE = "estimate"
    SAMPLE = "sample"
    AT_LEAST = "stopped"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Count:
    """`number` is None only where it is unknown; `reason` is why it is not exact.

    `low` and `high` are what a sample leaves open. `ages` counts the rows that were counted.
    """

    precision: Precision
    number: int | None = None
    low: int | None = None
    high: int | None = None
    reason: str | None = None
    as_of: datetime | None = None
    ms: float | None = None
    ages: OrphanCount | None = None

    @property
    def words(self) -> str:
        number = 0 if self.number is None else self.number
        match self.precision:
            case Precision.PROOF | Precision.UNKNOWN:
                return RULED_OUT if self.none else self.precision.value
            case Precision.EXACT:
                return f"{number:,}"
            case Precision.ESTIMATE:
                return f"≈ {number:,}"
            case Precision.SAMPLE:
                return f"≈ {number:,} ({self.low:,} to {self.high:,})"
            case Precision.AT_LEAST:
                return f"≥ {number:,}"

    @property
    def sure_of(self) -> int:
        """Return how many there are for certain, whatever else there may be."""
        match self.precision:
            case Precision.EXACT | Precision.AT_LEAST:
                return self.number or 0
            case Precision.SAMPLE:
                return self.low or 0
            case Precision.PROOF | Precision.ESTIMATE | Precision.UNKNOWN:
                return 0

    @property
    def none(self) -> bool:
        """Whether it is certain that there is no such row."""
        return self.precision is Precision.PROOF or (
            self.precision is Precision.EXACT and self.number == 0
        )


def counted(row: OrphanCount, most: int | None, ms: float) -> Count:
    """Take a count: exact, unless it went on until it was stopped."""
    stopped = most is not None and row.rows >= most
    return Count(
        Precision.AT_LEAST if stopped else Precision.EXACT,
        row.rows,
        reason="counting stopped there" if stopped else None,
        as_of=row.as_of,
        ms=ms,
        ages=row,
    )


def unknown(reason: str) -> Count:
    return Count(Precision.UNKNOWN, reason=reason)


def by_proof(as_of: datetime | None) -> Count:
    words = "the constraint guarantees it for every row written under it; not scanned"
    return Count(Precision.PROOF, 0, reason=words, as_of=as_of)


def estimated(share: float, rows: float, as_of: datetime, reason: str) -> Count:
    """Take the planner's word for a share; that it knows of none proves nothing.

    | share | rows of the table | count    |
    | ----- | ----------------- | -------- |
    | 0     | any               | unknown  |
    | more  | not known         | unknown  |
    | more  | known             | estimate |
    """
    if share <= 0 or rows < 0:
        return unknown(reason)
    return Count(Precision.ESTIMATE, round(share * rows), reason=reason, as_of=as_of)


def sampled(hits: int, looked_at: int, of: float, as_of: datetime, reason: str) -> Count:
    """Scale a sample up, with Wilson's interval; a sample without a hit proves nothing."""
    if hits == 0 or of <= 0:
        seen = (
            f"a sample of {looked_at:,} rows contained none, which proves nothing" if of > 0 else ""
        )
        return unknown("; ".join(filter(None, (reason, seen))))
    share, square = hits / looked_at, SURE**2
    centre = (share + square / (2 * looked_at)) / (1 + square / looked_at)
    spread = (
        SURE
        * math.sqrt(share * (1 - share) / looked_at + square / (4 * looked_at**2))
        / (1 + square / looked_at)
    )
    return Count(
        Precision.SAMPLE,
        round(share * of),
        low=max(hits, math.floor((centre - spread) * of)),
        high=math.ceil((centre + spread) * of),
        reason=reason,
        as_of=as_of,
    )


def total(counts: Sequence[Count]) -> Count:
    """Add up what several columns hold; the sum is no more precise than its worst part.

    | the parts                                  | sum                               |
    | ------------------------------------------ | --------------------------------- |
    | all by proof                               | none, by proof                    |
    | any unknown, at least one row elsewhere    | at least what is certain          |
    | any unknown, no row for certain            | unknown                           |
    | any stopped                                | at least what is certain          |
    | else any estimate                          | estimate                          |
    | else any sample                            | sample, its bounds added up       |
    | else                                       | exact                             |
    """
    seen = {each.precision for each in counts}
    if not counts or seen == {Precision.UNKNOWN}:
        return unknown(_reasons(counts) or "nothing was checked")
    if len(counts) == 1:
        return counts[0]
    known = [each for each in counts if each.precision is not Precision.UNKNOWN]
    sure = sum(each.sure_of for each in counts)
    if Precision.UNKNOWN in seen and not sure:
        return unknown(_reasons(counts))
    number = sum(each.number or 0 for each in known)
    precision = _worst(seen)
    return Count(
        precision,
        sure if precision is Precision.AT_LEAST else number,
        low=sum(each.number or 0 if each.low is None else each.low for each in known),
        high=sum(each.number or 0 if each.high is None else each.high for each in known),
        reason=_reasons(counts) or None,
        as_of=min((each.as_of for each in known if each.as_of), default=None),
        ms=sum(each.ms or 0 for each in known),
        ages=_ages([each.ages for each in known if each.ages]),
    )


def _worst(seen: set[Precision]) -> Precision:
    if seen & {Precision.UNKNOWN, Precision.AT_LEAST}:
        return Precision.AT_LEAST
    for precision in (Precision.ESTIMATE, Precision.SAMPLE, Precision.EXACT):
        if precision in seen:
            return precision
    return Precision.PROOF


def _reasons(counts: Sequence[Count]) -> str:
    return "; ".join(
        dict.fromkeys(
            each.reason for each in counts if each.reason and each.precision is not Precision.PROOF
        )
    )


def _ages(parts: Sequence[OrphanCount]) -> OrphanCount | None:
    if not parts:
        return None
    return OrphanCount(
        as_of=min(each.as_of for each in parts),
        rows=sum(each.rows for each in parts),
        within_day=sum(each.within_day for each in parts),
        within_week=sum(each.within_week for each in parts),
        within_month=sum(each.within_month for each in parts),
        within_quarter=sum(each.within_quarter for each in parts),
        older=sum(each.older for each in parts),
        undated=sum(each.undated for each in parts),
    )
