"""A check of one environment: which statements to send, and what their rows say."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from dashboard.collect.lookup.plan import names_of, suitable
from dashboard.diagnose.evidence import Look, Relation
from dashboard.diagnose.health.checks.repairs import Blocker
from dashboard.diagnose.health.checks.samples import Sample, comparable, rows_of
from dashboard.diagnose.health.checks.shape import Inspection
from dashboard.postgres import Answers
from queries import registry, rows
from queries.query import Name, Query, Statement
from queries.text import Only

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


class SamplePlan:
    """Whether there is any project, and those at the end of the key's index."""

    def __init__(self, look: Look) -> None:
        parent, keyed = rows_of(look), comparable(look)
        self._any = registry.ANY_ROW.bind(_alone(parent)) if parent else None
        others = [each for each in look.schema.alike if parent and each != parent.table]
        self._others = {
            each: registry.ANY_ROW.bind({"parent": (each.schema, each.name)})
            for each in others
            if each.readable and not each.row_security
        }
        self._unseen = tuple(each for each in others if each not in self._others)
        self._last = registry.LAST_PROJECTS.bind(_alone(keyed)) if keyed else None

    @property
    def statements(self) -> list[Statement[Any]]:
        planned = [each for each in (self._any, self._last) if each is not None]
        return [*planned, *self._others.values()]

    def sample(self, answers: Answers) -> Sample:
        there = any(each.there for each in answers.rows(self._any))
        return Sample(
            not there,
            answers.rows(self._last) if self._last else None,
            tuple(each for each, asked in self._others.items() if answers.one(asked).there),
            self._unseen,
        )


def sharing(look: Look, ids: Sequence[str]) -> Statement[rows.Project] | None:
    """Ask for the ids of other environments; None where they would mean something else here."""
    keyed = comparable(look)
    fitting = suitable(list(ids), keyed.key_type) if keyed else []
    return registry.PROJECTS_AMONG.bind(_alone(keyed), ids=fitting) if keyed and fitting else None


def _alone(relation: Relation) -> Mapping[str, Name]:
    """Name the table without those that inherit from it: no foreign key sees them."""
    names = names_of(relation, "parent")
    table = (relation.table.schema, relation.table.name)
    return {**names, "parent": Only(table) if relation.table.kind == "r" else table}


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
