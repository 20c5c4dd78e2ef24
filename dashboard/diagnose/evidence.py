"""What the collector hands over: a value, nothing, or why there is no answer, per environment."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property

from dashboard.diagnose.paste import Paste, PastedError, pointed_at
from dashboard.environments import Environment
from queries import rows

Target = tuple[str | None, str]  # a table, with its schema where that is not the child's own
RowKey = tuple[str, tuple[str, str]]  # a column and its type


class Kind(StrEnum):
    """Why an environment could not say."""

    REFUSED = "refused"
    SOCKET = "socket"
    NAME = "name"
    TIMEOUT = "timeout"
    NETWORK = "network"
    DROPPED = "dropped"
    NOT_POSTGRES = "not-postgres"
    CREDENTIALS = "credentials"
    NOT_ALLOWED = "not-allowed"
    NO_DATABASE = "no-database"
    FULL = "full"
    STARTING = "starting"
    TLS = "tls"
    READ_ONLY_UNPROVEN = "read-only-unproven"
    UNCLASSIFIED = "unclassified"
    SLOW = "slow"
    LOCKED = "locked"
    CANCELLED = "cancelled"
    BUSY = "busy"
    FORBIDDEN = "forbidden"
    ROWS_HIDDEN = "rows-hidden"
    SCHEMA_CHANGED = "schema-changed"
    SCHEMA_ABSENT = "schema-absent"
    TABLE_ABSENT = "table-absent"
    CONSTRAINT_UNKNOWN = "constraint-unknown"
    REPLICA_LAG = "replica-lag"
    NO_ID = "no-id"
    UNSUITABLE_ID = "unsuitable-id"
    PRISMA_8 = "prisma-8"


@dataclass(frozen=True, slots=True)
class Unavailable:
    """No answer, and why; the message holds no password and no URL with credentials."""

    kind: Kind
    message: str


@dataclass(frozen=True, slots=True)
class Definition:
    """Which tables and columns the constraint is about, and what it does on delete.

    `single`: a valid unique index on exactly the child's column lets each key stand in one row.
    `compulsory`: that column is NOT NULL.
    """

    child_schema: str
    child_table: str
    child_column: str
    parent_schema: str
    parent_table: str
    parent_column: str
    delete_action: str = "c"
    single: bool = False
    compulsory: bool = False

    @property
    def target(self) -> Target:
        """The parent as environments with schemas of their own can compare it."""
        own = self.parent_schema == self.child_schema
        return (None if own else self.parent_schema), self.parent_table


@dataclass(frozen=True, slots=True)
class Key:
    """A column that can be searched for an id, because an index leads with it."""

    table: rows.Table
    column: str
    type: tuple[str, str]
    columns: Mapping[str, str]

    @property
    def label(self) -> str:
        return f"{self.table.name}.{self.column}"


@dataclass(frozen=True, slots=True)
class Relation:
    """One of the constraint's two tables.

    `roles` are its columns by role, `columns` those of them that may be read. `row_key` is the
    column that tells its rows apart and its type, where that may be read and is indexed.
    `key_counted`: a sequence hands its keys out.
    """

    table: rows.Table
    key: str
    key_type: tuple[str, str]
    roles: Mapping[str, str]
    columns: Mapping[str, str]
    key_readable: bool
    key_indexed: bool
    key_unique: bool
    key_not_null: bool
    searchable: frozenset[str]
    row_key: RowKey | None = None
    key_counted: bool = False

    @property
    def label(self) -> str:
        return f"{self.table.name}.{self.key}"

    @property
    def forbidden(self) -> bool:
        return not self.key_readable

    @property
    def numbered(self) -> bool:
        """Whether ids are counted, so that the same one means another thing elsewhere."""
        return self.key_type[1] in ("int2", "int4", "int8")


@dataclass(frozen=True, slots=True)
class Schema:
    """The part of one environment's catalog that a look-up needs.

    `definition` is the environment's own, or the one other environments have where this one has
    lost the constraint (`borrowed`). `namesake` is a table that should be the parent and is not;
    `unclear` says why the environment's own constraint cannot be gone by. `links` are the columns
    of other tables that hold the parent's ids, by a foreign key or by their name only; `owned`
    those of any table that hold an owner's, whose table is `owners`. `alike` are the tables, in
    whatever schema and apart from the parent, that are called as the constraint or its column says.
    `row_keys` name, by a table's oid, a column that tells its rows apart, where one may be read.
    `comparable` are the columns, by a table's oid and their name, that may be read and compared.
    """

    server: rows.Server
    name: str
    definition: Definition | None
    borrowed: bool
    unclear: str | None
    foreign_keys: tuple[rows.ForeignKey, ...]
    tables: tuple[rows.Table, ...]
    parent: Relation | None
    child: Relation | None
    namesake: Relation | None
    owner: Key | None
    entities: tuple[Key, ...]
    carriers: tuple[Key, ...]
    unsearched: tuple[str, ...]
    ledger: rows.Table | None
    ledger_readable: bool
    ledger_logs_readable: bool
    links: tuple[Relation, ...] = ()
    owners: Relation | None = None
    owned: tuple[Relation, ...] = ()
    alike: tuple[rows.Table, ...] = ()
    row_keys: Mapping[int, RowKey] = field(default_factory=dict)
    comparable: Mapping[tuple[int, str], rows.Column] = field(default_factory=dict)

    @property
    def usable(self) -> bool:
        """Whether the role may use the schema: else a table that is not listed may be there."""
        listed = any(each.schema == self.name for each in self.tables)
        asked = self.server.default_schema == self.name
        return listed or (asked and self.server.schema_usable)


@dataclass(frozen=True, slots=True)
class Identity:
    """What tells two databases apart; the system identifier survives cloning."""

    system_identifier: str | None
    database_oid: int
    started_at: datetime | None
    schema: str


@dataclass(frozen=True, slots=True)
class EntityHit:
    """The id is the key of another table; `project_id` where that row names its project."""

    table: str
    column: str
    id: str
    project_id: str | None


@dataclass(frozen=True, slots=True)
class TraceHit:
    table: str
    column: str
    rows: int
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class Look:
    """Everything one environment said about one id, read in one snapshot.

    None means not asked: `projects` where the rows cannot be seen or no index answers, likewise
    `namesakes` (the rightful table's) where there is such a table,
    `deployments` where the child column has no index, `migrations` where there is no ledger, it
    cannot be read or Prisma 8 keeps one of its own, `owner_found` where the owners cannot be asked,
    `newest_deployment` where no error has a time, or no index answers, `near` and `by_prefix` where
    the id was one of many.
    `reduced` is why only the project itself was asked for, where one of the questions failed.
    """

    environment: Environment
    ms: float
    schema: Schema
    identity: Identity
    proof: rows.Proof
    projects: tuple[rows.Found, ...] | None = ()
    namesakes: tuple[rows.Found, ...] | None = ()
    deployments: tuple[rows.Deployment, ...] | None = ()
    entities: tuple[EntityHit, ...] = ()
    traces: tuple[TraceHit, ...] = ()
    near: tuple[rows.Project, ...] | None = ()
    by_prefix: tuple[rows.Project, ...] | None = ()
    sample_ids: tuple[str, ...] = ()
    owner_found: bool | None = None
    newest_deployment: rows.Newest | None = None
    foreign_keys: tuple[rows.ForeignKey, ...] = ()
    migrations: tuple[rows.Migration, ...] | None = None
    named_columns: tuple[rows.ColumnPresence, ...] | None = None
    unsearched: tuple[str, ...] = ()
    reduced: str | None = None

    @property
    def own_target(self) -> Target | None:
        """What the environment's own constraint points at."""
        definition = self.schema.definition
        return None if definition is None or self.schema.borrowed else definition.target


Answer = Look | Unavailable


class State(StrEnum):
    FOUND = "found"
    ABSENT = "absent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Presence:
    """Whether an environment has the project; `missing` are the legs that the proof lacks."""

    state: State
    project: rows.Project | None = None
    reason: Unavailable | None = None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Evidence:
    """All that the judges see; `owner_in_target` answers for the project found elsewhere.

    What is derived from it is kept: some forty judges ask for the same.
    """

    paste: Paste
    target: Environment
    answers: Mapping[Environment, Answer]
    constraint: str
    now: datetime
    race: timedelta = timedelta(seconds=10)
    replica_lag: timedelta = timedelta(seconds=60)
    migrations_folder: str | None = None
    expected_migrations: tuple[str, ...] | None = None
    owner_in_target: bool | None = None

    @cached_property
    def id(self) -> str | None:
        return self.paste.id.text if self.paste.id else None

    @cached_property
    def error(self) -> PastedError | None:
        return self.paste.error

    @cached_property
    def answer(self) -> Answer:
        return self.answers[self.target]

    @cached_property
    def look(self) -> Look | None:
        return self.answer if isinstance(self.answer, Look) else None

    def is_ours(self, constraint: str | None) -> bool:
        """Whether an error's constraint is the one looked into, under whatever name it has here."""
        names = {key.name for key in self.look.foreign_keys} if self.look else set()
        return constraint is None or constraint == self.constraint or constraint in names

    @cached_property
    def here(self) -> Presence:
        return self.presence(self.target)

    def deployments(self, look: Look) -> tuple[rows.Deployment, ...]:
        """Take the child rows of the id itself, not those of its other spellings."""
        if not look.deployments:
            return ()
        names = {self.id, *(each.id for each in look.projects or () if each.exact)}
        return tuple(each for each in look.deployments if each.project_id in names)

    @property
    def rightful(self) -> Target | None:
        """What most other environments' constraint points at, where the target's does not."""
        own = self.look.own_target if self.look else None
        others = [each.own_target for each in self.others if each.own_target]
        return rightful_target(own, others, self.constraint)

    @cached_property
    def found_elsewhere(self) -> tuple[Look, ...]:
        return tuple(
            look for look in self.others if self.presence(look.environment).state is State.FOUND
        )

    @cached_property
    def others(self) -> tuple[Look, ...]:
        """The environments, apart from the target, that answered."""
        return tuple(
            answer
            for environment, answer in self.answers.items()
            if environment != self.target and isinstance(answer, Look)
        )

    @cached_property
    def undetermined_elsewhere(self) -> tuple[Environment, ...]:
        return tuple(
            environment
            for environment in self.answers
            if environment != self.target and self.presence(environment).state is State.UNKNOWN
        )

    def presence(self, environment: Environment) -> Presence:
        return self._presences[environment]

    @cached_property
    def _presences(self) -> Mapping[Environment, Presence]:
        return {each: self._presence(answer) for each, answer in self.answers.items()}

    def _presence(self, answer: Answer) -> Presence:
        if isinstance(answer, Unavailable):
            return Presence(State.UNKNOWN, reason=answer)
        no_id = None if self.paste.id else Unavailable(Kind.NO_ID, "no ID was asked for")
        if reason := _without_table(answer) or no_id or _without_rows(answer):
            return Presence(State.UNKNOWN, reason=reason)
        if project := _exact(answer.projects):
            return Presence(State.FOUND, project=project, missing=_stale_legs(answer))
        if reason := _lagging(answer.proof, self.replica_lag):
            return Presence(State.UNKNOWN, reason=reason)
        return Presence(State.ABSENT, missing=_missing_legs(answer))


def rightful_target(own: Target | None, others: Sequence[Target], constraint: str) -> Target | None:
    """Return what most others point at, where that is another table; a name decides one to one."""
    if own is None or not others:
        return None
    usual, times = Counter(others).most_common(1)[0]
    word = pointed_at(constraint)
    mine, theirs = (each[1].lower() in (word, f"{word}s") for each in (own, usual))
    one_against_one = times == 1 and mine and not theirs
    return None if usual == own or one_against_one else usual


def _exact(projects: tuple[rows.Found, ...] | None) -> rows.Found | None:
    return next((project for project in projects or () if project.exact), None)


def _without_table(look: Look) -> Unavailable | None:
    """Say why the parent table was not found."""
    schema, name = look.schema, look.environment.name
    if not schema.server.schema_exists:
        return Unavailable(Kind.SCHEMA_ABSENT, f'{name} has no schema "{schema.name}"')
    if not schema.usable:
        words = f'the role may not use the schema "{schema.name}" in {name}'
        return Unavailable(Kind.FORBIDDEN, words)
    if schema.definition is None:
        return Unavailable(Kind.CONSTRAINT_UNKNOWN, _unknown_constraint(look))
    return _without_parent(look, schema.definition) if schema.parent is None else None


def _unknown_constraint(look: Look) -> str:
    why = look.schema.unclear or "it does not have the constraint"
    return f"in {look.environment.name} the tables are not known: {why}"


def _without_parent(look: Look, definition: Definition) -> Unavailable:
    """Tell a table that is not there from one whose schema the role may not use."""
    table, name = definition.parent_table, look.environment.name
    named = [key.parent_table for key in look.schema.foreign_keys]
    if not look.schema.borrowed and table in named:
        return Unavailable(Kind.FORBIDDEN, f'the role may not see the table "{table}" in {name}')
    return Unavailable(Kind.TABLE_ABSENT, f'{name} has no table "{table}"')


def _without_rows(look: Look) -> Unavailable | None:
    """Say why no row of the parent table could be seen, whether it is there or not."""
    parent, name = look.schema.parent, look.environment.name
    table = parent.table.name if parent else ""
    if parent is None or parent.forbidden or not look.proof.parent_readable:
        return Unavailable(Kind.FORBIDDEN, f'the role may not read "{table}" in {name}')
    if look.proof.row_security:
        return Unavailable(Kind.ROWS_HIDDEN, f'row security hides rows of "{table}" in {name}')
    if look.projects is None:
        return Unavailable(Kind.SLOW, f'no index answers for the key of "{table}" in {name}')
    return None


def _lagging(proof: rows.Proof, limit: timedelta) -> Unavailable | None:
    if not proof.in_recovery:
        return None
    behind = proof.replayed is not True
    old = proof.replay_age_s is not None and proof.replay_age_s > limit.total_seconds()
    if not behind and not old:
        return None
    age = "an unknown time" if proof.replay_age_s is None else f"{proof.replay_age_s:.0f} s"
    return Unavailable(Kind.REPLICA_LAG, f"a replica answered, and it is {age} behind its primary")


def _stale_legs(look: Look) -> tuple[str, ...]:
    standby = "a standby answered, not the primary"
    return (standby,) if look.proof.in_recovery else ()


def _missing_legs(look: Look) -> tuple[str, ...]:
    legs = (
        (look.proof.locked_by_migration, "a migration is running"),
        (
            not look.foreign_keys,
            "no foreign key names the table here; other environments told which one it is",
        ),
        (
            look.schema.namesake is not None and look.namesakes is None,
            "the table that the foreign key should point at could not be read",
        ),
    )
    return (*_stale_legs(look), *(words for missing, words in legs if missing))
