"""Deployments of a project that is marked as deleted."""

from dashboard.diagnose.finding import Severity
from dashboard.diagnose.orphans.columns import DELETED, asked, keys, known
from dashboard.diagnose.orphans.kind import Columns, Cost, CountedColumn, OrphanKind
from dashboard.diagnose.orphans.relationship import Relationship, Roles


def applies(relationship: Relationship, roles: Roles) -> Columns:
    child, parent = relationship.child, relationship.parent
    if any(role in parent.roles for role in DELETED):
        column = CountedColumn(KIND, child, parent)
        yield asked(column, (*keys(child, parent), *known(parent, *DELETED)))


KIND = OrphanKind(
    code="soft-deleted-parent",
    label="O12",
    title="{child.titles} of deleted {parent.many}",
    rows="rows whose {parent} is marked as deleted",
    why="The {parent} is only marked as deleted: its {child.many} still exist and may be in use.",
    severity=Severity.INFO,
    cost=Cost.SCAN,
    query="children_of_deleted",
    applies=applies,
)
