"""Deployments whose owner is not there, or that have none."""

from dashboard.diagnose.finding import Severity
from dashboard.diagnose.orphans.columns import owner_gone, without_key
from dashboard.diagnose.orphans.kind import Columns, Cost, OrphanKind, reassigned
from dashboard.diagnose.orphans.relationship import Relationship, Roles


def applies(relationship: Relationship, roles: Roles) -> Columns:
    column = roles.owner_column(relationship.child)
    yield from owner_gone(KIND, column, relationship, roles)
    if column:
        yield without_key(KIND, column, proven=relationship.never_null(column))


KIND = OrphanKind(
    code="ownerless-deployment",
    label="O6",
    title="{child.titles} without an owner",
    rows="rows without an owner",
    why="They are in use, but nobody sees them in a list.",
    severity=Severity.WARNING,
    cost=Cost.SCAN,
    query="rows_without_parent",
    applies=applies,
    cleanup=reassigned(
        "{child.titles} of {parent.a} without an owner stay unchanged: repair the {parent} first."
    ),
    risk="medium: the {parent}'s owner gains access to these {child.many}",
)
