"""Projects whose owner is not there."""

from dashboard.diagnose.finding import Severity
from dashboard.diagnose.orphans.columns import owner_gone
from dashboard.diagnose.orphans.kind import Cleanup, Columns, Cost, OrphanKind
from dashboard.diagnose.orphans.relationship import Relationship, Roles

GIVE_OWNER = """update {counted} as d
set {key} = u.{parent_key}
from {parent} as u
where
    cast(u.{parent_key} as text) = 'NEW-OWNER-ID'
    and {condition};"""


def applies(relationship: Relationship, roles: Roles) -> Columns:
    column = roles.owner_column(relationship.parent)
    yield from owner_gone(KIND, column, relationship, roles)


KIND = OrphanKind(
    code="ownerless-project",
    label="O5",
    title="{parent.titles} without an owner",
    rows="{parent.many} without an owner",
    why="Nobody can open them any more, and they cannot be copied to another environment.",
    severity=Severity.WARNING,
    cost=Cost.SCAN,
    query="rows_without_parent",
    applies=applies,
    cleanup=Cleanup(
        step="Replace NEW-OWNER-ID with the ID of an existing user; with an unknown ID nothing "
        "changes.",
        title="Assign an existing owner",
        statement=GIVE_OWNER,
    ),
    risk="medium: a user gains access to {parent.many} that were not theirs",
)
