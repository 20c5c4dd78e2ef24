"""All that the rules of a look-up see: what every environment said of one id, put together."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Any

from dashboard.diagnose import words
from dashboard.diagnose.facts import (
    STANDBY,
    Answer,
    EnvironmentFacts,
    IdFacts,
    Kind,
    ParentShape,
    Target,
    Unavailable,
    expected_parent,
)
from dashboard.diagnose.failures import DELETE, Group, KnownFailures
from dashboard.diagnose.finding import RelationshipName
from dashboard.diagnose.nouns import Nouns
from dashboard.diagnose.paste import Paste, PastedError
from dashboard.environments import Environment
from queries import rows
from queries.records import dataclass


class PresenceState(StrEnum):
    FOUND = "found"
    ABSENT = "absent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Presence:
    """Whether an environment has the project; `missing` are the conditions that the proof lacks."""

    state: PresenceState
    project: rows.Project | None = None
    reason: Unavailable | None = None
    missing: tuple[str, ...] = ()


# what follows from the answers, whatever the text is, as long as it gives a key
OF_ANSWERS = (
    *("found", "nouns", "here", "others", "presences", "relationship"),
    *("found_elsewhere", "undetermined_elsewhere"),
)


@dataclass(frozen=True)
class Evidence:
    """All that the judges see; `owner_in_target` answers for the project found elsewhere.

    `usual_constraint` is the configured one, `usual_nouns` what its name tells of the tables: for
    where the target tells nothing. `shapes` are those of the parent tables that a copy of it would
    be read from and written to. `known_failures` are those of the target, None where they were not
    asked for; `absent_beside` the ids of the same call that the target lacks.
    What is derived from it is kept: some forty judges ask for the same.
    """

    paste: Paste
    target: Environment
    answers: Mapping[Environment, Answer]
    usual_constraint: str
    usual_nouns: Nouns
    now: datetime
    race: timedelta = timedelta(seconds=10)
    replica_lag: timedelta = timedelta(seconds=60)
    migrations_folder: str | None = None
    expected_migrations: tuple[str, ...] | None = None
    owner_in_target: bool | None = None
    shapes: Mapping[Environment, ParentShape] = field(default_factory=dict)
    known_failures: KnownFailures | None = None
    absent_beside: tuple[str, ...] = ()

    @property
    def id(self) -> str | None:
        return self.paste.id.text if self.paste.id else None

    @cached_property
    def key(self) -> Mapping[str, str] | None:
        """The value of each column of the parent's key; None where the text does not have all."""
        asked = (self.found,) if self.found else self.others
        return next(filter(None, (_key(each, self.paste) for each in asked)), None)

    @cached_property
    def relationship(self) -> RelationshipName | None:
        """The foreign key that was looked into, as the target has it, or another environment."""
        known = (each.catalog.definition for each in (self.found, *self.others) if each)
        return next((each.named(self.constraint) for each in known if each), None)

    @property
    def error(self) -> PastedError | None:
        return self.paste.error

    @property
    def answer(self) -> Answer:
        return self.answers[self.target]

    @cached_property
    def found(self) -> IdFacts | None:
        """What the target holds of the id; None where it gave no answer."""
        return self.answer if isinstance(self.answer, IdFacts) else None

    @property
    def facts(self) -> EnvironmentFacts | None:
        """What is true of the target; None where it gave no answer."""
        return self.found.facts if self.found else None

    @cached_property
    def nouns(self) -> Nouns:
        """What the rows of the two tables are called in most environments, or in the target."""
        known = (each.catalog for each in (self.found, *self.others) if each)
        told = [each.nouns for each in known if each.definition]
        if all(each is told[0] for each in told):  # which is usual, and soon seen
            return told[0] if told else self.usual_nouns
        return Counter(told).most_common(1)[0][0]

    @property
    def constraint(self) -> str:
        """The constraint that was looked into: what the text names, or the configured one."""
        return self.facts.catalog.constraint if self.facts else self.usual_constraint

    def is_ours(self, constraint: str | None) -> bool:
        """Whether an error's constraint is the one looked into, under whatever name it has here."""
        names = {key.name for key in self.facts.foreign_keys} if self.facts else set()
        return constraint is None or constraint == self.constraint or constraint in names

    @cached_property
    def here(self) -> Presence:
        return self.presence(self.target)

    def deployments(self, found: IdFacts) -> tuple[rows.Deployment, ...]:
        """Take the child rows of the id itself, not those of its other spellings."""
        if not found.deployments:
            return ()
        names = {self.id, *(each.id for each in found.projects or () if each.exact)}
        return tuple(each for each in found.deployments if each.project_id in names)

    @cached_property
    def failures(self) -> tuple[Group, ...]:
        """What failed before for the id in the target, by cause, the newest first."""
        if not (self.known_failures and self.known_failures.by_id and self.paste.id):
            return ()
        return self.known_failures.of(self.paste.id.spellings)

    @cached_property
    def lasting_failures(self) -> tuple[Group, ...]:
        """Those of inserts that nothing deployed since has made good."""
        if not self.failures:
            return ()
        own = self.deployments(self.found) if self.found else ()
        last = max((each.created_at for each in own if each.created_at), default=None)
        inserts = (each for each in self.failures if each.signature.operation != DELETE)
        return tuple(each for each in inserts if last is None or each.last_at >= last)

    @property
    def expected_parent(self) -> Target | None:
        """What most other environments' constraint points at, where the target's does not."""
        return expected_parent(self.facts, [each.facts.own_target for each in self.others])

    @cached_property
    def found_elsewhere(self) -> tuple[IdFacts, ...]:
        return tuple(
            each
            for each in self.others
            if self.presence(each.environment).state is PresenceState.FOUND
        )

    @cached_property
    def others(self) -> tuple[IdFacts, ...]:
        """The environments, apart from the target, that answered."""
        return tuple(
            answer
            for environment, answer in self.answers.items()
            if environment != self.target and isinstance(answer, IdFacts)
        )

    @cached_property
    def undetermined_elsewhere(self) -> tuple[Environment, ...]:
        return tuple(
            environment
            for environment in self.answers
            if environment != self.target
            and self.presence(environment).state is PresenceState.UNKNOWN
        )

    def conclude_as(self, other: "Evidence") -> None:
        """Take over what follows from the answers alone, of an id that got the same ones."""
        known = vars(other)
        vars(self).update({name: known[name] for name in OF_ANSWERS if name in known})

    def knowing(self, **more: Any) -> "Evidence":
        """Add what is asked after the answers; what follows from those is kept."""
        other: Evidence = replace(self, **more)
        other.conclude_as(self)
        return other

    def presence(self, environment: Environment) -> Presence:
        return self.presences[environment]

    @cached_property
    def presences(self) -> Mapping[Environment, Presence]:
        return presences(self.paste, self.answers, self.replica_lag)


@dataclass(frozen=True)
class Placed:
    """Where an id exists, as long as nobody says which environment failed: no verdict."""

    paste: Paste
    presences: Mapping[Environment, Presence]
    nouns: Nouns

    @property
    def id(self) -> str | None:
        return self.paste.id.text if self.paste.id else None

    def those(self, state: PresenceState) -> tuple[Environment, ...]:
        return tuple(each for each, known in self.presences.items() if known.state is state)

    @property
    def state(self) -> PresenceState:
        """Whether it is anywhere: it is nowhere only where every environment says so."""
        states = {each.state for each in self.presences.values()}
        order = (PresenceState.FOUND, PresenceState.UNKNOWN)
        return next((each for each in order if each in states), PresenceState.ABSENT)

    @property
    def sentence(self) -> str:
        """Say where it is, and of the rest nothing."""
        if self.id is None:
            return f"The text contains no {self.nouns.parent} ID and names no environment."
        project = f"{self.nouns.parent.title} {words.short(self.id)}"
        unknown = words.environments(self.those(PresenceState.UNKNOWN))
        match self.state:
            case PresenceState.FOUND:
                return f"{project} exists in {words.environments(self.those(self.state))}."
            case PresenceState.UNKNOWN:
                return f"{project} was not found; {unknown} could not be checked."
            case PresenceState.ABSENT:
                return f"{project} exists in no environment."


def presences(
    paste: Paste, answers: Mapping[Environment, Answer], replica_lag: timedelta
) -> Mapping[Environment, Presence]:
    """Judge of each environment whether it has the project; `replica_lag`: what is too old."""
    return {each: _presence(paste, answer, replica_lag) for each, answer in answers.items()}


def _presence(paste: Paste, answer: Answer, replica_lag: timedelta) -> Presence:
    if isinstance(answer, Unavailable):
        return Presence(PresenceState.UNKNOWN, reason=answer)
    facts = answer.facts
    if reason := _unseen(answer, facts, paste):
        return Presence(PresenceState.UNKNOWN, reason=reason)
    for project in answer.projects or ():
        if project.exact:
            return Presence(PresenceState.FOUND, project, missing=_stale_conditions(facts))
    if reason := _lagging(facts.proof, replica_lag):
        return Presence(PresenceState.UNKNOWN, reason=reason)
    return _absent(_missing_conditions(answer))


@lru_cache(maxsize=64)
def _absent(missing: tuple[str, ...]) -> Presence:
    """Make what is the same for thousands of ids."""
    return Presence(PresenceState.ABSENT, missing=missing)


def _unseen(answer: IdFacts, facts: EnvironmentFacts, paste: Paste) -> Unavailable | None:
    """Say why it is not known which rows of the parent table have the id."""
    if facts.without_table or not paste.ids:
        return facts.without_table or Unavailable(Kind.NO_ID, "the text contains no ID")
    if reason := _incomplete(answer, facts, paste) or facts.without_rows:
        return reason
    return _unindexed(answer) if answer.projects is None else None


def _key(answer: IdFacts, paste: Paste) -> Mapping[str, str] | None:
    definition = answer.catalog.definition
    if definition is None or paste.id is None:
        return None
    values = paste.id.values_of(definition.child_columns, definition.parent_columns)
    return dict(zip(definition.parent_columns, values, strict=True)) if values else None


def _incomplete(answer: IdFacts, facts: EnvironmentFacts, paste: Paste) -> Unavailable | None:
    """Say that a key of several columns was not named whole."""
    definition = facts.catalog.definition
    if definition is None or len(definition.child_columns) == 1 or _key(answer, paste):
        return None
    columns = words.listed(definition.parent_columns)
    return Unavailable(
        Kind.NO_ID,
        f"the key of {definition.parent_table} has {len(definition.parent_columns)} columns "
        f"({columns}); the text does not give all of them",
    )


def _unindexed(found: IdFacts) -> Unavailable | None:
    parent, name = found.catalog.parent, found.environment.name
    table = parent.table.name if parent else ""
    return Unavailable(Kind.SLOW, f'no index covers the key of "{table}" in {name}')


def _lagging(proof: rows.Proof, limit: timedelta) -> Unavailable | None:
    if not proof.in_recovery:
        return None
    behind = proof.replayed is not True
    old = proof.replay_age_s is not None and proof.replay_age_s > limit.total_seconds()
    if not behind and not old:
        return None
    age = "an unknown time" if proof.replay_age_s is None else f"{proof.replay_age_s:.0f} s"
    return Unavailable(Kind.REPLICA_LAG, f"a replica answered, {age} behind its primary")


def _stale_conditions(facts: EnvironmentFacts) -> tuple[str, ...]:
    return (STANDBY,) if facts.proof.in_recovery else ()


def _missing_conditions(found: IdFacts) -> tuple[str, ...]:
    expected = found.catalog.expected_parent
    if expected is None or found.rightful_projects.get(expected.table.oid) is not None:
        return found.facts.unproven
    unread = "the table that the foreign key should reference is not readable"
    return (*found.facts.unproven, unread)
