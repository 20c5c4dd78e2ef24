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
    rows="rows that name no {parent}",
    why="They were made before the {parent} became compulsory, or their {parent} was deleted under "
    "ON DELETE SET NULL. The strict migration fails on them.",
    severity=Severity.WARNING,
    cost=Cost.SCAN,
    lacks="the key is NOT NULL in no environment that answered, and by no migration",
    query="rows_without_key",
    applies=applies,
    cleanup=Cleanup(
        "Where you know the {parent}, write its ID into the row instead of removing it."
    ),
    risk="high: removes rows for good, and takes what they serve offline",
)
