"""Deployments that nobody has used for a while."""

from dashboard.diagnose.finding import Severity
from dashboard.diagnose.orphans.columns import asked, needed, readable
from dashboard.diagnose.orphans.kind import Columns, Cost, CountedColumn, OrphanKind
from dashboard.diagnose.orphans.relationship import Relationship, Roles


def applies(relationship: Relationship, roles: Roles) -> Columns:
    child = relationship.child
    if "accessed_at" in child.roles and "created_at" in child.roles:
        column = CountedColumn(KIND, child)
        yield asked(column, (*readable(child), *needed(child, "accessed_at", "created_at")))


KIND = OrphanKind(
    code="never-accessed",
    label="O15",
    title="Unused {child.many}",
    rows="rows not used recently",
    why="Nobody has opened them for a long time, or ever. They may be taken offline.",
    severity=Severity.INFO,
    cost=Cost.SCAN,
    query="rows_not_accessed",
    applies=applies,
)
