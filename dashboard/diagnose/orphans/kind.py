"""What a kind of orphans is: everything that is done with one is derived from this."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from enum import StrEnum

from dashboard.diagnose.facts import Blocker, Relation
from dashboard.diagnose.finding import Severity
from dashboard.diagnose.nouns import ROWS, Nouns
from dashboard.diagnose.orphans.relationship import FAILED, ONGOING, OVER, Relationship, Roles
from queries.records import dataclass
from queries.rows import Table
from queries.text import Identifier, Only

ROLES = (
    *("id", "created_at", "updated_at", "deleted_at", "deleted", "accessed_at", "status", "error"),
)
DELETE = "delete from {counted} as d\nwhere\n    {condition};"
WITHOUT_PARENT, WITHOUT_KEY = "rows_without_parent", "rows_without_key"


class Cost(StrEnum):
    """What counting a kind exactly takes."""

    CATALOG = "reads only the catalog"
    PROBES = "reads only indexes"
    FIRST_HIT = "may scan the table once"
    SCAN = "scans the table once"


@dataclass(frozen=True, slots=True)
class Ages:
    """From when on something counts as forgotten or stuck."""

    undeployed: timedelta = timedelta(days=30)
    stuck: timedelta = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Cleanup:
    """How rows are removed or mended, once somebody has decided: `step` is what to see to first.

    `statement` is filled with the names and values of a column, and with the kind's `{condition}`;
    where the schema lacks one of them, `unless` says why there is no statement. Where not all rows
    are removed, `removed` is the stem of the .sql of those that are, and `blocker` what they block.
    """

    step: str
    title: str = ""
    statement: str = DELETE
    unless: str = ""
    removed: str | None = None
    blocker: Blocker | None = None

    @property
    def deletes(self) -> bool:
        return self.statement == DELETE


CLEARED = "update {counted} as d\nset {key} = null\nwhere\n    {condition};"
ASSIGNED = """update {counted} as d
set {key} = o.{projects_key}
from {projects} as o
where
    cast(o.{projects_key} as text) = 'RIGHT-ID'
    and {condition};"""


def reassigned(step: str) -> Cleanup:
    statement = """update {counted} as d
set {owner} = o.{parent_owner}
from {projects} as o
where
    o.{projects_key} = d.{project}
    and o.{parent_owner} is not null
    and {condition};"""
    unless = "The owners of the {parent.many} are unknown, so no statement is given."
    return Cleanup(step, "Give them to the {parent}'s owner", statement, unless)


Columns = Iterator["CountedColumn"]


def nowhere(relationship: Relationship, roles: Roles) -> Columns:
    """Yield no column: what is counted is not the rows of one."""
    yield from ()


@dataclass(frozen=True, slots=True)
class OrphanKind:
    """Rows that have lost, or never had, what they belong to.

    `label` is the kind's number in the list of kinds, `rows` what its candidates are called.
    `query` is the stem of the .sql that finds them, and `applies` yields the columns that it is
    asked of: where there is none, the schema does not have the kind, and lacks what `lacks` says.
    `grouped`: it finds one of all the rows of a key. Without a `cleanup` the rows may be wanted;
    `risk` is that of the clean-up. Its sentences are filled with the relationship's nouns.
    """

    code: str
    label: str
    title: str
    rows: str
    why: str
    severity: Severity
    cost: Cost
    query: str = ""
    applies: Callable[[Relationship, Roles], Columns] = nowhere
    cleanup: Cleanup | None = None
    risk: str = ""
    grouped: bool = False
    lacks: str = "the schema has no such columns"


@dataclass(frozen=True, slots=True)
class CountedColumn:
    """Rows of one table that are counted for a kind, by the column `counted.key`.

    `other` is the table that the key points at, or that points at it. `closed` is why it cannot
    be asked; `proven`, that the catalog rules such rows out. `project` and `owner` are the
    columns of the rows that name those, `owner_of_project` that of the projects' table `projects`.
    `found_by` is the stem of the .sql where that is not the kind's own. `failure` is how the rows'
    status says that something failed. `note` is what the count leaves out. `clearable`: the rows
    can do without the key. `assignable`: any number of them can have the same one. `nouns` are what
    the rows of the relationship are called.
    """

    kind: OrphanKind
    counted: Relation
    other: Relation | None = None
    project: str | None = None
    owner: str | None = None
    projects: Relation | None = None
    owner_of_project: str | None = None
    found_by: str | None = None
    proven: bool = False
    closed: str | None = None
    failure: str | None = None
    note: str | None = None
    clearable: bool = False
    assignable: bool = False
    nouns: Nouns = ROWS

    @property
    def query(self) -> str:
        return self.found_by or self.kind.query

    @property
    def label(self) -> str:
        return self.counted.label

    @property
    def to_projects(self) -> bool:
        """Whether the rows tell of projects that are not there."""
        return self.query == WITHOUT_PARENT and self.other == self.projects

    @property
    def title(self) -> str:
        """Name the column, and where its rows should have led."""
        if self.query == WITHOUT_KEY:
            return f"{self.label} is empty"
        if self.query == WITHOUT_PARENT and self.other:
            return f"{self.label} is in no row of {self.other.table.name}"
        return self.counted.table.name

    @property
    def names(self) -> Mapping[str, Identifier]:
        """What the identifiers of a kind's .sql and of a clean-up stand for."""
        counted, other = self.counted, self.other or self.counted
        projects = self.projects or other
        return {
            "counted": (counted.table.schema, counted.table.name),
            "key": counted.key,
            "project": self.project,
            "owner": self.owner,
            "parent": alone(other.table),
            "parent_key": other.key,
            "parent_type": other.plain_key.type if other.plain_key else None,
            "parent_owner": self.owner_of_project,
            "parent_deleted_at": other.columns.get("deleted_at"),
            "parent_deleted": other.columns.get("deleted"),
            "child": (other.table.schema, other.table.name),
            "child_key": other.key,
            "projects": alone(projects.table),
            "projects_key": projects.key,
            **{role: counted.columns.get(role) for role in ROLES},
        }


def values(ages: Ages) -> Mapping[str, timedelta | tuple[str, ...]]:
    """Give what the values of a kind's .sql are; a time is that long ago."""
    return {
        "before": ages.undeployed,
        "stuck_before": ages.stuck,
        "over": OVER,
        "ongoing": ONGOING,
        "failed": FAILED,
    }


def alone(table: Table) -> tuple[str, ...]:
    """Name a table as a foreign key sees it: partitions belong to it, inheriting tables do not."""
    qualified = (table.schema, table.name)
    return Only(qualified) if table.kind == "r" else qualified
