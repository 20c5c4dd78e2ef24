"""Projects with several rows, where one is allowed somewhere."""

from dashboard.diagnose.facts import Blocker
from dashboard.diagnose.finding import Severity
from dashboard.diagnose.orphans.columns import asked, keys
from dashboard.diagnose.orphans.kind import Cleanup, Columns, Cost, CountedColumn, OrphanKind
from dashboard.diagnose.orphans.relationship import Relationship, Roles


def applies(relationship: Relationship, roles: Roles) -> Columns:
    """Where no key is unique anywhere, several rows of one key are what the schema is for."""
    if relationship.cardinality.single:
        child = relationship.child
        yield asked(CountedColumn(KIND, child), keys(child), proven=relationship.unique)


KIND = OrphanKind(
    code="duplicate-owner",
    label="O3",
    title="{parent.titles} with several {child.many}",
    rows="{parent.many} with more than one row",
    why="A unique index, as another environment has one, allows one {child} per {parent}: it "
    "cannot be created while duplicates exist.",
    severity=Severity.WARNING,
    cost=Cost.SCAN,
    lacks="no environment that answered makes the key unique",
    query="keys_in_several_rows",
    applies=applies,
    cleanup=Cleanup(
        step="The newest row of each {parent} is kept: make sure that it is the one in use.",
        removed="rows_beside_newest",
        blocker=Blocker.DUPLICATE,
    ),
    grouped=True,
    risk="high: deletes all but the newest row of each {parent}",
)
