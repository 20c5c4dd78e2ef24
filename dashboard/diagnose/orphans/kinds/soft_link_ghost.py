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
    title="Traces of {parent.many} that are not there",
    rows="rows whose {parent} is not there",
    why="No foreign key guards these columns, so the rows stay when {parent.a} is deleted. They "
    "are what tells a deleted {parent} from one that never was.",
    severity=Severity.WARNING,
    cost=Cost.FIRST_HIT,
    query="rows_without_parent",
    applies=applies,
    cleanup=Cleanup(
        "These rows are the only trace of a deleted {parent}: keep them until it is explained."
    ),
    risk="medium: removes rows for good, and with them what tells a deleted {parent}",
)
