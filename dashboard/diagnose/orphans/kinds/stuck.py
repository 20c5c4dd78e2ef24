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
            note = f"{name}: error texts may not be read, only times" if unread else None
            column = CountedColumn(KIND, table, failure=roles.failure(table), note=note)
            reads = (*columns.readable(table), *columns.needed(table, "status", timed))
            yield columns.asked(column, (*reads, *columns.statuses(table, roles)))


KIND = OrphanKind(
    code="stuck",
    label="O10",
    title="{child.titles} that are stuck",
    rows="rows that are stuck",
    why="They have been under way for too long, or failed with a foreign-key error: what was "
    "working on them died, or waits for something that will not come.",
    severity=Severity.WARNING,
    cost=Cost.SCAN,
    lacks=columns.NO_SERVICE,
    query="rows_stuck",
    applies=applies,
    cleanup=Cleanup(
        step="Make sure that nothing is still working on them. Where your application calls a "
        "failure by another word, write that. Those that failed already are left alone.",
        title="Mark them as failed",
        statement=FAIL,
        unless="The status of these rows has no value that is known to mean a failure: set the one "
        "that your application uses.",
    ),
    risk="medium: changes the status that the application goes by",
)
