"""Orphan candidates as statements: one column's rows, counted, paged, sampled or gone through."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from dashboard.diagnose.cascades import ActingKey, Graph
from dashboard.diagnose.facts import Catalog, EnvironmentFacts, Relation
from dashboard.diagnose.orphans import Ages, Cardinality, CountedColumn, Relationship
from dashboard.diagnose.orphans.kind import alone, values
from dashboard.postgres import Answers
from queries import patterns, registry, rows
from queries.query import Name, Query, Statement
from queries.records import dataclass
from queries.text import KeyColumn, KeyColumns

SAMPLED_ROWS = 100_000
_ROWS, _COMPARED = "from {counted} as d\nwhere\n", patterns.lazy(r"\{(\w\.\w+_key) = d\.key\}")


def _in_sample(body: str) -> str:
    """Look at some pages only, each time at the same ones."""
    sample = "{counted} as d tablesample system (:percent) repeatable (0)"
    return body.replace("{counted} as d", sample)


def _in_part(body: str) -> str:
    """Look at rows of a part only, and compare them with such rows of the other table."""
    bounded = body.replace(_ROWS, f"{_ROWS}{_bounds('{d.place}', 'place_type')} and ")
    return _COMPARED.sub(
        lambda key: f"{key[0]} and {_bounds(f'{{{key[1]}}}', 'parent_type', 'parent_')}", bounded
    )


def _bounds(column: str, type_name: str, which: str = "") -> str:
    low, high = (f"cast(:{which}{end} as text)" for end in ("low", "high"))
    return (
        f"({low} is null or {column} > cast({low} as {{{type_name}}}))"
        f" and ({high} is null or {column} <= cast({high} as {{{type_name}}}))"
    )


QUERIES = {each.name: each for each in vars(registry).values() if isinstance(each, Query)}
IN_SAMPLE = {name: query.changed(_in_sample) for name, query in QUERIES.items()}
IN_PART = {name: query.changed(_in_part) for name, query in QUERIES.items()}


@dataclass(frozen=True, slots=True)
class ScanOrder:
    """The column along which a table is gone through, and whether it bounds the other side too."""

    column: str
    type: tuple[str, str]
    both: bool


@dataclass(frozen=True, slots=True)
class Part:
    """What lies behind `low`, up to and including `high`; None is the end of the table."""

    low: str | None = None
    high: str | None = None


class RelationshipPlan:
    """The catalog's word on every column that points at a project or an owner."""

    def __init__(self, facts: EnvironmentFacts) -> None:
        catalog = facts.catalog
        self._facts = facts
        self._foreign_keys = registry.FOREIGN_KEYS.bind(child_oid=None)
        self._shapes = {
            (each.table.oid, each.key.names): registry.KEY_SHAPE.bind(
                child_oid=each.table.oid, names=list(each.key.names)
            )
            for each in (*catalog.references, *catalog.owner_columns)
        }

    @property
    def statements(self) -> list[Statement[Any]]:
        return [self._foreign_keys, *self._shapes.values()]

    def relationship(self, answers: Answers, cardinality: Cardinality) -> Relationship:
        shapes = {
            place: shape
            for place, statement in self._shapes.items()
            for shape in answers.rows(statement)
        }
        keys = answers.rows(self._foreign_keys)
        return Relationship(replace(self._facts, foreign_keys=keys), keys, shapes, cardinality)


def scan_order(column: CountedColumn) -> ScanOrder | None:
    """Choose the index along which the rows can be gone through, part by part.

    | kind of rows              | key indexed | along                                      |
    | ------------------------- | ----------- | ------------------------------------------ |
    | compared with other rows  | yes         | the key, in both tables                    |
    | compared with other rows  | no          | the row's own id                           |
    | keys in several rows      | yes         | the key: elsewhere one could be in two parts |
    | keys in several rows      | no          | -                                          |
    | others                    | any         | the row's own id                           |
    """
    counted = column.counted
    key = counted.plain_key if counted.key_indexed else None
    if column.other is not None and key:
        return ScanOrder(key.name, key.type, both=True)
    if column.kind.grouped:
        return ScanOrder(key.name, key.type, both=False) if key else None
    return ScanOrder(*counted.row_key, both=False) if counted.row_key else None


def found(column: CountedColumn, as_of: datetime, ages: Ages) -> Statement[rows.Orphan]:
    """Write the rows of a kind, as of a moment; nothing but identifiers, times and a status."""
    return QUERIES[column.query].bind(_names(column), **_values(as_of, ages))


def found_in(
    part: Part, column: CountedColumn, order: ScanOrder, as_of: datetime, ages: Ages
) -> Statement[rows.Orphan]:
    both = part if order.both else Part()
    bounds = {"low": part.low, "high": part.high, "parent_low": both.low, "parent_high": both.high}
    return IN_PART[column.query].bind(_names(column, order), **_values(as_of, ages), **bounds)


def _values(as_of: datetime, ages: Ages) -> dict[str, object]:
    """Give the values of all kinds; a query takes its own."""
    return {
        name: as_of - value if isinstance(value, timedelta) else list(value)
        for name, value in values(ages).items()
    }


def counting(rows_found: Statement[rows.Orphan], most: int | None) -> Statement[rows.OrphanCount]:
    return registry.ORPHANS_COUNTED.bind({"found": rows_found}, most=most)


def paging(
    rows_found: Statement[rows.Orphan], after: str | None, most: int
) -> Statement[rows.Orphan]:
    return registry.ORPHANS_PAGED.bind({"found": rows_found}, after=after, most=most)


def sampling(
    column: CountedColumn, as_of: datetime, ages: Ages
) -> tuple[Statement[rows.OrphanSample], float]:
    """Sample about so many rows as can be looked up one by one; the answer names the percentage."""
    estimate = column.counted.table.estimate
    percent = min(100.0, 100 * SAMPLED_ROWS / estimate) if estimate > 0 else 1.0
    names, given = _names(column), _values(as_of, ages)
    names["found"] = IN_SAMPLE[column.query].bind(names, **given, percent=percent)
    return registry.ORPHANS_SAMPLED.bind(names, percent=percent), percent


def null_share(column: CountedColumn) -> Statement[rows.NullShare]:
    table = column.counted.table
    return registry.NULL_SHARE.bind(
        schema=table.schema, table_name=table.name, column_name=column.counted.key.names[-1]
    )


def removed(column: CountedColumn, rows_found: Statement[rows.Orphan]) -> Statement[Any]:
    """Write the ids of the rows that the clean-up of a kind deletes: all, or some of them."""
    cleanup = column.kind.cleanup
    if cleanup and cleanup.removed:
        return QUERIES[cleanup.removed].bind(_names(column))
    return rows_found


def cascading(
    removed_rows: Statement[Any], graph: Graph, catalog: Catalog
) -> Statement[rows.CascadeCount]:
    """Follow the rows along the foreign keys that act, to any depth; each row counts once."""
    tables = {each.oid: each for each in catalog.tables}
    branches = [_branch(each, tables, catalog) for each in graph.acting]
    names: dict[str, Name] = {
        "found": removed_rows,
        "branches": registry.ROWS_REFERRING.union(branches),
    }
    return registry.ROWS_CASCADING.bind(names)


def _branch(
    acting: ActingKey, tables: Mapping[int, rows.Table], catalog: Catalog
) -> Mapping[str, Name]:
    key, row_keys = acting.key, catalog.row_keys
    parent_id, parent_type = row_keys[key.parent_oid]
    return {
        "child": alone(tables[key.child_oid]),
        "child_key": _key(key.child_oid, key.child_columns, catalog),
        "child_id": row_keys[key.child_oid][0],
        "parent": alone(tables[key.parent_oid]),
        "parent_key": _key(key.parent_oid, key.parent_columns, catalog),
        "parent_id": parent_id,
        "parent_type": parent_type,
        "node": acting.child,
        "parent_node": acting.parent,
    }


def _key(oid: int, names: Sequence[str], catalog: Catalog) -> KeyColumns:
    columns = (catalog.comparable[oid, name] for name in names)
    return KeyColumns(KeyColumn(each.name, (each.type_schema, each.type_name)) for each in columns)


def status_values(relation: Relation) -> Statement[rows.StatusValue]:
    names: dict[str, Name] = {
        "counted": (relation.table.schema, relation.table.name),
        "status": relation.columns["status"],
    }
    return registry.STATUS_VALUES.bind(
        names, child_oid=relation.table.oid, column_name=relation.columns["status"]
    )


def place_after(
    column: CountedColumn, order: ScanOrder, low: str | None, step: int
) -> Statement[rows.Place]:
    return registry.PLACE_AFTER.bind(_names(column, order), low=low, step=step)


def present(parent: Relation, ids: list[str]) -> Statement[rows.LostId]:
    names: dict[str, Name] = {
        "parent": alone(parent.table),
        "key": parent.key,
        "key_type": parent.plain_key.type if parent.plain_key else None,
    }
    return registry.IDS_PRESENT.bind(names, ids=ids)


def _names(column: CountedColumn, order: ScanOrder | None = None) -> dict[str, Name]:
    if order is None:
        return dict(column.names)
    return {**column.names, "place": order.column, "place_type": order.type}
