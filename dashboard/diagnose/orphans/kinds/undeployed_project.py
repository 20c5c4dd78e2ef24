"""Projects that were made a while ago and never deployed."""

from dashboard.diagnose.finding import Severity
from dashboard.diagnose.orphans import columns
from dashboard.diagnose.orphans.kind import Columns, Cost, CountedColumn, OrphanKind
from dashboard.diagnose.orphans.relationship import Relationship, Roles


def applies(relationship: Relationship, roles: Roles) -> Columns:
    child, parent = relationship.child, relationship.parent
    if "created_at" not in parent.roles:
        return  # nothing tells a forgotten draft from one of today
    reads = (
        *columns.keys(parent, child),
        *columns.needed(parent, "created_at"),
        *columns.known(parent, *columns.DELETED),
        *columns.comparable(parent, child),
    )
    yield columns.asked(CountedColumn(KIND, parent, child), reads)


KIND = OrphanKind(
    code="undeployed-project",
    label="O4",
    title="{parent.titles} without {child.a}",
    rows="{parent.many} without {child.a}",
    why="Drafts are normal, so these are only candidates: old ones are often forgotten, or "
    "their {child.many} failed.",
    severity=Severity.INFO,
    cost=Cost.SCAN,
    query="projects_undeployed",
    applies=applies,
)
