"""What is true of an environment, and of an id there: what asking makes, and judging takes."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from datetime import datetime
from difflib import get_close_matches
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import TypeVar

from dashboard.diagnose import words
from dashboard.diagnose.asked_ids import AskedIds
from dashboard.diagnose.finding import Fact, RelationshipName, columns_of
from dashboard.diagnose.nouns import Nouns
from dashboard.diagnose.paste import pointed_at
from dashboard.diagnose.relationship import ConstraintState, ForeignKeyState, majority
from dashboard.environments import Environment
from queries import rows
from queries.records import dataclass
from queries.text import KeyColumn, KeyColumns

Target = tuple[str | None, str]  # a table, with its schema where that is not the child's own
RowKey = tuple[str, tuple[str, str]]  # a column and its type
T = TypeVar("T")
MOST_NEAREST = 5
STANDBY = "a standby answered, not the primary"
MOST_ALIKE = 4096

# names in a ledger, and whether each came to an end
Applied = frozenset[tuple[str, bool]]


@lru_cache(maxsize=MOST_ALIKE)
def _one_of_equal(value: frozenset[T]) -> frozenset[T]:
    """Return the same object for equal values: hundreds are compared with one another."""
    return value


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
    """No answer, and why; the message holds no password and no URL with credentials.

    `sqlstate` is what the server said, if it was the server.
    """

    kind: Kind
    message: str
    sqlstate: str = field(default="", compare=False)


class TableAccess(StrEnum):
    """Whether a table of Prisma 8's can be read; older versions made it in another layout."""

    ABSENT = "absent"
    UNKNOWN_LAYOUT = "unknown-layout"
    FORBIDDEN = "forbidden"
    READABLE = "readable"


@dataclass(frozen=True, slots=True)
class ContractTables:
    """Prisma 8's own tables, by PostgreSQL's catalog."""

    marker: TableAccess = TableAccess.ABSENT
    ledger: TableAccess = TableAccess.ABSENT

    @property
    def absent(self) -> bool:
        return self.marker is self.ledger is TableAccess.ABSENT


@dataclass(frozen=True, slots=True)
class Definition:
    """Which tables and columns the constraint is about, and what it does on delete.

    The columns of both tables stand in the order of the constraint. `single`: a valid unique index
    on exactly the child's lets each key stand in one row. `compulsory`: they are NOT NULL.
    """

    child_schema: str
    child_table: str
    child_columns: tuple[str, ...]
    parent_schema: str
    parent_table: str
    parent_columns: tuple[str, ...]
    delete_action: str = "c"
    single: bool = False
    compulsory: bool = False

    def named(self, constraint: str) -> RelationshipName:
        return RelationshipName(
            constraint,
            columns_of(self.child_schema, self.child_table, self.child_columns),
            columns_of(self.parent_schema, self.parent_table, self.parent_columns),
        )

    @property
    def child(self) -> tuple[str, str, tuple[str, ...]]:
        """The columns that the constraint is on, with their schema and table."""
        return self.child_schema, self.child_table, self.child_columns

    @property
    def child_label(self) -> str:
        return f"{self.child_table}.{', '.join(self.child_columns)}"

    @property
    def target(self) -> Target:
        """The parent as environments with schemas of their own can compare it."""
        own = self.parent_schema == self.child_schema
        return (None if own else self.parent_schema), self.parent_table


@dataclass(frozen=True, slots=True)
class Key:
    """A column that can be searched for an id, because an index leads with it."""

    table: rows.Table
    column: KeyColumn
    columns: Mapping[str, str]

    @property
    def label(self) -> str:
        return f"{self.table.name}.{self.column.name}"


@dataclass(frozen=True, slots=True)
class Relation:
    """One of the constraint's two tables, with the columns that hold the relationship's ids.

    `roles` are its columns by role, `columns` those of them that may be read. `row_key` is the
    column that tells its rows apart and its type, where that may be read and is indexed.
    `key_counted`: a sequence hands its keys out.
    """

    table: rows.Table
    key: KeyColumns
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
        return f"{self.table.name}.{self.key.label}"

    @property
    def forbidden(self) -> bool:
        return not self.key_readable

    @property
    def numbered(self) -> bool:
        """Whether ids are counted, so that the same one means another thing elsewhere."""
        return all(each.type[1] in ("int2", "int4", "int8") for each in self.key)

    @property
    def key_type(self) -> tuple[str, str]:
        """Return the type of a plain key; an empty one where there is none."""
        return self.plain_key.type if self.plain_key else ("", "")

    @property
    def plain_key(self) -> KeyColumn | None:
        """Return its only column, where the built-in operators compare it: also with a list."""
        single = self.key.single
        return single if single and single.type[0] == "pg_catalog" else None


@dataclass(frozen=True, slots=True)
class Catalog:
    """What one environment's catalog says of the relationship that `constraint` names.

    `definition` is the environment's own, or the one other environments have where this one has
    lost the constraint (`borrowed`). `expected_parent` is a table that should be the parent and is
    not; `other_parents` are what the other foreign keys of the child's column point at, by the
    key's name, None where that cannot be seen; `unclear` says why the environment's own constraint
    cannot be gone by. `references` are the columns of other tables that hold the parent's ids, by
    a foreign key or by their name only; `owner_columns` those of any table that hold an owner's,
    whose table is `owners`. `same_named` are the tables, in whatever schema and apart from the
    parent, that are called as the constraint or its column says.
    `row_keys` name, by a table's oid, a column that tells its rows apart, where one may be read.
    `nouns` are what the rows of the two tables are called.
    `entities_left` name, by the reason, the columns that could hold an id and are not searched.
    `comparable` are the columns, by a table's oid and their name, that may be read and compared.
    """

    server: rows.Server
    name: str
    ledger_schema: str
    constraint: str
    definition: Definition | None
    borrowed: bool
    unclear: str | None
    foreign_keys: tuple[rows.ForeignKey, ...]
    tables: tuple[rows.Table, ...]
    parent: Relation | None
    child: Relation | None
    expected_parent: Relation | None
    owner: Key | None
    entities: tuple[Key, ...]
    unguarded_references: tuple[Key, ...]
    unsearched: tuple[str, ...]
    ledger: rows.Table | None
    ledger_readable: bool
    ledger_logs_readable: bool
    nouns: Nouns
    references: tuple[Relation, ...] = ()
    owners: Relation | None = None
    owner_columns: tuple[Relation, ...] = ()
    renamed_parent: Relation | None = None
    rivals: tuple[Relation, ...] = ()
    other_parents: Mapping[str, Relation | None] = field(default_factory=dict)
    row_keys: Mapping[int, RowKey] = field(default_factory=dict)
    comparable: Mapping[tuple[int, str], rows.Column] = field(default_factory=dict)
    entities_left: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    contract: ContractTables = ContractTables()

    @property
    def nearest_keys(self) -> tuple[str, ...]:
        """Name a few foreign keys, those first that are called most like the constraint."""
        names = sorted({key.name for key in self.foreign_keys})
        nearest = get_close_matches(self.constraint, names, MOST_NEAREST, cutoff=0.5)
        return tuple(dict.fromkeys((*nearest, *names)))[:MOST_NEAREST]

    @property
    def own_parent(self) -> Relation | None:
        """The application's own parent table, even where the key points at another."""
        return self.expected_parent or self.parent

    @property
    def rightful_parents(self) -> tuple[Relation, ...]:
        """Return the tables that the constraint may be meant to point at, and does not."""
        found = filter(None, (self.expected_parent, self.renamed_parent, *self.rivals))
        return tuple({each.table.oid: each for each in found}.values())

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

    @property
    def known(self) -> bool:
        return bool(self.system_identifier or self.started_at)

    @property
    def lineage(self) -> tuple[str, int, str] | None:
        """What clones of it have, too; None where it is not known which server this is."""
        if not self.system_identifier or self.started_at is None:
            return None
        return self.system_identifier, self.database_oid, self.schema


@dataclass(frozen=True, slots=True)
class EntityHit:
    """The id is the key of another table; `project_id` where that row names its project.

    `of_parent`: it is the parent's own row, whose key is another column (`project_id`).
    """

    table: str
    column: str
    id: str
    project_id: str | None
    of_parent: bool = False


@dataclass(frozen=True, slots=True)
class TraceHit:
    table: str
    column: str
    rows: int
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class ParentShape:
    """What decides whether a row that is copied fits into the parent table."""

    columns: tuple[rows.TableColumn, ...]
    effects: rows.InsertEffects


class Blocker(StrEnum):
    """Rows that stop a constraint that is made anew, by SQLSTATE."""

    NULL = "23502"
    DUPLICATE = "23505"
    DANGLING = "23503"


@dataclass(frozen=True, slots=True)
class Sample:
    """`projects` are those with the last keys, None where keys cannot be compared elsewhere.

    `filled` are other tables of the same name that hold rows, `unseen` those not looked into.
    """

    empty: bool
    projects: tuple[rows.Project, ...] | None
    filled: tuple[rows.Table, ...] = ()
    unseen: tuple[rows.Table, ...] = ()


@dataclass(frozen=True, slots=True)
class Shared:
    """Which ids of other environments were looked for here, and the projects that have them."""

    asked: AskedIds | frozenset[str]
    found: tuple[rows.Project, ...]


@dataclass(frozen=True)
class EnvironmentFacts:
    """What is true of one environment, whatever is asked.

    `foreign_keys` are those of the child's column, read beside the rows. None means not asked:
    `migrations` where there is no ledger or it cannot be read, `markers` and `contract_edges`,
    which are Prisma 8's, where they cannot be read, `newest_deployment` where no error has a time,
    or no index answers. `reduced` is why only the rows of an id were asked for, where one of the
    questions failed.

    A check asks besides, and a look-up does not: `column` and `indexes` of the child's key, a
    `sample` of its projects, and which of the others' samples are here, too (`shared`); and
    `all_keys`, whatever tables they are of.
    """

    environment: Environment
    ms: float
    catalog: Catalog
    identity: Identity
    proof: rows.Proof
    foreign_keys: tuple[rows.ForeignKey, ...] = ()
    migrations: tuple[rows.Migration, ...] | None = None
    markers: tuple[rows.ContractMarker, ...] | None = ()
    contract_edges: tuple[rows.ContractEdge, ...] | None = ()
    sample_ids: tuple[str, ...] = ()
    newest_deployment: rows.Newest | None = None
    unsearched: tuple[str, ...] = ()
    reduced: str | None = None
    column: rows.KeyShape | None = None
    indexes: tuple[rows.KeyIndex, ...] = ()
    sample: Sample | Unavailable | None = None
    shared: Shared | Unavailable | None = None
    all_keys: tuple[ForeignKeyState, ...] | None = None

    @property
    def name(self) -> str:
        return self.environment.name

    @cached_property
    def applied(self) -> Applied | None:
        """Name what stands in the ledger, and whether it came to an end; None without a ledger."""
        if self.migrations is None:
            return None
        live = (each for each in self.migrations if each.rolled_back_at is None)
        return _one_of_equal(frozenset((each.name, each.finished_at is not None) for each in live))

    @property
    def keys_compared(self) -> bool:
        """Whether its foreign keys can be compared with those of others."""
        return self.all_keys is not None and not self.proof.prisma_8  # whose ledger is not read

    @cached_property
    def key_schemas(self) -> frozenset[str]:
        """Name the schemas that have foreign keys, else the one that is looked into."""
        found = frozenset(each.key.child_schema for each in self.all_keys or ())
        return found or frozenset({self.catalog.name})

    @cached_property
    def guards(self) -> frozenset[object]:
        """What is compared of its foreign keys."""
        return _one_of_equal(frozenset(self._guards(None)))

    @cached_property
    def guards_of_one_schema(self) -> frozenset[object]:
        """The same, however its one schema is called."""
        (own,) = self.key_schemas
        return _one_of_equal(frozenset(self._guards(own)))

    def _guards(self, unnamed: str | None) -> Iterator[object]:
        def called(schema: str) -> str | None:
            return None if schema == unnamed else schema

        if definition := self.catalog.definition:
            yield called(definition.child_schema), *definition.child[1:]
        for key in self.keys:
            yield called(key.child_schema), key.child_table, key.child_columns
        for each in self.all_keys or ():
            key, columns = each.key, each.columns
            child = called(key.child_schema), key.child_table, key.child_columns
            parent = called(key.parent_schema), key.parent_table, key.parent_columns
            yield child, parent, key.delete_action, columns.not_null, columns.is_unique

    @property
    def ledger(self) -> tuple[rows.Migration, ...] | None:
        """The ledger of Prisma 7 and older, where Prisma 8 does not keep the migrations."""
        return None if self.proof.prisma_8 else self.migrations

    @property
    def by_prisma_8(self) -> bool:
        """Whether this environment alone shows that Prisma 8 owns its migrations."""
        alone = bool(self.markers) and self.catalog.ledger is None
        return bool(self.contract_edges) or alone

    @property
    def migrating(self) -> str | None:
        """Name the lock that is held while migrations run."""
        if self.proof.locked_by_prisma_8:
            return "Prisma 8's migration lock (prisma_8.contract.marker)"
        return "Prisma's migration lock (72707369)" if self.proof.locked_by_migration else None

    @property
    def own_target(self) -> Target | None:
        """What the environment's own constraint points at."""
        definition = self.catalog.definition
        return None if definition is None or self.catalog.borrowed else definition.target

    @cached_property
    def keys(self) -> tuple[rows.ForeignKey, ...]:
        """Return the foreign keys on exactly the child's key columns."""
        child = self.catalog.child
        if child is None:
            return ()
        return tuple(
            key
            for key in self.foreign_keys
            if key.child_oid == child.table.oid and key.child_columns == child.key.names
        )

    @property
    def key(self) -> rows.ForeignKey | None:
        named = (key for key in self.keys if key.name == self.catalog.constraint)
        return next(named, next(iter(self.keys), None))

    @property
    def ends(self) -> tuple[Relation, Relation] | None:
        """Return the two tables the constraint is between, where both are there."""
        child, parent = self.catalog.child, self.catalog.own_parent
        return (child, parent) if child and parent else None

    @cached_property
    def constraint(self) -> ConstraintState | None:
        """Judge by state; None where the column is not there or was not asked for."""
        if self.column is None or self.catalog.child is None:
            return None
        return ConstraintState.of(self.key, self.column, self.indexes)

    @property
    def not_null(self) -> bool:
        """Whether the child's key columns are NOT NULL."""
        if self.column is not None:
            return self.column.not_null
        return bool(self.catalog.child and self.catalog.child.key_not_null)

    @cached_property
    def unproven(self) -> tuple[str, ...]:
        """List what a proof lacks that no row of the parent table has an id, whichever it is."""
        conditions = (
            (self.proof.in_recovery, STANDBY),
            (self.migrating is not None, "a migration is running"),
            (
                not self.foreign_keys,
                "no foreign key names the table here; we took it from other environments",
            ),
        )
        return tuple(condition for missing, condition in conditions if missing)

    @cached_property
    def without_table(self) -> Unavailable | None:
        """Say why the parent table was not found."""
        catalog, definition = self.catalog, self.catalog.definition
        if not catalog.server.schema_exists:
            return Unavailable(Kind.SCHEMA_ABSENT, f'{self.name} has no schema "{catalog.name}"')
        if not catalog.usable:
            why = f'the role may not use the schema "{catalog.name}" in {self.name}'
            return Unavailable(Kind.FORBIDDEN, why)
        if definition is None:
            return Unavailable(Kind.CONSTRAINT_UNKNOWN, self._unknown_constraint)
        return self._without_parent(definition) if catalog.parent is None else None

    @property
    def _unknown_constraint(self) -> str:
        none = "it has no foreign keys" if not self.catalog.foreign_keys else None
        why = self.catalog.unclear or none or "it does not have the constraint"
        return f"the tables in {self.name} are unknown: {why}"

    def _without_parent(self, definition: Definition) -> Unavailable:
        """Tell a table that is not there from one whose schema the role may not use."""
        table, named = definition.parent_table, [k.parent_table for k in self.catalog.foreign_keys]
        if not self.catalog.borrowed and table in named:
            why = f'the role may not see the table "{table}" in {self.name}'
            return Unavailable(Kind.FORBIDDEN, why)
        return Unavailable(Kind.TABLE_ABSENT, f'{self.name} has no table "{table}"')

    @cached_property
    def without_rows(self) -> Unavailable | None:
        """Say why no row of the parent table could be seen, whether it is there or not."""
        parent = self.catalog.parent
        table = parent.table.name if parent else ""
        if parent is None or parent.forbidden or not self.proof.parent_readable:
            return Unavailable(Kind.FORBIDDEN, f'the role may not read "{table}" in {self.name}')
        if self.proof.row_security:
            why = f'row security hides rows of "{table}" in {self.name}'
            return Unavailable(Kind.ROWS_HIDDEN, why)
        return None

    @property
    def doubts(self) -> tuple[str, ...]:
        """Say what may let orphans past a foreign key that looks whole."""
        column, child = self.column, self.catalog.child
        if column is None or child is None:
            return ()
        table, triggers = child.table.name, words.listed(column.user_triggers)
        reasons = (
            (
                column.user_triggers,
                f'triggers on "{table}" may override the key: {triggers}',
            ),
            (column.inheriting, f'the key does not cover tables that inherit from "{table}"'),
            (column.subscribed, "logical replication writes to these tables unchecked"),
        )
        return tuple(sentence for applies, sentence in reasons if applies)

    @property
    def proven(self) -> bool:
        """Whether the catalog alone rules orphans out, for every row written under the key.

        | sound | points at the right table | doubts | proven |
        | ----- | ------------------------- | ------ | ------ |
        | yes   | yes                       | none   | yes    |
        | any other                                 ||| no     |
        """
        state = self.constraint
        if state is None or self.catalog.expected_parent is not None:
            return False
        return state.sound and not self.doubts

    def fact(self, sentence: str, query: str) -> Fact:
        return Fact(self.name, sentence, query, self.proof.as_of, round(self.ms, 1))


@dataclass(frozen=True, slots=True)
class IdFacts:
    """What is true of one id in one environment, read in one snapshot with `facts`.

    None means not asked: `projects` where the rows cannot be seen or no index answers, likewise
    `rightful_projects` (those of the catalog's rightful parents, by a table's oid), `deployments`
    where the child column has no index, `owner_found` where the owners cannot be asked, `near` and
    `by_prefix` where the id was one of many, `named_columns` where no error names what it misses.
    `other_parents` says by the name of each other foreign key on the child's column whether the
    table it points at has the id, None where that cannot be asked. `other_case` are the ids that
    differ in letter case only. `unsearched` says what could hold the id, or one that is like it,
    and was not searched.
    """

    facts: EnvironmentFacts
    projects: tuple[rows.Found, ...] | None = ()
    deployments: tuple[rows.Deployment, ...] | None = ()
    entities: tuple[EntityHit, ...] = ()
    traces: tuple[TraceHit, ...] = ()
    near: tuple[rows.Project, ...] | None = ()
    by_prefix: tuple[rows.Project, ...] | None = ()
    owner_found: bool | None = None
    rightful_projects: Mapping[int, tuple[rows.Found, ...] | None] = field(default_factory=dict)
    other_parents: Mapping[str, bool | None] = field(default_factory=dict)
    named_columns: tuple[rows.ColumnPresence, ...] | None = None
    other_case: rows.OtherCase | None = None
    unsearched: tuple[str, ...] = ()

    @property
    def environment(self) -> Environment:
        return self.facts.environment

    @property
    def rightful_parent(self) -> Relation | None:
        """Return the first table that has the id and that the constraint may be meant to name."""
        for each in self.catalog.rightful_parents:
            if any(row.exact for row in self.rightful_projects.get(each.table.oid) or ()):
                return each
        return None

    @property
    def catalog(self) -> Catalog:
        return self.facts.catalog


Answer = IdFacts | Unavailable


def expected_parent(
    facts: EnvironmentFacts | None, others: Iterable[Target | None]
) -> Target | None:
    """Return what the constraint should point at by what it points at in other environments.

    A table is rightful that is called as the constraint says, better still in the child's schema;
    of two such tables the one that more environments have.

    | theirs, the most rightful      | how many of the others have it | expected |
    | ------------------------------ | ------------------------------ | -------- |
    | is more rightful than one's own| any number                     | theirs   |
    | as rightful                    | more than have one's own       | theirs   |
    | as rightful                    | another one is as frequent     | -        |
    | less rightful                  | any number                     | -        |
    """
    own = facts.own_target if facts else None
    counted = Counter(filter(None, others))
    if facts is None or own is None or not counted:
        return None
    word = pointed_at(facts.catalog.constraint)

    def rightfulness(target: Target) -> tuple[bool, bool]:
        schema, table = target
        return table.lower() in (word, f"{word}s"), schema is None

    best = max(map(rightfulness, counted))
    usual = majority(target for target in counted.elements() if rightfulness(target) == best)
    if usual is None or usual == own or best < rightfulness(own):
        return None
    more_frequent = counted[usual] > counted[own]
    return usual if more_frequent or best > rightfulness(own) else None
