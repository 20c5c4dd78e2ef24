"""What is said between environments, kept: of two that are as they were, nothing is judged again.

Only two that have the database, its origin or the ID of a project in common can be told of.
"""

from collections.abc import Hashable, Mapping, Set
from dataclasses import replace

from dashboard.diagnose.facts import EnvironmentFacts, Sample, Shared
from dashboard.diagnose.finding import Fact, Finding
from dashboard.diagnose.health import checks
from dashboard.diagnose.health.answered import Answered
from dashboard.diagnose.health.case import Case
from dashboard.diagnose.health.kinship import Kinship
from dashboard.diagnose.health.report import ledger_of
from queries.records import dataclass

MOST_KINSHIPS = 20_000

Told = tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class _Marks:
    """By what others find one: its database, its sample, and what it has of theirs."""

    own: frozenset[Hashable]
    there: frozenset[Hashable]

    @classmethod
    def of(cls, facts: EnvironmentFacts) -> "_Marks":
        identity = facts.identity
        places = {identity if identity.known else None, identity.lineage} - {None}
        sample = facts.sample.projects if isinstance(facts.sample, Sample) else None
        found = facts.shared.found if isinstance(facts.shared, Shared) else ()
        own = frozenset({*places, *(each.id for each in sample or ())})
        return cls(own, frozenset(each.id for each in found) - own)


class _Index:
    """Who has what mark: the ids of hundreds of samples in one dictionary."""

    def __init__(self) -> None:
        self._own: dict[Hashable, tuple[str, ...]] = {}
        self._there: dict[Hashable, tuple[str, ...]] = {}

    def add(self, name: str, marks: _Marks) -> None:
        for names, known in ((self._own, marks.own), (self._there, marks.there)):
            for mark in known:
                names[mark] = (*names.get(mark, ()), name)

    def remove(self, name: str, marks: _Marks) -> None:
        for names, known in ((self._own, marks.own), (self._there, marks.there)):
            for mark in known:
                names[mark] = tuple(each for each in names[mark] if each != name)
                if not names[mark]:
                    del names[mark]

    def related(self, name: str, marks: _Marks) -> Set[str]:
        found: set[str] = set()
        for mark in marks.own:
            found.update(self._own[mark], self._there.get(mark, ()))
        for mark in marks.there:
            found.update(self._own.get(mark, ()))
        return found - {name}


def _compared(facts: EnvironmentFacts) -> tuple[object, ...]:
    """Take what is compared, and what is said of it."""
    catalog = facts.catalog
    database = catalog.server.database, catalog.name
    return facts.identity, facts.proof.in_recovery, catalog.nouns, database, _samples(facts)


def _samples(facts: EnvironmentFacts) -> tuple[object, object]:
    return facts.sample, facts.shared


class Between:
    """What each environment is told of, beside those listed before it that are related to it."""

    def __init__(self) -> None:
        self._facts: dict[str, EnvironmentFacts] = {}
        self._told: dict[str, Told] = {}
        self._index = _Index()
        self._kinships = _Kinships()

    def told(self, answered: Answered) -> Mapping[str, Told]:
        """Tell what is so now, by the name of the environment that comes later."""
        current = {each.name: each for each in answered}
        gone = [self._forgotten(name) for name in [*self._facts] if name not in current]
        changed = set().union(*gone)
        same: list[tuple[EnvironmentFacts, EnvironmentFacts]] = []
        for name, facts in current.items():
            known = self._facts.get(name)
            if known is facts:
                continue
            if known and _compared(known) == _compared(facts):
                same.append((known, facts))
                self._facts[name] = facts
            else:
                changed |= self._learned(facts)
        for name in changed & current.keys():
            self._told[name] = self._judged(current[name], answered)
        for before, after in same:
            self._date(before, after, changed)
        return self._told

    def _related(self, name: str) -> Set[str]:
        return self._index.related(name, _Marks.of(self._facts[name]))

    def _forgotten(self, name: str) -> Set[str]:
        """Forget one, and name those that may have been told of it."""
        related = self._related(name)
        self._index.remove(name, _Marks.of(self._facts[name]))
        self._kinships.forget(name)
        del self._facts[name], self._told[name]
        return related

    def _learned(self, facts: EnvironmentFacts) -> Set[str]:
        """Take in what is new, and name those that may be told something else now."""
        name = facts.name
        before = self._forgotten(name) if name in self._facts else set()
        self._facts[name] = facts
        self._index.add(name, _Marks.of(facts))
        self._kinships.learn(facts)
        return {name} | before | self._related(name)

    def _judged(self, facts: EnvironmentFacts, answered: Answered) -> Told:
        known = (self._facts[name] for name in self._related(facts.name))
        place = answered.place(facts)
        earlier = [each for each in known if answered.place(each) < place]
        related = tuple(sorted(earlier, key=answered.place))
        if not related:
            return ()
        kinship = self._kinships.of
        case = Case(facts, ledger_of(facts), answered, related=related, kinship=kinship)
        return tuple(checks.judge_pairs(case))

    def _date(self, before: EnvironmentFacts, after: EnvironmentFacts, judged: Set[str]) -> None:
        """Say of what was seen again that it was seen now."""
        for name in ({after.name} | self._related(after.name)) - judged:
            self._told[name] = tuple(
                replace(each, evidence=tuple(_dated(fact, before, after) for fact in each.evidence))
                for each in self._told[name]
            )


class _Kinships:
    """What the samples of two have in common, of clones only once for all of them."""

    def __init__(self) -> None:
        self._tokens: dict[tuple[object, object], object] = {}
        self._token: dict[str, object] = {}
        self._kept: dict[tuple[object, object], Kinship] = {}
        self._distinct: dict[Kinship, Kinship] = {}  # hundreds of pairs have the same in common

    def learn(self, facts: EnvironmentFacts) -> None:
        self._token[facts.name] = self._tokens.setdefault((facts.sample, facts.shared), object())
        if len(self._tokens) > 2 * len(self._token) or len(self._kept) > MOST_KINSHIPS:
            self._forget_unheld()

    def forget(self, name: str) -> None:
        del self._token[name]

    def of(self, one: EnvironmentFacts, other: EnvironmentFacts) -> Kinship:
        key = self._token[one.name], self._token[other.name]
        if key not in self._kept:
            kinship = Kinship.of(one, other)
            self._kept[key] = self._distinct.setdefault(kinship, kinship)
        return self._kept[key]

    def _forget_unheld(self) -> None:
        """Forget what samples were once; what they have in common is soon found again."""
        self._kept.clear()
        self._distinct.clear()
        held = set(self._token.values())
        self._tokens = {of: token for of, token in self._tokens.items() if token in held}


def _dated(fact: Fact, before: EnvironmentFacts, after: EnvironmentFacts) -> Fact:
    if fact.environment != after.name or fact.as_of != before.proof.as_of:
        return fact
    return after.fact(fact.fact, fact.query or "")
