"""The ids of lost projects, looked for in every other environment."""

from collections.abc import Mapping
from dataclasses import replace

from dashboard.diagnose import words
from dashboard.diagnose.evidence import Unavailable
from dashboard.diagnose.orphans import kinds
from dashboard.diagnose.orphans.counts import Count, Precision
from dashboard.diagnose.orphans.sightings import Orphans, Sighting
from dashboard.environments import Environment

Present = Mapping[Environment, frozenset[str] | Unavailable]


def explained(orphans: Orphans, present: Present) -> Orphans:
    """Add where the lost projects live, as far as the other environments said.

    | found elsewhere | every id and environment known | count    |
    | --------------- | ------------------------------ | -------- |
    | any number      | yes                            | exact    |
    | some            | no                             | at least |
    | none            | no                             | unknown  |
    """
    others = {each: ids for each, ids in present.items() if each != orphans.environment}
    living = {
        lost: tuple(
            each.name
            for each, ids in others.items()
            if not isinstance(ids, Unavailable) and lost in ids
        )
        for lost in orphans.lost
    }
    living = {lost: places for lost, places in living.items() if places}
    sighting = Sighting(
        orphans.environment,
        kinds.CROSS_ENVIRONMENT_ORPHAN,
        asked=(),
        told=_count(orphans, len(living), others),
        covers=_covers(orphans, others),
    )
    seen = {**orphans.sightings, kinds.CROSS_ENVIRONMENT_ORPHAN: sighting}
    ordered = {kind: seen[kind] for kind in kinds.KINDS if kind in seen}
    return replace(orphans, sightings=ordered, living=living)


def _count(orphans: Orphans, living: int, others: Present) -> Count:
    silent = [each.name for each, ids in others.items() if isinstance(ids, Unavailable)]
    reasons = (
        f"{words.listed(silent)} could not be asked" if silent else "",
        "" if orphans.all_lost else "not every lost ID was looked for",
        "" if others else "there is no other environment to ask",
    )
    reason = "; ".join(filter(None, reasons))
    if not reason:
        return Count(Precision.EXACT, living, as_of=orphans.as_of)
    if living:
        return Count(Precision.AT_LEAST, living, reason=reason, as_of=orphans.as_of)
    return Count(Precision.UNKNOWN, reason=reason)


def _covers(orphans: Orphans, others: Present) -> str:
    if not orphans.lost:
        return "no lost ID to look for"
    asked = [each for each, ids in others.items() if not isinstance(ids, Unavailable)]
    return (
        f"{words.count(len(orphans.lost), 'lost ID')} in "
        f"{len(asked)} of {words.count(len(others), 'other environment')}"
    )
