"""Which side of a foreign key failed: Prisma's text is the same for a child and for its parent."""

from dashboard.diagnose.paste.names import plain, singular
from dashboard.diagnose.paste.values import Problem
from queries import patterns

_TAKEN_AWAY = patterns.lazy(r"(?<!\w)(?:disconnect|delete|deleteMany|set)\W{0,3}:")
_ID = patterns.lazy(r"(?i)_?id$")


def of(operation: str | None, model: str | None, constraint: str | None) -> Problem:
    """Decide by the call, or else by which of the constraint's two tables the model is."""
    call = (operation or "").lower()
    if call.startswith(("create", "upsert")):
        return Problem.MISSING_PARENT
    if call.startswith("delete"):
        return Problem.STILL_REFERENCED
    if model and constraint:
        return _by_names(singular(model), constraint)
    return Problem.MISSING_PARENT if operation else Problem.FOREIGN_KEY


def _by_names(model: str, constraint: str) -> Problem:
    """Take deployments_projectId_fkey apart: its child's table, and its parent's name and Id."""
    child, _, parent = _ID.sub("", constraint.removesuffix("_fkey")).rpartition("_")
    if singular(child) == model:
        return Problem.MISSING_PARENT
    parent = plain(parent)
    return Problem.STILL_REFERENCED if parent and model.startswith(parent) else Problem.FOREIGN_KEY


def of_relation(operation: str | None, text: str) -> Problem:
    """Tell what broke a required relation (P2014): a second child, or a parent that was taken away.

    | the call                         | problem          |
    | -------------------------------- | ---------------- |
    | deletes                          | STILL_REFERENCED |
    | updates, and disconnects or sets | STILL_REFERENCED |
    | anything else                    | RELATION         |
    """
    call = (operation or "").lower()
    taken_away = call.startswith("update") and _TAKEN_AWAY.search(text)
    if call.startswith("delete") or taken_away:
        return Problem.STILL_REFERENCED
    return Problem.RELATION
