"""Orphan candidates as statements: one kind's rows, counted, paged, sampled or gone through."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from dashboard.collect.health.plan import CheckPlan
from dashboard.diagnose.cascades import Graph, Leg
from dashboard.diagnose.evidence import Relation, RowKey, Schema
from dashboard.diagnose.health.checks.shape import Inspection
from dashboard.diagnose.orphans import Ages, Cardinality, Form, Grounds, Question, Statuses
from dashboard.diagnose.orphans.questions import FAILED, ONGOING, OVER
from dashboard.postgres import Answers
from queries import registry, rows
from queries.query import Name, Only, Query, Statement

SAMPLED_ROWS = 100_000
FORMS: Mapping[Form, Query[rows.Orphan]] = {
    Form.WITHOUT_PARENT: registry.ROWS_WITHOUT_PARENT,
    Form.WITHOUT_KEY: registry.ROWS_WITHOUT_KEY,
    Form.SEVERAL: registry.KEYS_IN_SEVERAL_ROWS,
    Form.UNDEPLOYED: registry.PROJECTS_UNDEPLOYED,
    Form.DIFFERING: registry.OWNERS_DIFFERING,
    Form.LEFT_OVER: registry.SERVICES_LEFT_OVER,
    Form.STUCK: registry.ROWS_STUCK,
    Form.OF_DELETED: registry.CHILDREN_OF_DELETED,
    Form.NOT_ACCESSED: registry.ROWS_NOT_ACCESSED,
}
ROLES = ("id", "created_at", "updated_at", "deleted_at", "accessed_at", "status", "error")


@dataclass(frozen=True, slots=True)
class Way:
    """The column along which a table is gone through, and whether it bounds the other side too."""

    column: str
    type: tuple[str, str]
    both: bool


@dataclass(frozen=True, slots=True)
class Part:
    """What lies behind `low`, up to and including `high`; None is the end of the table."""

    low: str | None = None
    high: str | None = None


WHOLE = Part()


class GroundsPlan:
    """The catalog's word on every column that points at a project or an owner."""

    def __init__(self, inspection: Inspection) -> None:
        schema = inspection.schema
        self._inspection = inspection
        self._check = CheckPlan(inspection, ())
        self._foreign_keys = registry.FOREIGN_KEYS.bind(child_oid=None)
        self._shapes = {
            (each.table.oid, each.key): registry.KEY_SHAPE.bind(
                child_oid=each.table.oid, column_name=each.key
            )
            for each in (*schema.links, *schema.owned)
        }

    @property
    def statements(self) -> list[Statement[Any]]:
        return [*self._check.statements, self._foreign_keys, *self._shapes.values()]

    def grounds(self, answers: Answers, cardinality: Cardinality, statuses: Statuses) -> Grounds:
        shapes = {
            place: shape
            for place, statement in self._shapes.items()
            for shape in answers.rows(statement)
        }
        keys = answers.rows(self._foreign_keys)
        inspection = replace(self._check.inspection(answers), foreign_keys=keys)
        return Grounds(inspection, keys, shapes, cardinality, statuses)


def way_through(question: Question) -> Way | None:
    """Choose the index along which the rows can be gone through, part by part.

    | kind of rows              | key indexed | along                                      |
    | ------------------------- | ----------- | ------------------------------------------ |
    | compared with other rows  | yes         | the key, in both tables                    |
    | compared with other rows  | no          | the row's own id                           |
    | keys in several rows      | yes         | the key: elsewhere one could be in two parts |
    | keys in several rows      | no          | -                                          |
    | others                    | any         | the row's own id                           |
    """
    counted = question.counted
    if question.other is not None and counted.key_indexed:
        return Way(counted.key, counted.key_type, both=True)
    if question.form is Form.SEVERAL:
        indexed = counted.key_indexed
        return Way(counted.key, counted.key_type, both=False) if indexed else None
    return Way(*counted.row_key, both=False) if counted.row_key else None


def found(
    question: Question, as_of: datetime, ages: Ages, part: Part = WHOLE
) -> Statement[rows.Orphan]:
    """Write the rows of a kind, as of a moment; nothing but identifiers, times and a status."""
    query, way = FORMS[question.form], way_through(question)
    beside = part if way and way.both else WHOLE
    age = ages.stuck if question.form is Form.STUCK else ages.undeployed
    values: dict[str, object] = {
        "low": part.low,
        "high": part.high,
        "parent_low": beside.low,
        "parent_high": beside.high,
        "before": as_of - age,
        "over": list(OVER),
        "ongoing": list(ONGOING),
        "failed": list(FAILED),
    }
    used = {name: value for name, value in values.items() if name in query.parameters}
    return query.bind(_names(question, way), **used)


def counting(rows_found: Statement[rows.Orphan], most: int | None) -> Statement[rows.OrphanCount]:
    return registry.ORPHANS_COUNTED.bind({"found": rows_found}, most=most)


def paging(
    rows_found: Statement[rows.Orphan], after: str | None, most: int
) -> Statement[rows.Orphan]:
    return registry.ORPHANS_PAGED.bind({"found": rows_found}, after=after, most=most)


def lost_ids(rows_found: Statement[rows.Orphan], most: int) -> Statement[rows.LostId]:
    return registry.LOST_IDS.bind({"found": rows_found}, most=most)


def sampling(question: Question) -> tuple[Statement[rows.OrphanSample], float]:
    """Sample about so many rows as can be looked up one by one; the answer names the percentage."""
    estimate = question.counted.table.estimate
    percent = min(100.0, 100 * SAMPLED_ROWS / estimate) if estimate > 0 else 1.0
    names = _names(question, None)
    return registry.ORPHANS_SAMPLED.bind(names, percent=percent), percent


def null_share(question: Question) -> Statement[rows.NullShare]:
    table = question.counted.table
    return registry.NULL_SHARE.bind(
        schema=table.schema, table_name=table.name, column_name=question.counted.key
    )


def removed(
    question: Question, rows_found: Statement[rows.Orphan]
) -> Statement[rows.Orphan] | Statement[rows.RowId]:
    """Write the ids of the rows that the clean-up of a kind deletes: all, or all but the newest."""
    if question.form is Form.SEVERAL:
        return registry.ROWS_BESIDE_NEWEST.bind(_names(question, None))
    return rows_found


def cascading(
    removed_rows: Statement[Any], graph: Graph, schema: Schema
) -> Statement[rows.CascadeCount]:
    """Follow the rows along the foreign keys that act, to any depth; each row counts once."""
    tables = {each.oid: each for each in schema.tables}
    legs = [_leg(leg, tables, schema.row_keys) for leg in graph.legs]
    names: dict[str, Name] = {
        "found": removed_rows,
        "legs": registry.ROWS_REFERRING.union(legs),
    }
    return registry.ROWS_CASCADING.bind(names)


def _leg(
    leg: Leg, tables: Mapping[int, rows.Table], row_keys: Mapping[int, RowKey]
) -> Mapping[str, Name]:
    key = leg.key
    parent_id, parent_type = row_keys[key.parent_oid]
    return {
        "child": _alone(tables[key.child_oid]),
        "child_key": key.child_columns[0],
        "child_id": row_keys[key.child_oid][0],
        "parent": _alone(tables[key.parent_oid]),
        "parent_key": key.parent_columns[0],
        "parent_id": parent_id,
        "parent_type": parent_type,
        "node": leg.child,
        "parent_node": leg.parent,
    }


def status_values(relation: Relation) -> Statement[rows.StatusValue]:
    names: dict[str, Name] = {
        "counted": (relation.table.schema, relation.table.name),
        "status": relation.columns["status"],
    }
    return registry.STATUS_VALUES.bind(
        names, child_oid=relation.table.oid, column_name=relation.columns["status"]
    )


def place_after(question: Question, way: Way, low: str | None, step: int) -> Statement[rows.Place]:
    return registry.PLACE_AFTER.bind(_names(question, way), low=low, step=step)


def present(parent: Relation, ids: list[str]) -> Statement[rows.LostId]:
    names: dict[str, Name] = {
        "parent": _as_referenced(parent),
        "key": parent.key,
        "key_type": parent.key_type,
    }
    return registry.IDS_PRESENT.bind(names, ids=ids)


def _names(question: Question, way: Way | None) -> dict[str, Name]:
    counted, other = question.counted, question.other or question.counted
    along = way or Way(counted.key, counted.key_type, both=False)
    return {
        "counted": (counted.table.schema, counted.table.name),
        "key": counted.key,
        "project": question.project,
        "owner": question.owner,
        "place": along.column,
        "place_type": along.type,
        "parent": _as_referenced(other),
        "parent_key": other.key,
        "parent_type": other.key_type,
        "parent_owner": question.parent_owner,
        "parent_deleted_at": other.columns.get("deleted_at"),
        "child": (other.table.schema, other.table.name),
        "child_key": other.key,
        **{role: counted.columns.get(role) for role in ROLES},
    }


def _as_referenced(relation: Relation) -> tuple[str, ...]:
    return _alone(relation.table)


def _alone(table: rows.Table) -> tuple[str, ...]:
    """Name a table as a foreign key sees it: partitions belong to it, heirs do not."""
    qualified = (table.schema, table.name)
    return Only(qualified) if table.kind == "r" else qualified
