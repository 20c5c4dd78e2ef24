"""A few projects of each environment, and which of the others' each one has, too."""

from collections.abc import Iterable
from dataclasses import dataclass

from dashboard.diagnose.evidence import Look, Relation, Unavailable
from queries.rows import Project, Table


@dataclass(frozen=True, slots=True)
class Sample:
    """`projects` are those with the last keys, None where keys cannot be compared elsewhere.

    `filled` are other tables of the same name that hold rows, `unseen` those not looked into.
    """

    empty: bool
    projects: tuple[Project, ...] | None
    filled: tuple[Table, ...] = ()
    unseen: tuple[Table, ...] = ()


@dataclass(frozen=True, slots=True)
class Shared:
    """Which ids of other environments were looked for here, and the projects that have them."""

    asked: frozenset[str]
    found: tuple[Project, ...]


@dataclass(frozen=True, slots=True)
class Sampled:
    """One environment that answered; None, or why not: its rows were not asked for."""

    look: Look
    sample: Sample | Unavailable | None = None
    shared: Shared | Unavailable | None = None

    @property
    def name(self) -> str:
        return self.look.environment.name


@dataclass(frozen=True, slots=True)
class Pair:
    """A project of a sample, and the one that has its id in the other environment, if any."""

    sampled: Project
    there: Project | None


def compared(one: Sampled, other: Sampled) -> tuple[Pair, ...]:
    """Pair the projects of the first one's sample with the other's, as far as it was asked."""
    if not isinstance(one.sample, Sample) or not isinstance(other.shared, Shared):
        return ()
    found = {each.id: each for each in other.shared.found}
    return tuple(
        Pair(each, found.get(each.id))
        for each in one.sample.projects or ()
        if each.id in other.shared.asked
    )


def rows_of(look: Look) -> Relation | None:
    """Return the application's own parent table, where all of its rows can be seen."""
    parent = look.schema.namesake or look.schema.parent
    if parent is None or parent.forbidden or parent.table.row_security:
        return None
    return parent


def comparable(look: Look) -> Relation | None:
    """Return it only where an id means the same elsewhere: a counted one does not."""
    parent = rows_of(look)
    return parent if parent and parent.key_indexed and not parent.numbered else None


def ids(samples: Iterable[Sample | Unavailable | None]) -> list[str]:
    """List the ids to look for, in the order that an index likes."""
    known = (each for each in samples if isinstance(each, Sample))
    return sorted({project.id for each in known for project in each.projects or ()})
