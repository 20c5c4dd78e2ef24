"""What has to be counted in one environment: what its schema has and its catalog leaves open."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from dashboard.diagnose.evidence import Definition, Relation, Unavailable
from dashboard.diagnose.health.checks.shape import Inspection, Outline, Unique, proven
from dashboard.diagnose.orphans import kinds
from dashboard.diagnose.orphans.kinds import Kind
from queries.rows import ForeignKey, KeyShape, StatusValue

TEXT_TYPES = ("text", "varchar", "bpchar")
FILES = re.compile(r"upload|file|attachment|asset|media|blob|image", re.IGNORECASE)
# how applications call what is over, under way or failed, in upper case
OVER = (
    *("DELETED", "DELETING", "REMOVED", "DESTROYED", "TERMINATED", "STOPPED", "CANCELLED"),
    *("CANCELED", "ARCHIVED", "DISABLED", "INACTIVE", "EXPIRED"),
    *("FAILED", "FAILURE", "ERROR", "ERRORED"),
)
ONGOING = (
    *("DEPLOYING", "PENDING", "QUEUED", "BUILDING", "CREATING", "STARTING", "PROVISIONING"),
    *("PROCESSING", "UPLOADING", "IN_PROGRESS", "INITIALIZING"),
)
FAILED = ("ERROR", "ERRORED", "FAILED", "FAILURE")


# what only something that is deployed says of itself
_DEPLOYING = re.compile(
    r"DEPLOY|BUILDING|BUILD_FAILED|PROVISION|ROLLED_BACK|TERMINATED", re.IGNORECASE
)
Statuses = Mapping[int, tuple[StatusValue, ...] | Unavailable]
Obstacle = str | None


class Form(StrEnum):
    """How rows of a kind are told: each is one query."""

    WITHOUT_PARENT = "rows_without_parent"
    WITHOUT_KEY = "rows_without_key"
    SEVERAL = "keys_in_several_rows"
    UNDEPLOYED = "projects_undeployed"
    DIFFERING = "owners_differing"
    LEFT_OVER = "services_left_over"
    STUCK = "rows_stuck"
    OF_DELETED = "children_of_deleted"
    NOT_ACCESSED = "rows_not_accessed"


@dataclass(frozen=True, slots=True)
class Question:
    """Rows of one table that are counted for a kind, by the column `counted.key`.

    `other` is the table that the key points at, or that points at it. `closed` is why it cannot
    be asked; `proven`, that the catalog rules such rows out. `project` and `owner` are the
    columns of the rows that name those, `parent_owner` that of the projects' table `parent`.
    `failure` is how the rows' status says that something failed. `note` is what the count
    leaves out.
    """

    kind: Kind
    form: Form
    counted: Relation
    other: Relation | None = None
    project: str | None = None
    owner: str | None = None
    parent: Relation | None = None
    parent_owner: str | None = None
    proven: bool = False
    closed: str | None = None
    failure: str | None = None
    note: str | None = None

    @property
    def label(self) -> str:
        return self.counted.label


@dataclass(frozen=True, slots=True)
class Cardinality:
    """What any environment that answered, or the strict migration, makes of the child's key.

    `single`: it stands in one row at most. `compulsory`: no row is without it.
    """

    single: bool = False
    compulsory: bool = False

    @classmethod
    def of(cls, definitions: Sequence[Definition], strict: Outline | None) -> "Cardinality":
        single = any(each.single for each in definitions)
        compulsory = any(each.compulsory for each in definitions)
        if strict is None:
            return cls(single, compulsory)
        return cls(single or strict.unique is Unique.VALID, compulsory or strict.not_null)


@dataclass(frozen=True, slots=True)
class Grounds:
    """What the catalog says, read just now; `shapes` by a table's oid and a column.

    `statuses` are what the status columns of tables say, by oid: those whose rows may be seen.
    """

    inspection: Inspection
    foreign_keys: tuple[ForeignKey, ...]
    shapes: Mapping[tuple[int, str], KeyShape]
    cardinality: Cardinality
    statuses: Statuses

    @property
    def child(self) -> Relation:
        return self._ends[0]

    @property
    def parent(self) -> Relation:
        return self._ends[1]

    @property
    def _ends(self) -> tuple[Relation, Relation]:
        if self.inspection.ends is None:
            raise ValueError("without both tables there is nothing to ask")
        return self.inspection.ends

    @property
    def links(self) -> tuple[Relation, ...]:
        return self.inspection.schema.links

    @property
    def owners(self) -> Relation | None:
        return self.inspection.schema.owners

    def owned(self, table: Relation) -> Relation | None:
        """Return a table by the column that says whose its rows are."""
        owned = self.inspection.schema.owned
        return next((each for each in owned if each.table.oid == table.table.oid), None)

    def project_column(self, relation: Relation) -> str | None:
        """Name the column of a table that holds a project's id."""
        pointing = (relation, self.child, self.parent, *self.links)
        known = (each for each in pointing if each in pointing[1:] and each.key_readable)
        return next((each.key for each in known if _same(each, relation)), None)

    def deployed(self, relation: Relation) -> bool | None:
        """Whether a table's status tells of a deployment's life; None where it could not be read.

        A column that is called status makes no service of a table: invoices have one, too.
        """
        values = self.statuses.get(relation.table.oid)
        if isinstance(values, Unavailable):
            return None
        return any(_DEPLOYING.search(each.value) for each in values or ())

    def failure(self, relation: Relation) -> str | None:
        """Spell a failure as a table's status does; None where it can say none that is known."""
        values = self.statuses.get(relation.table.oid)
        known = () if values is None or isinstance(values, Unavailable) else values
        spelled = {each.value.upper(): each.value for each in known}
        usual = None if any(each.of_enum for each in known) else FAILED[0]
        return next((spelled[each] for each in FAILED if each in spelled), usual)

    def guarded(self, relation: Relation, other: Relation) -> bool:
        """Whether a foreign key rules out that the column holds what the other table does not."""
        pointing = [key for key in self.foreign_keys if key.parent_oid == other.table.oid]
        schema = replace(self.inspection.schema, child=relation, parent=other, namesake=None)
        shape = self.shapes.get((relation.table.oid, relation.key))
        there = replace(self.inspection, schema=schema, column=shape, indexes=())
        return any(proven(replace(there, foreign_keys=(key,))) for key in pointing)


def questions(grounds: Grounds) -> tuple[Question, ...]:
    """List what the schema has, kind by kind; a kind without a question is not in this schema."""
    found = {
        kinds.GHOST_CHILD: _ghosts,
        kinds.UNOWNED_DEPLOYMENT: _without_project,
        kinds.DUPLICATE_OWNER: _duplicates,
        kinds.UNDEPLOYED_PROJECT: _undeployed,
        kinds.OWNERLESS_PROJECT: _ownerless_projects,
        kinds.OWNERLESS_DEPLOYMENT: _ownerless_deployments,
        kinds.OWNER_MISMATCH: _mismatched,
        kinds.SOFT_LINK_GHOST: _soft_links,
        kinds.SERVICE_LEFTOVER: _leftovers,
        kinds.STUCK: _stuck,
        kinds.DEAD_FILE_UPLOAD: _files,
        kinds.SOFT_DELETED_PARENT: _of_deleted,
        kinds.NEVER_ACCESSED: _not_accessed,
    }
    return tuple(_named(question, grounds) for ask in found.values() for question in ask(grounds))


def _named(question: Question, grounds: Grounds) -> Question:
    owned, parents = grounds.owned(question.counted), grounds.owned(grounds.parent)
    return replace(
        question,
        project=grounds.project_column(question.counted),
        owner=owned.key if owned and owned.key_readable else None,
        parent=grounds.parent,
        parent_owner=parents.key if parents and parents.key_readable else None,
    )


def _ghosts(grounds: Grounds) -> Iterator[Question]:
    child, parent = grounds.child, grounds.parent
    yield _pointing(kinds.GHOST_CHILD, child, parent, proven=proven(grounds.inspection))


def _without_project(grounds: Grounds) -> Iterator[Question]:
    """Where the key may be empty everywhere, a row without one lacks nothing."""
    shape, child = grounds.inspection.shape, grounds.child
    if not grounds.cardinality.compulsory:
        return
    yield _asked(
        Question(kinds.UNOWNED_DEPLOYMENT, Form.WITHOUT_KEY, child),
        proven=bool(shape and shape.not_null),
        reads=_keys(child),
    )


def _duplicates(grounds: Grounds) -> Iterator[Question]:
    """Where no key is unique anywhere, several rows of one key are what the schema is for."""
    shape, child = grounds.inspection.shape, grounds.child
    if not grounds.cardinality.single:
        return
    column = grounds.inspection.column
    unique = bool(shape and shape.unique is Unique.VALID and column and not column.inheriting)
    yield _asked(
        Question(kinds.DUPLICATE_OWNER, Form.SEVERAL, child), proven=unique, reads=_keys(child)
    )


def _undeployed(grounds: Grounds) -> Iterator[Question]:
    child, parent = grounds.child, grounds.parent
    yield _asked(
        Question(kinds.UNDEPLOYED_PROJECT, Form.UNDEPLOYED, parent, child),
        reads=(
            *_keys(parent, child),
            *_roles(parent, "created_at"),
            *_known(parent, "deleted_at"),
            *_comparable(parent, child),
        ),
    )


def _ownerless_projects(grounds: Grounds) -> Iterator[Question]:
    yield from _owner_gone(grounds, kinds.OWNERLESS_PROJECT, grounds.owned(grounds.parent))


def _ownerless_deployments(grounds: Grounds) -> Iterator[Question]:
    owned = grounds.owned(grounds.child)
    yield from _owner_gone(grounds, kinds.OWNERLESS_DEPLOYMENT, owned)
    if owned:
        shape = grounds.shapes.get((owned.table.oid, owned.key))
        yield _asked(
            Question(kinds.OWNERLESS_DEPLOYMENT, Form.WITHOUT_KEY, owned),
            proven=bool(shape and shape.not_null),
            reads=_keys(owned),
        )


def _files(grounds: Grounds) -> Iterator[Question]:
    own = {grounds.child.table.oid, grounds.parent.table.oid}
    for owned in grounds.inspection.schema.owned:
        if owned.table.oid not in own and FILES.search(owned.table.name):
            yield from _owner_gone(grounds, kinds.DEAD_FILE_UPLOAD, owned)


def _owner_gone(grounds: Grounds, kind: Kind, owned: Relation | None) -> Iterator[Question]:
    if owned is not None and grounds.owners is not None:
        guarded = grounds.guarded(owned, grounds.owners)
        yield _pointing(kind, owned, grounds.owners, proven=guarded)


def _mismatched(grounds: Grounds) -> Iterator[Question]:
    child, parent = grounds.child, grounds.parent
    mine, theirs = grounds.owned(child), grounds.owned(parent)
    if mine and theirs:
        question = Question(kinds.OWNER_MISMATCH, Form.DIFFERING, child, parent)
        reads = (*_keys(child, parent, mine, theirs), *_comparable(mine, theirs))
        yield _asked(question, reads=reads)


def _soft_links(grounds: Grounds) -> Iterator[Question]:
    for link in grounds.links:
        guarded = grounds.guarded(link, grounds.parent)
        yield _pointing(kinds.SOFT_LINK_GHOST, link, grounds.parent, proven=guarded)


def _leftovers(grounds: Grounds) -> Iterator[Question]:
    parent = grounds.parent
    for link in grounds.links:
        if _lives(grounds, link):
            yield _asked(
                Question(kinds.SERVICE_LEFTOVER, Form.LEFT_OVER, link, parent),
                reads=(
                    *_keys(link, parent),
                    *_roles(link, "status"),
                    *_told(grounds, link),
                    *_known(parent, "deleted_at"),
                    *_comparable(link, parent),
                ),
            )


def _stuck(grounds: Grounds) -> Iterator[Question]:
    for table in (grounds.child, *grounds.links):
        timed = "updated_at" if "updated_at" in table.roles else "created_at"
        if _lives(grounds, table) and timed in table.roles:
            unread = "error" in table.roles and "error" not in table.columns
            note = (
                f"{table.table.name}: error texts may not be read, only times" if unread else None
            )
            failure = grounds.failure(table)
            yield _asked(
                Question(kinds.STUCK, Form.STUCK, table, failure=failure, note=note),
                reads=(*_seen(table), *_roles(table, "status", timed), *_told(grounds, table)),
            )


def _lives(grounds: Grounds, table: Relation) -> bool:
    """Whether its status tells of a deployment's life, or may: where it may not be read."""
    if "status" not in table.roles:
        return False
    unseen = "status" not in table.columns or table.table.row_security
    return unseen or grounds.deployed(table) is not False


def _told(grounds: Grounds, table: Relation) -> tuple[Obstacle, ...]:
    values = grounds.statuses.get(table.table.oid)
    if not isinstance(values, Unavailable):
        return ()
    return (f"what the status of {table.table.name} says was not read: {values.message}",)


def _of_deleted(grounds: Grounds) -> Iterator[Question]:
    child, parent = grounds.child, grounds.parent
    if "deleted_at" in parent.roles:
        yield _asked(
            Question(kinds.SOFT_DELETED_PARENT, Form.OF_DELETED, child, parent),
            reads=(*_keys(child, parent), *_roles(parent, "deleted_at")),
        )


def _not_accessed(grounds: Grounds) -> Iterator[Question]:
    child = grounds.child
    if "accessed_at" in child.roles and "created_at" in child.roles:
        yield _asked(
            Question(kinds.NEVER_ACCESSED, Form.NOT_ACCESSED, child),
            reads=(*_seen(child), *_roles(child, "accessed_at", "created_at")),
        )


def _pointing(kind: Kind, relation: Relation, other: Relation, *, proven: bool) -> Question:
    return _asked(
        Question(kind, Form.WITHOUT_PARENT, relation, other),
        proven=proven,
        reads=(*_keys(relation, other), *_comparable(relation, other)),
    )


def _asked(question: Question, *, reads: tuple[Obstacle, ...], proven: bool = False) -> Question:
    """Close a question that cannot be asked.

    | rows hidden | ruled out by the catalog | may be read | question |
    | ----------- | ------------------------ | ----------- | -------- |
    | yes         | any                      | any         | closed   |
    | no          | yes                      | any         | proven   |
    | no          | no                       | no          | closed   |
    | no          | no                       | yes         | open     |
    """
    tables = [each.table for each in (question.counted, question.other) if each]
    hidden = next((each for each in tables if each.row_security), None)
    if hidden:
        return replace(question, closed=f'row security hides rows of "{hidden.name}"')
    if proven:
        return replace(question, proven=True)
    return replace(question, closed=next(filter(None, reads), None))


def _keys(*relations: Relation) -> tuple[Obstacle, ...]:
    return tuple(_forbidden(each, each.key) if each.forbidden else None for each in relations)


def _seen(relation: Relation) -> tuple[Obstacle, ...]:
    """Where the key does not matter, only whether any of the table may be read."""
    return (None if relation.table.readable else _forbidden(relation, relation.key),)


def _roles(relation: Relation, *roles: str) -> tuple[Obstacle, ...]:
    """Say what keeps from reading columns without which there is no question."""
    return tuple(
        _missing(relation, role) if role not in relation.columns else None for role in roles
    )


def _known(relation: Relation, *roles: str) -> tuple[Obstacle, ...]:
    """Say what keeps from reading columns that a table need not have."""
    return tuple(
        _missing(relation, role)
        if role in relation.roles and role not in relation.columns
        else None
        for role in roles
    )


def _comparable(relation: Relation, other: Relation) -> tuple[Obstacle, ...]:
    if _family(relation.key_type) == _family(other.key_type):
        return (None,)
    return (f"{relation.label} and {other.label} are of different types",)


def _missing(relation: Relation, role: str) -> str:
    if role in relation.roles:
        return _forbidden(relation, relation.roles[role])
    return f'"{relation.table.name}" has no column that tells {role.replace("_", " ")}'


def _forbidden(relation: Relation, column: str) -> str:
    return f"the role may not read {relation.table.name}.{column}"


def _family(type_name: tuple[str, str]) -> str:
    return "text" if type_name[1] in TEXT_TYPES else type_name[1]


def _same(one: Relation, other: Relation) -> bool:
    return one.table.oid == other.table.oid
