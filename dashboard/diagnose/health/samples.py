"""A few projects of each environment, and which of the others' each one has, too."""

from dashboard.diagnose.facts import EnvironmentFacts, Relation, Shared, Unavailable
from dashboard.diagnose.health.case import Case


def rows_of(facts: EnvironmentFacts) -> Relation | None:
    """Return the application's own parent table, where all of its rows can be seen."""
    parent = facts.catalog.own_parent
    if parent is None or parent.forbidden or parent.table.row_security:
        return None
    return parent


def comparable(facts: EnvironmentFacts) -> Relation | None:
    """Return it only where an id means the same elsewhere: a counted one does not."""
    parent = rows_of(facts)
    return (
        parent
        if parent and parent.plain_key and parent.key_indexed and not parent.numbered
        else None
    )


def seen(case: Case) -> bool:
    """Whether it could be looked for the others' projects."""
    return not isinstance(case.facts.shared, Unavailable)


def looked_for(case: Case) -> bool:
    """Whether others had projects to look for: alone, nothing can be shared."""
    return isinstance(case.facts.shared, Shared)
