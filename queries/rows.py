"""What the queries return: one frozen value per row."""

from datetime import datetime
from typing import Any

from queries.records import dataclass, settle


def _as_tuples(row: Any, *names: str) -> None:
    """Keep as tuples what the driver reads as lists."""
    for name in names:
        settle(row, name, tuple(getattr(row, name)))


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A foreign key as pg_constraint and pg_trigger have it.

    `delete_action` is confdeltype: a = no action, r = restrict, c = cascade, n = set null,
    d = set default. The trigger flags are None where the key has no triggers (not enforced).
    """

    oid: int
    name: str
    child_oid: int
    child_schema: str
    child_table: str
    child_columns: tuple[str, ...]
    parent_oid: int
    parent_schema: str
    parent_table: str
    parent_columns: tuple[str, ...]
    delete_action: str
    validated: bool
    enforced: bool
    initially_deferred: bool
    child_triggers_on: bool | None
    parent_triggers_on: bool | None

    def __post_init__(self) -> None:
        _as_tuples(self, "child_columns", "parent_columns")


@dataclass(frozen=True, slots=True)
class ForeignKeyColumns:
    """The columns of a foreign key, in the order of the key, and the indexes that lead with them.

    `child_types` and `parent_types` are named without their schema, a domain as the type it is
    over; `parent_declared` is how the parent's columns are declared. `not_null`: all columns of the
    child are. `is_unique`: a usable index keeps each key in one row. `invalid` are indexes left
    behind half-built, `invalid_unique` those of them on exactly these columns that were to be
    unique. `definition` is the key as `alter table … add constraint` wants it.
    """

    oid: int
    child_types: tuple[str, ...]
    parent_types: tuple[str, ...]
    parent_declared: tuple[str, ...]
    not_null: bool
    is_unique: bool
    indexed: bool
    invalid: tuple[str, ...]
    invalid_unique: tuple[str, ...]
    child_partitioned: bool
    parent_partitioned: bool
    definition: str

    def __post_init__(self) -> None:
        _as_tuples(
            self, "child_types", "parent_types", "parent_declared", "invalid", "invalid_unique"
        )


@dataclass(frozen=True, slots=True)
class Table:
    """`estimate` is reltuples: -1 where the table was never analysed.

    `inherited`: other tables inherit from it, or did. `more_on_delete` and `more_on_update`:
    triggers of a user, or rules, do something more when its rows are deleted or changed.
    """

    oid: int
    schema: str
    name: str
    kind: str
    readable: bool
    row_security: bool
    estimate: float
    partition: bool = False
    inherited: bool = False
    more_on_delete: bool = False
    more_on_update: bool = False


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema; `usable` by this role, `usable_by_all` by whatever role there is."""

    name: str
    usable: bool
    usable_by_all: bool


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `indexed`: the first of a usable index, `is_unique`: alone in a unique one.

    `counted`: its values come from a sequence, of its own (identity) or by its default.
    """

    table_oid: int
    name: str
    type_schema: str
    type_name: str
    not_null: bool
    readable: bool
    indexed: bool
    is_unique: bool
    prefix_indexed: bool
    counted: bool


@dataclass(frozen=True, slots=True)
class Server:
    """The server and the session, as the catalog-only probe sees them."""

    version: str
    database: str
    database_oid: int
    started_at: datetime | None
    role: str
    default_schema: str | None
    schema_exists: bool
    schema_usable: bool
    system_identifier_readable: bool

    @property
    def major(self) -> int:
        return int(self.version.partition(".")[0].partition(" ")[0])


@dataclass(frozen=True, slots=True)
class SystemIdentifier:
    """Shared by a cluster and everything copied from it: replicas, clones, restored snapshots."""

    system_identifier: str


@dataclass(frozen=True, slots=True)
class DatabaseState:
    """What is the same only while nobody commits anything; the last field apart.

    `snapshot` is None where that cannot be told.
    """

    snapshot: str | None
    started_at: datetime
    database_oid: int
    connections_left: int


@dataclass(frozen=True, slots=True)
class Proof:
    """The legs of a proof that a row is absent, read in the same snapshot as the rows.

    `parent_named` and `child_named`: the names the rows are read by still mean the tables that the
    catalog was probed for. `replayed` and `replay_age_s` are None on a primary.
    `locked_by_migration` is Prisma's advisory lock 72707369, held in this database. `prisma_8`:
    Prisma 8 keeps the state of its migrations in this database, whatever the role may read;
    `locked_by_prisma_8`: it is migrating it.
    """

    as_of: datetime
    in_recovery: bool
    replayed: bool | None
    replay_age_s: float | None
    parent_named: bool
    child_named: bool
    parent_readable: bool
    row_security: bool
    locked_by_migration: bool
    prisma_8: bool
    locked_by_prisma_8: bool = False


@dataclass(frozen=True, slots=True)
class Project:
    """A row of the parent table; never more than these columns."""

    id: str
    name: str | None
    owner_id: str | None
    created_at: datetime | None
    updated_at: datetime | None
    deleted_at: datetime | None
    deleted: bool | None


@dataclass(frozen=True, slots=True)
class Found(Project):
    """A project found by id; `exact`: under the very id asked for, as its column compares."""

    exact: bool


@dataclass(frozen=True, slots=True)
class AskedProject(Project):
    """A project, beside a spelling that was asked for and is its own, as its column compares."""

    asked: str


@dataclass(frozen=True, slots=True)
class Deployment:
    """A row of the child table that carries the id."""

    id: str | None
    project_id: str
    owner_id: str | None
    created_at: datetime | None
    status: str | None


@dataclass(frozen=True, slots=True)
class AskedDeployment(Deployment):
    """A row of the child table, beside the spelling that it carries."""

    asked: str


@dataclass(frozen=True, slots=True)
class Entity:
    """An id, found as the key of some other table: `branch` says which one was asked."""

    branch: int
    id: str
    project_id: str | None
    asked: str


@dataclass(frozen=True, slots=True)
class Trace:
    """Rows that carry an id in a column no foreign key protects; `rows` stops at 1,000."""

    branch: int
    id: str
    rows: int
    last_at: datetime | None
    asked: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One of the spellings asked for, of which the statement says that it is so."""

    asked: str


@dataclass(frozen=True, slots=True)
class OtherCase:
    """Ids that differ from one in letter case only; `complete`: there can be no others."""

    complete: bool
    ids: tuple[str, ...]

    def __post_init__(self) -> None:
        _as_tuples(self, "ids")


@dataclass(frozen=True, slots=True)
class SampleId:
    id: str


@dataclass(frozen=True, slots=True)
class ColumnPresence:
    """A column of what an error text names; where not `exact`, it differs in letter case."""

    table_name: str
    column_name: str
    exact: bool


@dataclass(frozen=True, slots=True)
class Migration:
    """A row of _prisma_migrations; `error` is the first line of its logs, without row data."""

    name: str
    checksum: str
    started_at: datetime
    finished_at: datetime | None
    rolled_back_at: datetime | None
    applied_steps: int
    sqlstate: str | None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class ContractColumn:
    """A column of Prisma 8's own tables; `readable`: with all that is needed for it."""

    table_name: str
    column_name: str
    readable: bool


@dataclass(frozen=True, slots=True)
class ContractMarker:
    """At which contract the application, or an extension, is in this database."""

    space: str
    core_hash: str
    updated_at: datetime
    invariants: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ContractEdge:
    """A row of Prisma 8's ledger; `name` is empty where no migration was run, but `db update`."""

    space: str
    name: str
    hash: str
    origin: str | None
    destination: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Power:
    """Something the role could do beyond reading."""

    power: str
    object: str


@dataclass(frozen=True, slots=True)
class AnyRow:
    there: bool


@dataclass(frozen=True, slots=True)
class Newest:
    """When the newest row was made; None where there is no row."""

    at: datetime | None


@dataclass(frozen=True, slots=True)
class RowCount:
    rows: int


@dataclass(frozen=True, slots=True)
class DayCount:
    """Rows created on one UTC day; None for a day that Python cannot hold, as infinity is."""

    day: datetime | None
    rows: int


@dataclass(frozen=True, slots=True)
class CompositeIndex:
    """`columns` are those it is searched by, in their order."""

    table_oid: int
    columns: tuple[str, ...]
    is_unique: bool

    def __post_init__(self) -> None:
        _as_tuples(self, "columns")


@dataclass(frozen=True, slots=True)
class KeyShape:
    """The child's key column; the rest are ways past a foreign key that looks whole.

    `user_triggers` may swallow what the key does, `inheriting` tables are not covered by it, and
    what replication writes into `subscribed` tables is not checked.
    """

    not_null: bool
    user_triggers: tuple[str, ...]
    inheriting: int
    subscribed: bool

    def __post_init__(self) -> None:
        _as_tuples(self, "user_triggers")


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column as a copied row has to fit it; `labels` are those of its enum.

    `filled`: it has a default. `counted`: a sequence hands its values out, or an identity.
    """

    name: str
    type: str
    not_null: bool
    filled: bool
    generated: bool
    counted: bool
    labels: tuple[str, ...]

    def __post_init__(self) -> None:
        _as_tuples(self, "labels")


@dataclass(frozen=True, slots=True)
class InsertEffects:
    """What acts on a new row beyond keys and checks; `row_security`: policies, for whoever."""

    row_security: bool
    triggers: tuple[str, ...]

    def __post_init__(self) -> None:
        _as_tuples(self, "triggers")


@dataclass(frozen=True, slots=True)
class KeyIndex:
    """An index that leads with the key; `usable`: neither invalid nor still being built."""

    name: str
    alone: bool
    is_unique: bool
    usable: bool
    partial: bool


@dataclass(frozen=True, slots=True)
class Blocking:
    """What would stop a migration: how many, at most 1,001, and the first five ids."""

    rows: int
    first_ids: tuple[str, ...]

    def __post_init__(self) -> None:
        _as_tuples(self, "first_ids")


@dataclass(frozen=True, slots=True)
class Orphan:
    """A row that is an orphan candidate, with the project and the owner it names."""

    id: str | None
    project_id: str | None
    owner_id: str | None
    created_at: datetime | None
    updated_at: datetime | None
    status: str | None


@dataclass(frozen=True, slots=True)
class OrphanCount:
    """How many rows, and how many of each age: each counts what the ages before it do not."""

    as_of: datetime
    rows: int
    within_day: int
    within_week: int
    within_month: int
    within_quarter: int
    older: int
    undated: int


@dataclass(frozen=True, slots=True)
class OrphanSample:
    """How many rows were looked at, and how many of them are orphans."""

    as_of: datetime
    rows: int
    hits: int


@dataclass(frozen=True, slots=True)
class StatusValue:
    """`of_enum`: the column can say nothing but such values."""

    value: str
    of_enum: bool


@dataclass(frozen=True, slots=True)
class RowId:
    id: str


@dataclass(frozen=True, slots=True)
class Cascading:
    """A row that a foreign key ties to one that goes."""

    node: int
    id: str


@dataclass(frozen=True, slots=True)
class CascadeCount:
    """How many rows of a node: what becomes of the rows of one table."""

    node: int
    rows: int


@dataclass(frozen=True, slots=True)
class NullShare:
    as_of: datetime
    share: float


@dataclass(frozen=True, slots=True)
class Place:
    """The key at which a part of a table ends."""

    id: str


@dataclass(frozen=True, slots=True)
class LostId:
    """A project's id that rows point at."""

    id: str


@dataclass(frozen=True, slots=True)
class FailureColumn:
    """A column of a relation that may tell of failures; `points` at the parent, by key or name.

    `named`: the relation is one of those asked for by name. `family` is enum, moment, text or
    other; `labels` are an enum's. `indexed`: the first of a usable index.
    """

    table_oid: int
    schema: str
    table_name: str
    named: bool
    row_security: bool
    name: str
    family: str
    readable: bool
    points: bool
    indexed: bool
    type_schema: str
    type_name: str
    labels: tuple[str, ...]

    def __post_init__(self) -> None:
        _as_tuples(self, "labels")


@dataclass(frozen=True, slots=True)
class Logging:
    """What the server logs where; `tail_executable` is None where no function reads the log.

    `aborted_inserts` is an estimate, None where there are no statistics of the child.
    """

    collector: bool
    destination: str
    least: str
    language: str
    tail_executable: bool | None
    aborted_inserts: int | None
    counted_since: datetime | None


@dataclass(frozen=True, slots=True)
class LogReach:
    """How much of the server's log is read; `covered_from` is None where it is empty."""

    covered_from: datetime | None
    log_bytes: int | None
    read_bytes: int | None


@dataclass(frozen=True, slots=True)
class FailureCount:
    """Failures of a bucket and cause, of a cause, or of an id and code, as `level` says."""

    level: str
    bucket: datetime | None
    code: str | None
    constraint_name: str | None
    subject: str | None
    operation: str | None
    project_id: str | None
    failures: int
    ids: int
    first_at: datetime | None
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class IdFailures:
    """How often an id failed for one cause, and from when to when."""

    project_id: str
    code: str | None
    constraint_name: str | None
    subject: str | None
    operation: str | None
    failures: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class FailureRow:
    """One failure; `id` tells those of one moment apart."""

    id: str
    failed_at: datetime
    project_id: str | None
    code: str | None
    constraint_name: str | None
    subject: str | None
    operation: str | None


@dataclass(frozen=True, slots=True)
class CatalogHeld:
    """A relation or function that cannot be printed while somebody holds a relation for himself."""

    kind: str
    oid: int
    schema: str
    name: str


@dataclass(frozen=True, slots=True)
class TableLock:
    """Sessions that hold a table, or wait for it, with one mode.

    `longest_s` is how long the oldest of their transactions is open, None where that is hidden;
    `pid` and `application` are of that one.
    """

    oid: int
    mode: str
    granted: bool
    sessions: int
    longest_s: float | None
    pid: int
    application: str | None


@dataclass(frozen=True, slots=True)
class Transactions:
    """How many transactions are open, and the longest; `sees_all`: those of other roles, too."""

    sees_all: bool
    transactions: int
    longest_s: float | None
    pid: int | None
    application: str | None


@dataclass(frozen=True, slots=True)
class CatalogRelation:
    """A table, view or composite type; `kind` is relkind, `file` relfilenode.

    `estimate` is reltuples, `pages` relpages: what the planner knows of its size.
    """

    oid: int
    schema: str
    name: str
    kind: str
    persistence: str
    row_security: bool
    forced_row_security: bool
    options: tuple[str, ...]
    partition_key: str | None
    bound: str | None
    parents: tuple[str, ...]
    definition: str | None
    file: int
    estimate: float
    pages: int

    def __post_init__(self) -> None:
        _as_tuples(self, "options", "parents")


@dataclass(frozen=True, slots=True)
class CatalogColumn:
    """A column; `number` tells it apart whatever it is called.

    `type_kind` is typtype: e is an enum, d a domain. `collation_name` is None where it is the
    type's.
    """

    relation: int
    number: int
    schema: str
    table: str
    name: str
    type: str
    not_null: bool
    identity: str
    generated: str
    default_value: str | None
    collation_name: str | None
    type_oid: int
    type_kind: str


@dataclass(frozen=True, slots=True)
class CatalogIndex:
    """An index; `definition` is what comes after USING, `terms` are its columns as text.

    `numbers` are those of its columns, 0 for an expression.
    """

    oid: int
    relation: int
    schema: str
    table: str
    name: str
    is_unique: bool
    is_primary: bool
    nulls_not_distinct: bool
    valid: bool
    definition: str
    method: str
    numbers: tuple[int, ...]
    terms: tuple[str, ...]
    predicate: str | None
    exclusion: bool
    of_constraint: bool
    file: int
    pages: int

    def __post_init__(self) -> None:
        _as_tuples(self, "numbers", "terms")


@dataclass(frozen=True, slots=True)
class CatalogConstraint:
    """A constraint; `type` is contype, `match` confmatchtype.

    `checking`: none of its triggers is switched off.
    """

    oid: int
    relation: int
    schema: str
    table: str
    name: str
    type: str
    definition: str
    validated: bool
    is_deferrable: bool
    initially_deferred: bool
    enforced: bool
    checking: bool
    target: int
    match: str
    numbers: tuple[int, ...]
    target_numbers: tuple[int, ...]
    expression: str | None

    def __post_init__(self) -> None:
        _as_tuples(self, "numbers", "target_numbers")


@dataclass(frozen=True, slots=True)
class CatalogEnum:
    oid: int
    schema: str
    name: str
    labels: tuple[str, ...]

    def __post_init__(self) -> None:
        _as_tuples(self, "labels")


@dataclass(frozen=True, slots=True)
class CatalogDomain:
    oid: int
    schema: str
    name: str
    base: str
    not_null: bool
    default_value: str | None
    checks: tuple[str, ...]

    def __post_init__(self) -> None:
        _as_tuples(self, "checks")


@dataclass(frozen=True, slots=True)
class CatalogSequence:
    """A sequence; `owner` is the table whose column, `owner_number`, it goes with."""

    oid: int
    schema: str
    name: str
    type: str
    start: int
    increment: int
    lowest: int
    highest: int
    cache: int
    cycle: bool
    owner: int | None
    owner_number: int | None
    of_identity: bool


@dataclass(frozen=True, slots=True)
class CatalogFunction:
    """A function, procedure or aggregate; `whole` is None where no statement can be printed."""

    oid: int
    schema: str
    name: str
    identity: str
    kind: str
    language: str
    arguments: str
    result: str | None
    volatility: str
    strict: bool
    security_definer: bool
    config: tuple[str, ...]
    source: str | None
    whole: str | None

    def __post_init__(self) -> None:
        _as_tuples(self, "config")


@dataclass(frozen=True, slots=True)
class CatalogTrigger:
    oid: int
    relation: int
    schema: str
    table: str
    name: str
    enabled: str
    definition: str


@dataclass(frozen=True, slots=True)
class CatalogPolicy:
    schema: str
    table: str
    name: str
    command: str
    permissive: bool
    using_expression: str | None
    check_expression: str | None


@dataclass(frozen=True, slots=True)
class CatalogRule:
    schema: str
    table: str
    name: str
    enabled: str
    definition: str


@dataclass(frozen=True, slots=True)
class CatalogStatistics:
    schema: str
    name: str
    definition: str


@dataclass(frozen=True, slots=True)
class CatalogExtension:
    name: str
    schema: str
