"""Tables whose rows row security hides: no column of their own."""

from dashboard.diagnose.finding import Severity
from dashboard.diagnose.orphans.kind import Cost, OrphanKind

KIND = OrphanKind(
    code="hidden-rows",
    label="O20",
    title="Tables that hide rows",
    rows="tables whose rows are hidden",
    why="Row security hides rows from the role: a count would be of the visible rows only, so "
    "none is given.",
    severity=Severity.UNKNOWN,
    cost=Cost.CATALOG,
)
