"""Rows that name no project, where one is compulsory somewhere."""

from dashboard.diagnose.finding import Severity
from dashboard.diagnose.orphans.columns import without_key
from dashboard.diagnose.orphans.kind import Cleanup, Columns, Cost, OrphanKind
from dashboard.diagnose.orphans.relationship import Relationship, Roles


def applies(relationship: Relationship, roles: Roles) -> Columns:
    """Where the key may be empty everywhere, a row without one lacks nothing."""
    if relationship.cardinality.compulsory:
        child = relationship.child
        yield without_key(KIND, child, proven=relationship.not_null)


KIND = OrphanKind(
    code="unowned-deployment",
    label="O2",
    title="{child.titles} without {parent.a}",
    rows="rows without {parent.a}",
    why="They were created before the {parent} became required, or their {parent} was deleted "
    "with ON DELETE SET NULL. A migration that makes the key NOT NULL fails on them.",
    severity=Severity.WARNING,
    cost=Cost.SCAN,
    lacks="no environment that answered makes the key NOT NULL",
    query="rows_without_key",
    applies=applies,
    cleanup=Cleanup("If you know the {parent}, set its ID instead of deleting the row."),
    risk="high: deletes rows permanently and takes what they serve offline",
)
