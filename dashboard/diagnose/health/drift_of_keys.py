"""What guards the relationships of one environment, beside others with the same migrations.

Environments are compared only where the same migrations are applied: others may well differ. A
key, NOT NULL or a unique index that only this one has is not told, nor is one whose table is not
there. Where each has one schema only, it may be called differently in each.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from functools import cached_property
from typing import TypeVar

from dashboard.diagnose.facts import EnvironmentFacts
from dashboard.diagnose.health.answered import Alike
from dashboard.diagnose.health.case import Case
from dashboard.diagnose.relationship import ForeignKeyState, majority
from queries.records import dataclass
from queries.rows import ForeignKey

Place = tuple[str, str, tuple[str, ...]]  # schema, table and columns of a child
Tie = tuple[str, str, tuple[str, ...], str]  # schema, table and columns of a parent; the action

T = TypeVar("T")


class Lack(StrEnum):
    """What an environment lacks, or has otherwise, that most others have."""

    KEY = "no foreign key"
    SAME_KEY = "another foreign key"
    NOT_NULL = "not NOT NULL"
    UNIQUE = "no unique index"


@dataclass(frozen=True, slots=True)
class Difference:
    """`own` are the environment's keys on the columns, `usual` one of the others'."""

    lack: Lack
    own: tuple[ForeignKeyState, ...]
    usual: ForeignKeyState


def alike(case: Case) -> tuple[Alike, ...]:
    """Return the other environments in which the same migrations are applied."""
    return case.answered.alike(case.facts)


def comparable(case: Case) -> bool:
    return not case.facts.proof.prisma_8 and bool(alike(case))


def differences(case: Case) -> Iterator[Difference]:
    """Compare every relationship; of the configured one only what no check of its own tells."""
    others = alike(case)
    if not (comparable(case) and case.facts.all_keys is not None):
        return
    schemas = _Schemas((case.facts, *(each.first for each in others)))
    own = schemas.places(case.facts)
    theirs = [(schemas.places(each.first), each.number) for each in others]
    if all(places == own for places, _ in theirs):
        return
    configured = schemas.configured
    tables = schemas.tables(case.facts)
    answered = case.answered
    later = answered.place(others[0].first) < answered.place(case.facts)
    for place in sorted({each for places, _ in theirs for each in places}):
        if place[:2] in tables:
            found = [(places.get(place), number) for places, number in theirs]
            told = _of_place(own.get(place), found, later=later)
            yield from (each for each in told if place not in configured or _only_here(each))


def _only_here(difference: Difference) -> bool:
    """Whether no other check tells it: the index is looked for only where the key is compulsory."""
    compulsory = all(each.columns.not_null for each in difference.own)
    return difference.lack is Lack.NOT_NULL or (difference.lack is Lack.UNIQUE and not compulsory)


def _of_place(
    own: "_Guards | None", theirs: "Sequence[tuple[_Guards | None, int]]", *, later: bool
) -> Iterator[Difference]:
    """Compare one relationship with what so many others have each.

    `later`: the environment is listed after the first other.

    | most others have  | here               | told                              |
    | ----------------- | ------------------ | --------------------------------- |
    | one key           | none               | KEY                               |
    | one key           | others only        | SAME_KEY; of two, in the later one|
    | NOT NULL          | a key, and not     | NOT_NULL                          |
    | a unique index    | a key, and none,   | UNIQUE                            |
    |                   | not half-built     |                                   |
    | any other         |                    | -                                 |
    """
    usual = _majority((each.ties if each else None, number) for each, number in theirs)
    if not usual or len(usual) > 1:
        return
    found = next(each for each, _ in theirs if each and each.ties == usual)
    if own is None:
        yield Difference(Lack.KEY, (), found.states[0])
        return
    if not usual <= own.ties and (sum(number for _, number in theirs) > 1 or later):
        yield Difference(Lack.SAME_KEY, own.states, found.states[0])
    there = [(each, number) for each, number in theirs if each]
    if _majority((each.not_null, number) for each, number in there) and not own.not_null:
        yield Difference(Lack.NOT_NULL, own.states, found.states[0])
    unguarded = not (own.is_unique or own.states[0].columns.invalid_unique)
    if _majority((each.is_unique, number) for each, number in there) and unguarded:
        yield Difference(Lack.UNIQUE, own.states, found.states[0])


def _majority(values: Iterable[tuple[T, int]]) -> T | None:
    counted: Counter[T] = Counter()
    for value, number in values:
        counted[value] += number
    return majority(counted)


@dataclass(frozen=True, slots=True)
class _Guards:
    """What guards the columns of one child; compared by what it does, not by its name."""

    ties: frozenset[Tie]
    not_null: bool
    is_unique: bool
    states: tuple[ForeignKeyState, ...]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Guards) and self._told == other._told

    def __hash__(self) -> int:
        return hash(self._told)

    @property
    def _told(self) -> tuple[frozenset[Tie], bool, bool]:
        return self.ties, self.not_null, self.is_unique


@dataclass(frozen=True)
class _Schemas:
    """How schemas are called so that these environments can be compared."""

    environments: tuple[EnvironmentFacts, ...]

    @cached_property
    def _single(self) -> Mapping[str, str] | None:
        """Give the one schema that each has foreign keys in; None where one has several."""
        if any(len(each.key_schemas) > 1 for each in self.environments):
            return None
        return {each.name: next(iter(each.key_schemas)) for each in self.environments}

    def _called(self, facts: EnvironmentFacts, schema: str) -> str:
        return "" if self._single and self._single[facts.name] == schema else schema

    def place(self, facts: EnvironmentFacts, key: ForeignKey) -> Place:
        return self._called(facts, key.child_schema), key.child_table, key.child_columns

    def _tie(self, facts: EnvironmentFacts, key: ForeignKey) -> Tie:
        schema = self._called(facts, key.parent_schema)
        return schema, key.parent_table, key.parent_columns, key.delete_action

    def places(self, facts: EnvironmentFacts) -> Mapping[Place, _Guards]:
        grouped: dict[Place, list[ForeignKeyState]] = {}
        for each in facts.all_keys or ():
            grouped.setdefault(self.place(facts, each.key), []).append(each)
        return {
            place: _Guards(
                frozenset(self._tie(facts, each.key) for each in states),
                states[0].columns.not_null,
                states[0].columns.is_unique,
                tuple(states),
            )
            for place, states in grouped.items()
        }

    def tables(self, facts: EnvironmentFacts) -> set[tuple[str, str]]:
        keys = (each.key for each in facts.all_keys or ())
        known = (
            *((each.schema, each.name) for each in facts.catalog.tables),
            *(
                pair
                for key in keys
                for pair in (
                    (key.child_schema, key.child_table),
                    (key.parent_schema, key.parent_table),
                )
            ),
        )
        return {(self._called(facts, schema), table) for schema, table in known}

    @property
    def configured(self) -> set[Place]:
        """Name the relationship that has checks of its own, as any of them has it."""
        found = {self.place(each, key) for each in self.environments for key in each.keys}
        for each in self.environments:
            if definition := each.catalog.definition:
                schema = self._called(each, definition.child_schema)
                found.add((schema, definition.child_table, definition.child_columns))
        return found
