"""What two environments have in common by a few projects of each."""

from collections.abc import Sequence

from dashboard.diagnose.facts import EnvironmentFacts, Sample, Shared
from queries.records import dataclass
from queries.rows import Project

LEAST = 20
SHARE = 0.99


@dataclass(frozen=True, slots=True)
class Pair:
    """A project of a sample, and the one that has its id in the other environment, if any."""

    sampled: Project
    there: Project | None

    @property
    def copied(self) -> bool:
        created = self.sampled.created_at
        return self.there is not None and created is not None and created == self.there.created_at

    @property
    def same(self) -> bool | None:
        """Whether both are one project; None where that cannot be told."""
        one, other = self.sampled, self.there
        if other is None:
            return None
        if one.created_at and other.created_at:
            return one.created_at == other.created_at
        return True if _told(one) and _told(one) == _told(other) else None


def _told(project: Project) -> tuple[str, str] | None:
    return (project.name, project.owner_id) if project.name and project.owner_id else None


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


@dataclass(frozen=True, slots=True)
class Containment:
    """How many of the projects that were compared are copies of those that are there."""

    compared: int
    copied: int

    @classmethod
    def of(cls, pairs: Sequence[Pair]) -> "Containment":
        return cls(len(pairs), sum(pair.copied for pair in pairs))

    @property
    def whole(self) -> bool:
        return self.compared >= LEAST and self.copied >= SHARE * self.compared


@dataclass(frozen=True, slots=True)
class Kinship:
    """What the samples of two environments have in common, in both directions.

    `collided` are ids that were given twice, `same` those of projects that are in both.
    """

    there: Containment
    back: Containment
    collided: tuple[str, ...]
    same: tuple[str, ...]

    @classmethod
    def of(cls, one: EnvironmentFacts, other: EnvironmentFacts) -> "Kinship":
        there, back = compared(one, other), compared(other, one)
        judged = {each.sampled.id: each.same for each in (*there, *back)}
        return cls(
            Containment.of(there),
            Containment.of(back),
            tuple(sorted(name for name, same in judged.items() if same is False)),
            tuple(sorted(name for name, same in judged.items() if same)),
        )
