"""The groups of measurements, in the order of a whole run."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.benchmarks import (
    bulk,
    capacity,
    differential,
    first_load,
    flood,
    gate,
    lookup,
    many,
    migrations,
    proof,
    rehearsal,
    scale,
    snapshot,
    soak,
)
from tests.benchmarks.report import Section
from tests.benchmarks.stage import Stage


@dataclass(frozen=True, slots=True)
class Group:
    """`in_turn`: it is part of a run that names no group."""

    name: str
    asks: str
    measure: Callable[[Stage], Iterator[Section]]
    in_turn: bool = True


GROUPS = (
    Group("lookup", "What does a look-up of one ID cost?", lookup.measure),
    Group("bulk", "What does a look-up of many IDs cost?", bulk.measure),
    Group("many", "What do many environments cost, dead and slow ones among them?", many.measure),
    Group("snapshot", "What does keeping Health and orphans fresh cost?", snapshot.measure),
    Group("migrations", "What do a thousand migrations cost?", migrations.measure),
    Group("proof", "Is a verdict replayed as it is for real?", proof.measure),
    Group("rehearsal", "What does rehearsing migrations cost?", rehearsal.measure),
    Group("capacity", "How many viewers does one process take?", capacity.measure),
    Group("gate", "What does a sign-in cost those who look on?", gate.measure),
    Group("load", "What does a first visit download?", first_load.measure),
    Group("flood", "What do others wait for while somebody asks for too much?", flood.measure),
    Group(
        "differential",
        "Does what is read agree with what is true?",
        differential.measure,
        in_turn=False,
    ),
    Group("scale", "What do four hundred environments cost?", scale.measure, in_turn=False),
    Group("soak", "Does a day of troubles leave anything behind?", soak.measure, in_turn=False),
)
BY_NAME = {each.name: each for each in GROUPS}


def chosen(names: list[str]) -> tuple[Group, ...]:
    """Return the groups named, each once, else all that are part of a whole run."""
    if not names:
        return tuple(each for each in GROUPS if each.in_turn)
    return tuple(BY_NAME[name] for name in dict.fromkeys(names))
