"""All that the rules of a look-up see: what every environment said of one id, put together."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property

from dashboard.diagnose import words
from dashboard.diagnose.facts import (
    STANDBY,
    Answer,
    Definition,
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

    @cached_property
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

    @cached_property
    def error(self) -> PastedError | None:
        return self.paste.error

    @cached_property
    def answer(self) -> Answer:
        return self.answers[self.target]

    @cached_property
    def found(self) -> IdFacts | None:
        """What the target holds of the id; None where it gave no answer."""
        return self.answer if isinstance(self.answer, IdFacts) else None

    @cached_property
    def facts(self) -> EnvironmentFacts | None:
        """What is true of the target; None where it gave no answer."""
        return self.found.facts if self.found else None

    @cached_property
    def nouns(self) -> Nouns:
        """What the rows of the two tables are called in most environments, or in the target."""
        known = (each.catalog for each in (self.found, *self.others) if each)
        told = Counter(each.nouns for each in known if each.definition)
        return told.most_common(1)[0][0] if told else self.usual_nouns

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
        if self.known_failures is None or self.paste.id is None:
            return ()
        return self.known_failures.of(self.paste.id.spellings)

    @cached_property
    def lasting_failures(self) -> tuple[Group, ...]:
        """Those of inserts that nothing deployed since has made good."""
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
    no_id = None if paste.id else Unavailable(Kind.NO_ID, "the text contains no ID")
    incomplete = _incomplete(answer, paste)
    if reason := _without_table(answer.facts) or no_id or incomplete or _without_rows(answer):
        return Presence(PresenceState.UNKNOWN, reason=reason)
    if project := _exact(answer.projects):
        missing = _stale_conditions(answer.facts)
        return Presence(PresenceState.FOUND, project=project, missing=missing)
    if reason := _lagging(answer.facts.proof, replica_lag):
        return Presence(PresenceState.UNKNOWN, reason=reason)
    return Presence(PresenceState.ABSENT, missing=_missing_conditions(answer))


def _exact(projects: tuple[rows.Found, ...] | None) -> rows.Found | None:
    return next((project for project in projects or () if project.exact), None)


def _key(answer: IdFacts, paste: Paste) -> Mapping[str, str] | None:
    definition = answer.catalog.definition
    if definition is None or paste.id is None:
        return None
    values = paste.id.values_of(definition.child_columns, definition.parent_columns)
    return dict(zip(definition.parent_columns, values, strict=True)) if values else None


def _incomplete(answer: IdFacts, paste: Paste) -> Unavailable | None:
    """Say that a key of several columns was not named whole."""
    definition = answer.catalog.definition
    if definition is None or _key(answer, paste):
        return None
    columns = words.listed(definition.parent_columns)
    return Unavailable(
        Kind.NO_ID,
        f"the key of {definition.parent_table} has {len(definition.parent_columns)} columns "
        f"({columns}); the text does not give all of them",
    )


def _without_table(facts: EnvironmentFacts) -> Unavailable | None:
    """Say why the parent table was not found."""
    catalog, name = facts.catalog, facts.name
    if not catalog.server.schema_exists:
        return Unavailable(Kind.SCHEMA_ABSENT, f'{name} has no schema "{catalog.name}"')
    if not catalog.usable:
        why = f'the role may not use the schema "{catalog.name}" in {name}'
        return Unavailable(Kind.FORBIDDEN, why)
    if catalog.definition is None:
        return Unavailable(Kind.CONSTRAINT_UNKNOWN, _unknown_constraint(facts))
    return _without_parent(facts, catalog.definition) if catalog.parent is None else None


def _unknown_constraint(facts: EnvironmentFacts) -> str:
    none = "it has no foreign keys" if not facts.catalog.foreign_keys else None
    why = facts.catalog.unclear or none or "it does not have the constraint"
    return f"the tables in {facts.name} are unknown: {why}"


def _without_parent(facts: EnvironmentFacts, definition: Definition) -> Unavailable:
    """Tell a table that is not there from one whose schema the role may not use."""
    table, name = definition.parent_table, facts.name
    named = [key.parent_table for key in facts.catalog.foreign_keys]
    if not facts.catalog.borrowed and table in named:
        return Unavailable(Kind.FORBIDDEN, f'the role may not see the table "{table}" in {name}')
    return Unavailable(Kind.TABLE_ABSENT, f'{name} has no table "{table}"')


def _without_rows(found: IdFacts) -> Unavailable | None:
    """Say why no row of the parent table could be seen, whether it is there or not."""
    parent, name = found.catalog.parent, found.environment.name
    table = parent.table.name if parent else ""
    if parent is None or parent.forbidden or not found.facts.proof.parent_readable:
        return Unavailable(Kind.FORBIDDEN, f'the role may not read "{table}" in {name}')
    if found.facts.proof.row_security:
        return Unavailable(Kind.ROWS_HIDDEN, f'row security hides rows of "{table}" in {name}')
    if found.projects is None:
        return Unavailable(Kind.SLOW, f'no index covers the key of "{table}" in {name}')
    return None


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
    conditions = (
        (found.facts.migrating is not None, "a migration is running"),
        (
            not found.facts.foreign_keys,
            "no foreign key names the table here; we took it from other environments",
        ),
        (
            (expected := found.catalog.expected_parent) is not None
            and found.rightful_projects.get(expected.table.oid) is None,
            "the table that the foreign key should reference is not readable",
        ),
    )
    return (
        *_stale_conditions(found.facts),
        *(condition for missing, condition in conditions if missing),
    )
