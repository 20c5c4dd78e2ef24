"""What is made of a thing is kept for as long as it is that thing: no content is compared.

Snapshots, judgements and the history's answers are replaced, never changed. Whoever sees less has
things of their own, so that nothing that was made of somebody else's can be shown to them.
"""

from typing import Generic, TypeVar

from queries.records import dataclass

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Same(Generic[T]):
    """An argument of a function that keeps its results: equal to itself alone."""

    thing: T

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.thing is self.thing

    def __hash__(self) -> int:
        return id(self.thing)
