"""A check of one environment: which statements to send, and what their rows say."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from dashboard.connections import Answers
from dashboard.diagnosis.checks.repairs import Blocker
from dashboard.diagnosis.checks.shape import Inspection
from dashboard.lookup_plan import names_of
from queries import registry, rows
from queries.query import Name, Query, Statement

BLOCKING: Mapping[Blocker, Query[rows.Blocking]] = {
    Blocker.NULL: registry.NULL_KEYS,
    Blocker.DUPLICATE: registry.DUPLICATE_KEYS,
    Blocker.GHOST: registry.GHOST_KEYS,
}


class CheckPlan:
    """The catalog's word on the child's key column; no table is scanned."""

    def __init__(self, inspection: Inspection, added_columns: Sequence[str]) -> None:
        self._inspection = inspection
        child = inspection.schema.child
        oid, key = (child.table.oid, child.key) if child else (0, "")
        self._shape = registry.KEY_SHAPE.bind(child_oid=oid, column_name=key)
        self._indexes = registry.KEY_INDEXES.bind(child_oid=oid, column_name=key)
        self._added = registry.COLUMN_DEFINITIONS.bind(child_oid=oid, names=list(added_columns))

    @property
    def statements(self) -> list[Statement[Any]]:
        return [self._shape, self._indexes, self._added]

    def inspection(self, answers: Answers) -> Inspection:
        return replace(
            self._inspection,
            column=next(iter(answers.rows(self._shape)), None),
            indexes=answers.rows(self._indexes),
            columns=answers.rows(self._added),
        )


def counting(inspection: Inspection, blocker: Blocker) -> Statement[rows.Blocking] | None:
    """Count rows that would stop a stricter constraint; None where they cannot all be seen."""
    if inspection.ends is None:
        return None
    child, parent = inspection.ends
    if any(each.forbidden or each.table.row_security for each in (child, parent)):
        return None
    names: dict[str, Name] = {
        **names_of(child, "child"),
        "parent": (parent.table.schema, parent.table.name),
        "parent_key": parent.key,
    }
    return BLOCKING[blocker].bind(names)
