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
    title="Services still running for deleted {parent.many}",
    rows="services still running for deleted {parent.many}",
    why="They may still cost money and serve data that should be deleted.",
    severity=Severity.ERROR,
    cost=Cost.FIRST_HIT,
    lacks=columns.NO_SERVICE,
    query="services_left_over",
    applies=applies,
    cleanup=Cleanup("First stop the services: without these rows their names are lost."),
    risk="high: deletes rows permanently; a running service keeps costing money unnoticed",
)
