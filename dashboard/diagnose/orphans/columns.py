"""The columns that a kind is counted by, each closed where it cannot be asked."""

from collections.abc import Iterator
from dataclasses import replace

from dashboard.diagnose.facts import Relation, Unavailable
from dashboard.diagnose.orphans.kind import (
    WITHOUT_KEY,
    WITHOUT_PARENT,
    CountedColumn,
    OrphanKind,
)
from dashboard.diagnose.orphans.relationship import Relationship, Roles

NO_SERVICE = "no table has a status such as deployed, built or provisioned"
DELETED = ("deleted_at", "deleted")  # what marks a row as deleted: either is enough
TEXT_TYPES = ("text", "varchar", "bpchar")
Obstacles = tuple[str | None, ...]


def asked(column: CountedColumn, reads: Obstacles, *, proven: bool = False) -> CountedColumn:
    """Close a column that cannot be asked.

    | rows hidden | ruled out by the catalog | may be read | column |
    | ----------- | ------------------------ | ----------- | ------ |
    | yes         | any                      | any         | closed |
    | no          | yes                      | any         | proven |
    | no          | no                       | no          | closed |
    | no          | no                       | yes         | open   |
    """
    tables = [each.table for each in (column.counted, column.other) if each]
    hidden = next((each for each in tables if each.row_security), None)
    if hidden:
        return replace(column, closed=f'row security hides rows of "{hidden.name}"')
    if proven:
        return replace(column, proven=True)
    return replace(column, closed=next(filter(None, reads), None))


def without_parent(
    kind: OrphanKind, counted: Relation, other: Relation, *, proven: bool
) -> CountedColumn:
    column = CountedColumn(kind, counted, other, found_by=WITHOUT_PARENT)
    reads = (*keys(counted, other), *comparable(counted, other))
    return asked(column, reads, proven=proven)


def without_key(kind: OrphanKind, counted: Relation, *, proven: bool) -> CountedColumn:
    column = CountedColumn(kind, counted, found_by=WITHOUT_KEY)
    return asked(column, keys(counted), proven=proven)


def owner_gone(
    kind: OrphanKind, column: Relation | None, relationship: Relationship, roles: Roles
) -> Iterator[CountedColumn]:
    if column is not None and roles.owners is not None:
        guarded = relationship.guarded(column, roles.owners)
        yield without_parent(kind, column, roles.owners, proven=guarded)


def lives(table: Relation, roles: Roles) -> bool:
    """Whether its status tells of a deployment's life, or may: where it may not be read."""
    if "status" not in table.roles:
        return False
    unseen = "status" not in table.columns or table.table.row_security
    return unseen or roles.deployed(table) is not False


def statuses(table: Relation, roles: Roles) -> Obstacles:
    values = roles.statuses.get(table.table.oid)
    if not isinstance(values, Unavailable):
        return ()
    return (f"the status values of {table.table.name} were not read: {values.message}",)


def keys(*relations: Relation) -> Obstacles:
    return tuple(_forbidden(each, each.key.label) if each.forbidden else None for each in relations)


def readable(relation: Relation) -> Obstacles:
    """Where the key does not matter, only whether any of the table may be read."""
    return (None if relation.table.readable else _forbidden(relation, relation.key.label),)


def needed(relation: Relation, *roles: str) -> Obstacles:
    """Say what keeps from reading columns without which there is nothing to ask."""
    return tuple(
        _missing(relation, role) if role not in relation.columns else None for role in roles
    )


def known(relation: Relation, *roles: str) -> Obstacles:
    """Say what keeps from reading columns that a table need not have."""
    return needed(relation, *(role for role in roles if role in relation.roles))


def comparable(relation: Relation, other: Relation) -> Obstacles:
    pairs = zip(relation.key, other.key, strict=True)
    if all(_family(one.type) == _family(each.type) for one, each in pairs):
        return ()
    return (f"{relation.label} and {other.label} have different types",)


def _missing(relation: Relation, role: str) -> str:
    if role in relation.roles:
        return _forbidden(relation, relation.roles[role])
    return f'"{relation.table.name}" has no column for {role.replace("_", " ")}'


def _forbidden(relation: Relation, column: str) -> str:
    return f"the role may not read {relation.table.name}.{column}"


def _family(type_name: tuple[str, str]) -> str:
    return "text" if type_name[1] in TEXT_TYPES else type_name[1]
