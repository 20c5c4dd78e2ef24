"""Services that are not over while their project is."""

from dashboard.diagnose.finding import Severity
from dashboard.diagnose.orphans import columns
from dashboard.diagnose.orphans.kind import Cleanup, Columns, Cost, CountedColumn, OrphanKind
from dashboard.diagnose.orphans.relationship import Relationship, Roles


def applies(relationship: Relationship, roles: Roles) -> Columns:
    parent = relationship.parent
    for column in relationship.references:
        if columns.lives(column, roles):
            reads = (
                *columns.keys(column, parent),
                *columns.needed(column, "status"),
                *columns.statuses(column, roles),
                *columns.known(parent, *columns.DELETED),
                *columns.comparable(column, parent),
            )
            yield columns.asked(CountedColumn(KIND, column, parent), reads)


KIND = OrphanKind(
    code="service-leftover",
    label="O9",
    title="Services of {parent.many} that are gone",
    rows="services that are not over while their {parent} is",
    why="They may still run, cost money and serve data that was meant to be deleted.",
    severity=Severity.ERROR,
    cost=Cost.FIRST_HIT,
    lacks=columns.NO_SERVICE,
    query="services_left_over",
    applies=applies,
    cleanup=Cleanup(
        "Stop the services themselves first: without these rows nobody knows their names."
    ),
    risk="high: removes rows for good; a service that still runs goes on costing money unseen",
)
