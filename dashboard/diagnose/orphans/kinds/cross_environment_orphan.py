"""The ids of lost projects, looked for in every other environment."""

from collections.abc import Mapping
from dataclasses import replace

from dashboard.diagnose import words
from dashboard.diagnose.facts import Unavailable
from dashboard.diagnose.finding import Severity
from dashboard.diagnose.orphans.counts import Count, Precision
from dashboard.diagnose.orphans.kind import Cost, OrphanKind
from dashboard.diagnose.orphans.kind_counts import KindCount, Orphans
from dashboard.environments import Environment

Present = Mapping[Environment, frozenset[str] | Unavailable]
KIND = OrphanKind(
    code="cross-environment-orphan",
    label="O13",
    title="Lost {parent.many} that exist elsewhere",
    rows="lost {parent} IDs that another environment has",
    why="The ID belongs to another environment: the row was created with it or copied without "
    "its {parent}.",
    severity=Severity.INFO,
    cost=Cost.PROBES,
)


def with_matches(orphans: Orphans, present: Present) -> Orphans:
    """Add which other environments have the lost projects, as far as those said.

    | found elsewhere | every id and environment known | count    |
    | --------------- | ------------------------------ | -------- |
    | any number      | yes                            | exact    |
    | some            | no                             | at least |
    | none            | no                             | unknown  |
    """
    others = {each: ids for each, ids in present.items() if each != orphans.environment}
    known = {each.name: ids for each, ids in others.items() if not isinstance(ids, Unavailable)}
    matches = {
        lost: tuple(name for name, ids in known.items() if lost in ids)
        for lost in orphans.lost
        if any(lost in ids for ids in known.values())
    }
    count, covered = _count(orphans, len(matches), others), _covered(orphans, others)
    kinds = {**orphans.kinds, KIND: KindCount(KIND, given=count, covered=covered)}
    return replace(orphans, kinds=kinds, matches=matches)


def _count(orphans: Orphans, found: int, others: Present) -> Count:
    silent = [each.name for each, ids in others.items() if isinstance(ids, Unavailable)]
    reasons = (
        f"{words.listed(silent)} could not be checked" if silent else "",
        "" if orphans.all_lost else "not every lost ID was checked",
        "" if others else "there is no other environment to check",
    )
    reason = "; ".join(filter(None, reasons))
    if not reason:
        return Count(Precision.EXACT, found, as_of=orphans.as_of)
    if found:
        return Count(Precision.AT_LEAST, found, reason=reason, as_of=orphans.as_of)
    return Count(Precision.UNKNOWN, reason=reason)


def _covered(orphans: Orphans, others: Present) -> str:
    if not orphans.lost:
        return "no lost IDs"
    asked = [each for each, ids in others.items() if not isinstance(ids, Unavailable)]
    return (
        f"{words.count(len(orphans.lost), 'lost ID')} in "
        f"{len(asked)} of {words.count(len(others), 'other environment')}"
    )
