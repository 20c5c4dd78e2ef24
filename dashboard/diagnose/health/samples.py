"""A few projects of each environment, and which of the others' each one has, too."""

from collections.abc import Iterable
from dataclasses import dataclass

from dashboard.diagnose.facts import EnvironmentFacts, Relation, Sample, Shared, Unavailable
from dashboard.diagnose.health.case import Case
from queries.rows import Project


@dataclass(frozen=True, slots=True)
class Pair:
    """A project of a sample, and the one that has its id in the other environment, if any."""

    sampled: Project
    there: Project | None


def compared(one: EnvironmentFacts, other: EnvironmentFacts) -> tuple[Pair, ...]:
    """Pair the projects of the first one's sample with the other's, as far as it was asked."""
    if not isinstance(one.sample, Sample) or not isinstance(other.shared, Shared):
        return ()
    found = {each.id: each for each in other.shared.found}
    return tuple(
        Pair(each, found.get(each.id))
        for each in one.sample.projects or ()
        if each.id in other.shared.asked
    )


def rows_of(facts: EnvironmentFacts) -> Relation | None:
    """Return the application's own parent table, where all of its rows can be seen."""
    parent = facts.catalog.own_parent
    if parent is None or parent.forbidden or parent.table.row_security:
        return None
    return parent


def comparable(facts: EnvironmentFacts) -> Relation | None:
    """Return it only where an id means the same elsewhere: a counted one does not."""
    parent = rows_of(facts)
    return (
        parent
        if parent and parent.plain_key and parent.key_indexed and not parent.numbered
        else None
    )


def seen(case: Case) -> bool:
    """Whether it could be looked for the others' projects."""
    return not isinstance(case.facts.shared, Unavailable)


def looked_for(case: Case) -> bool:
    """Whether others had projects to look for: alone, nothing can be shared."""
    return isinstance(case.facts.shared, Shared)


def ids(samples: Iterable[Sample | Unavailable | None]) -> list[str]:
    """List the ids to look for, in the order that an index likes."""
    known = (each for each in samples if isinstance(each, Sample))
    return sorted({project.id for each in known for project in each.projects or ()})
