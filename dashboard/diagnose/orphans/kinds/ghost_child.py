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
    title="{child.titles} of {parent.a} that is not there",
    rows="rows whose {parent} is not there",
    why="The foreign key forbids them, so it was missing, not enforced or switched off when they "
    "were written. They make adding or validating the key fail.",
    severity=Severity.ERROR,
    cost=Cost.FIRST_HIT,
    query="rows_without_parent",
    applies=applies,
    cleanup=Cleanup("Where the {parent} lives in another environment, bring it back instead."),
    risk="high: removes rows for good, and takes what they serve offline",
)
