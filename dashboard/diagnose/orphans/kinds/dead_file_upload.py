"""Files whose owner is not there."""

import re

from dashboard.diagnose.finding import Severity
from dashboard.diagnose.orphans.columns import owner_gone
from dashboard.diagnose.orphans.kind import Cleanup, Columns, Cost, OrphanKind
from dashboard.diagnose.orphans.relationship import Relationship, Roles
from queries import patterns

FILES = patterns.lazy(r"upload|file|attachment|asset|media|blob|image", re.IGNORECASE)


def applies(relationship: Relationship, roles: Roles) -> Columns:
    own = {relationship.child.table.oid, relationship.parent.table.oid}
    for column in roles.owner_columns:
        if column.table.oid not in own and FILES.search(column.table.name):
            yield from owner_gone(KIND, column, relationship, roles)


KIND = OrphanKind(
    code="dead-file-upload",
    label="O11",
    title="Files of deleted owners",
    rows="files without an owner",
    why="Nobody can see or delete them, and they still use storage.",
    severity=Severity.INFO,
    cost=Cost.SCAN,
    query="rows_without_parent",
    applies=applies,
    cleanup=Cleanup(
        "First delete the files from storage: without these rows their names are lost."
    ),
    risk="medium: deletes rows permanently",
)
