"""Those that answered, in the order of the page, and what they have in common.

All are counted once; of each it is told what the others have, without going through them.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from functools import cache, cached_property, lru_cache
from typing import overload

from dashboard.diagnose.facts import Applied, EnvironmentFacts
from dashboard.diagnose.relationship import majority
from queries.records import dataclass

MOST_KEPT = 64
Members = Mapping[str, EnvironmentFacts]


@dataclass(frozen=True, slots=True)
class Alike:
    """Environments with the same migrations and keys: the first of them, and how many they are."""

    first: EnvironmentFacts
    number: int


class Answered(Sequence[EnvironmentFacts]):
    def __init__(self, facts: Iterable[EnvironmentFacts]) -> None:
        self._facts = tuple(facts)
        self._counted = _Counted(self._facts)

    def again(self, facts: Iterable[EnvironmentFacts]) -> "Answered":
        """Take the newest word of the same ones, by which the others are judged as before."""
        newest = copy(self)
        newest._facts = tuple(facts)
        return newest

    def __len__(self) -> int:
        return len(self._facts)

    def __iter__(self) -> Iterator[EnvironmentFacts]:
        return iter(self._facts)

    @overload
    def __getitem__(self, place: int) -> EnvironmentFacts: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[EnvironmentFacts]: ...
    def __getitem__(self, place: int | slice) -> EnvironmentFacts | Sequence[EnvironmentFacts]:
        return self._facts[place]

    def place(self, facts: EnvironmentFacts) -> int:
        """Return how many are listed before it."""
        return self._counted.places[facts.name]

    def usual_action(self, facts: EnvironmentFacts) -> str | None:
        """Return what most of the others do on delete."""
        return self._counted.usual_action(_action(facts))

    def usual_migrations(self, facts: EnvironmentFacts) -> tuple[str, ...] | None:
        """Name what more than half of the others have applied; None where none has a ledger."""
        return self._counted.usual_migrations(_ledger(facts))

    def by_contract(self, facts: EnvironmentFacts) -> tuple[EnvironmentFacts, ...]:
        """Return the others that show anything of Prisma 8's migrations."""
        return tuple(each for each in self._counted.by_contract if each.name != facts.name)

    def unlike(self, facts: EnvironmentFacts) -> tuple[Alike, ...]:
        """Return the same, where some of them are guarded otherwise than others."""
        several = len(self._counted.guarded.get(facts.applied, ())) > 1
        return self.alike(facts) if several and facts.keys_compared else ()

    def alike(self, facts: EnvironmentFacts) -> tuple[Alike, ...]:
        """Return the others in which the same migrations are applied, by what guards their keys."""
        found = [
            Alike(first, len(members) - (facts.name in members))
            for members in self._counted.guarded.get(facts.applied, {}).values()
            if (first := _first(members, facts))
        ]
        return tuple(sorted(found, key=lambda each: self.place(each.first)))

    def lacking(self, migrations: frozenset[str]) -> tuple[EnvironmentFacts, ...]:
        """Return those whose ledger can be read and has not all of these."""
        known = self._counted.lacking
        if migrations not in known:
            known[migrations] = tuple(each for each in self._facts if lacks(each, migrations))
        return known[migrations]


class _Counted:
    """What all have in common; each is found in it as it was when they were counted."""

    def __init__(self, facts: tuple[EnvironmentFacts, ...]) -> None:
        self._facts = facts
        self.lacking: dict[frozenset[str], tuple[EnvironmentFacts, ...]] = {}

    @cached_property
    def usual_action(self) -> Callable[[tuple[str, ...]], str | None]:
        return cache(lambda own: majority(self._actions - Counter(own)))

    @cached_property
    def usual_migrations(self) -> Callable[[tuple[Applied, ...]], tuple[str, ...] | None]:
        def usual(own: tuple[Applied, ...]) -> tuple[str, ...] | None:
            others = self._ledgers - Counter(own)
            return _applied_by_most(frozenset(others.items())) if others else None

        return cache(usual)

    @cached_property
    def places(self) -> dict[str, int]:
        return {each.name: place for place, each in enumerate(self._facts)}

    @cached_property
    def _actions(self) -> Counter[str]:
        return Counter(action for each in self._facts for action in _action(each))

    @cached_property
    def _ledgers(self) -> Counter[Applied]:
        return Counter(applied for each in self._facts for applied in _ledger(each))

    @cached_property
    def by_contract(self) -> tuple[EnvironmentFacts, ...]:
        return tuple(each for each in self._facts if each.markers or each.contract_edges)

    @cached_property
    def guarded(self) -> Mapping[Applied | None, Mapping[object, Members]]:
        """Put them by their migrations, and then by their keys."""
        found: defaultdict[Applied | None, list[EnvironmentFacts]] = defaultdict(list)
        for each in self._facts:
            if each.keys_compared:
                found[each.applied].append(each)
        return {applied: _by_guards(members) for applied, members in found.items()}


def counted_by(facts: EnvironmentFacts) -> tuple[object, ...]:
    """Gather all of one that the others are judged by."""
    return (
        facts.constraint and facts.constraint.spec,
        _action(facts),
        facts.applied,
        facts.markers,
        facts.contract_edges,
        facts.by_prisma_8,
        facts.keys_compared,
        facts.keys,
        facts.all_keys,
        facts.catalog.definition,
        facts.catalog.name,
    )


def lacks(facts: EnvironmentFacts, migrations: frozenset[str]) -> frozenset[str]:
    """Name which of these its ledger has not, where that can be read."""
    if facts.applied is None or facts.by_prisma_8:
        return frozenset()
    return migrations - {name for name, _ in facts.applied}


def _first(members: Members, facts: EnvironmentFacts) -> EnvironmentFacts | None:
    return next((each for name, each in members.items() if name != facts.name), None)


def _by_guards(facts: Sequence[EnvironmentFacts]) -> Mapping[object, Members]:
    one_schema = all(len(each.key_schemas) == 1 for each in facts)
    found: defaultdict[object, dict[str, EnvironmentFacts]] = defaultdict(dict)
    for each in facts:
        found[each.guards_of_one_schema if one_schema else each.guards][each.name] = each
    return found


def _action(facts: EnvironmentFacts) -> tuple[str, ...]:
    return (facts.key.delete_action,) if facts.key else ()


def _ledger(facts: EnvironmentFacts) -> tuple[Applied, ...]:
    return () if facts.applied is None or facts.contract_edges else (facts.applied,)


@lru_cache(maxsize=MOST_KEPT)
def _applied_by_most(ledgers: frozenset[tuple[Applied, int]]) -> tuple[str, ...]:
    counted: Counter[str] = Counter()
    for applied, number in ledgers:
        for name in {name for name, finished in applied if finished}:
            counted[name] += number
    half = sum(number for _, number in ledgers) / 2
    return tuple(sorted(name for name, number in counted.items() if number > half))
