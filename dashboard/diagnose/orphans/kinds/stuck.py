"""Deployments that have been under way for too long, or failed with a foreign-key error."""

from dashboard.diagnose.finding import Severity
from dashboard.diagnose.orphans import columns
from dashboard.diagnose.orphans.kind import Cleanup, Columns, Cost, CountedColumn, OrphanKind
from dashboard.diagnose.orphans.relationship import Relationship, Roles

FAIL = """update {counted} as d
set {status} = {failure}
where
    {condition}
    and upper(cast(d.{status} as text)) <> all({failed});"""


def applies(relationship: Relationship, roles: Roles) -> Columns:
    for table in (relationship.child, *relationship.references):
        timed = "updated_at" if "updated_at" in table.roles else "created_at"
        if columns.lives(table, roles) and timed in table.roles:
            unread = "error" in table.roles and "error" not in table.columns
            name = table.table.name
            note = f"{name}: error texts are not readable, only times" if unread else None
            column = CountedColumn(KIND, table, failure=roles.failure(table), note=note)
            reads = (*columns.readable(table), *columns.needed(table, "status", timed))
            yield columns.asked(column, (*reads, *columns.statuses(table, roles)))


KIND = OrphanKind(
    code="stuck",
    label="O10",
    title="Stuck {child.many}",
    rows="stuck rows",
    why="They have been in progress for too long or failed with a foreign-key error: their "
    "worker crashed or waits in vain.",
    severity=Severity.WARNING,
    cost=Cost.SCAN,
    lacks=columns.NO_SERVICE,
    query="rows_stuck",
    applies=applies,
    cleanup=Cleanup(
        step="Make sure that nothing is still working on them. If your application uses another "
        "word for a failure, use that. Rows that already failed are not changed.",
        title="Mark them as failed",
        statement=FAIL,
        unless="We know no status value that means a failure here: set the one your application "
        "uses.",
    ),
    risk="medium: changes a status that the application uses",
)
