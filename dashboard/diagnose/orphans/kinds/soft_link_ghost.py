"""Rows of other tables whose project is not there, and that no foreign key guards."""

from dashboard.diagnose.finding import Severity
from dashboard.diagnose.orphans.columns import without_parent
from dashboard.diagnose.orphans.kind import Cleanup, Columns, Cost, OrphanKind
from dashboard.diagnose.orphans.relationship import Relationship, Roles


def applies(relationship: Relationship, roles: Roles) -> Columns:
    parent = relationship.parent
    for column in relationship.references:
        guarded = relationship.guarded(column, parent)
        yield without_parent(KIND, column, parent, proven=guarded)


KIND = OrphanKind(
    code="soft-link-ghost",
    label="O8",
    title="References to missing {parent.many}",
    rows="rows whose {parent} does not exist",
    why="No foreign key protects these columns, so the rows stay when {parent.a} is deleted. "
    "They distinguish a deleted {parent} from one that never existed.",
    severity=Severity.WARNING,
    cost=Cost.FIRST_HIT,
    query="rows_without_parent",
    applies=applies,
    cleanup=Cleanup(
        "These rows are the only trace of a deleted {parent}: keep them until the deletion is "
        "explained."
    ),
    risk="medium: deletes rows permanently, and with them the trace of a deleted {parent}",
)
