"""Rows whose project is not there, although a foreign key should forbid them."""

from dashboard.diagnose.finding import Severity
from dashboard.diagnose.orphans.columns import without_parent
from dashboard.diagnose.orphans.kind import Cleanup, Columns, Cost, OrphanKind
from dashboard.diagnose.orphans.relationship import Relationship, Roles


def applies(relationship: Relationship, roles: Roles) -> Columns:
    child, parent = relationship.child, relationship.parent
    yield without_parent(KIND, child, parent, proven=relationship.proven)


KIND = OrphanKind(
    code="ghost-child",
    label="O1",
    title="{child.titles} whose {parent} is missing",
    rows="rows whose {parent} does not exist",
    why="The foreign key forbids them, so it was missing, not enforced or disabled when they "
    "were written. As long as they exist, adding or validating the key fails.",
    severity=Severity.ERROR,
    cost=Cost.FIRST_HIT,
    query="rows_without_parent",
    applies=applies,
    cleanup=Cleanup("If the {parent} exists in another environment, restore it instead."),
    risk="high: deletes rows permanently and takes what they serve offline",
)
