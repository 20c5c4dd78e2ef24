"""Tables whose rows row security hides: no column of their own."""

from dashboard.diagnose.finding import Severity
from dashboard.diagnose.orphans.kind import Cost, OrphanKind

KIND = OrphanKind(
    code="hidden-rows",
    label="O20",
    title="Tables with hidden rows",
    rows="tables whose rows are hidden",
    why="Row security hides rows from the role: a count would include only visible rows, so "
    "none is given.",
    severity=Severity.UNKNOWN,
    cost=Cost.CATALOG,
)
