"""Deployments that belong to somebody else than their project does."""

from dashboard.diagnose.finding import Severity
from dashboard.diagnose.orphans.columns import asked, comparable, keys
from dashboard.diagnose.orphans.kind import Columns, Cost, CountedColumn, OrphanKind, reassigned
from dashboard.diagnose.orphans.relationship import Relationship, Roles


def applies(relationship: Relationship, roles: Roles) -> Columns:
    child, parent = relationship.child, relationship.parent
    mine, theirs = roles.owner_column(child), roles.owner_column(parent)
    if mine and theirs:
        reads = (*keys(child, parent, mine, theirs), *comparable(mine, theirs))
        yield asked(CountedColumn(KIND, child, parent), reads)


KIND = OrphanKind(
    code="owner-mismatch",
    label="O7",
    title="{child.titles} of somebody else's {parent}",
    rows="rows whose owner differs from their {parent}'s",
    why="They were created under the wrong account, or {parent.a} was transferred without its "
    "{child.many}.",
    severity=Severity.WARNING,
    cost=Cost.SCAN,
    query="owners_differing",
    applies=applies,
    cleanup=reassigned(
        "Find out which of the two is right: the statement uses the {parent}'s owner."
    ),
    risk=(
        "medium: the {parent}'s owner gains access to these {child.many}, the other owner loses it"
    ),
)
