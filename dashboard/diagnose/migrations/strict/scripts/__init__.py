"""What the scripts of a migrations folder make of the constraint, where that is certain."""

from dashboard.diagnose.migrations.strict.scripts.strict_script import (
    StrictScript,
    definition,
    find,
)

__all__ = ["StrictScript", "definition", "find"]
