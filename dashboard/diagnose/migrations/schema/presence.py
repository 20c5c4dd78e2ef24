"""Whether what a migration makes is in a database: wholly, partly or not at all.

A trace is a facet that the migration made and no later one, of those that are applied, changed.

| traces                              | presence  |
| ----------------------------------- | --------- |
| none: it changes rows only, or what | no trace  |
| it made was changed by later ones   |           |
| all are as after it                 | whole     |
| all are as before it                | none      |
| any other                           | part      |

Whole means that the catalog is complete; whether its rows are, no catalog tells.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum

from dashboard.diagnose.migrations.schema.drift import PRINTED
from dashboard.diagnose.migrations.schema.image import Facets, Key, SchemaImage
from queries.records import dataclass


class Presence(StrEnum):
    WHOLE = "whole"
    PART = "part"
    NONE = "none"
    NO_TRACE = "no-trace"


@dataclass(frozen=True, slots=True)
class Trace:
    """`facet` is None for the object itself; its value is then all that is not a printed text."""

    key: Key
    facet: str | None
    before: object
    after: object

    @property
    def label(self) -> str:
        name = f"{self.key[0]} {'.'.join(self.key[2:] or self.key[1:])}"
        if self.facet:
            return f"{self.facet} of {name}"
        return name if self.after else f"{name}, dropped"


@dataclass(frozen=True, slots=True)
class Present:
    """`there` and `missing` are the traces that are as after it, and as before it or otherwise."""

    presence: Presence
    there: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    objects: frozenset[Key] = frozenset()


def traces(before: SchemaImage, after: SchemaImage) -> Iterator[Trace]:
    """List what one migration changes."""
    for key in sorted({*before.facets, *after.facets}):
        old, new = before.facets.get(key), after.facets.get(key)
        if old is None or new is None:
            yield Trace(key, None, _whole(key, old), _whole(key, new))
        elif old != new:
            yield from (
                Trace(key, facet, old[facet], new[facet])
                for facet in old
                if old[facet] != new[facet]
            )


def lasting(found: Sequence[Trace], at_end: SchemaImage) -> tuple[Trace, ...]:
    """Keep what still is as it was made where all that are applied have run."""
    return tuple(each for each in found if _value(at_end, each) == each.after)


def present(found: Sequence[Trace], live: SchemaImage) -> Present:
    """Look for the traces in what is there."""
    values = [(each, _value(live, each)) for each in found]
    there = tuple(each.label for each, value in values if value == each.after)
    missing = tuple(each.label for each, value in values if value != each.after)
    untouched = all(value == each.before for each, value in values)
    objects = frozenset(each.key for each in found)
    return Present(_presence(there, missing, untouched=untouched), there, missing, objects)


def _presence(there: Sequence[str], missing: Sequence[str], *, untouched: bool) -> Presence:
    if not there and not missing:
        return Presence.NO_TRACE
    if not missing:
        return Presence.WHOLE
    return Presence.NONE if untouched else Presence.PART


def _value(image: SchemaImage, trace: Trace) -> object:
    facets = image.facets.get(trace.key)
    if trace.facet is None:
        return _whole(trace.key, facets)
    return facets[trace.facet] if facets is not None else None


def _whole(key: Key, facets: Facets | None) -> object:
    if facets is None:
        return None
    return {name: value for name, value in facets.items() if (key[0], name) not in PRINTED}
