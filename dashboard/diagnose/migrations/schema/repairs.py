"""The statements that make one difference of a schema go, where one can be written."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from dashboard.diagnose import sql
from dashboard.diagnose.migrations.schema import statements
from dashboard.diagnose.migrations.schema.drift import Difference, What
from dashboard.diagnose.migrations.schema.image import Key
from dashboard.diagnose.migrations.schema.rehearsed import SchemaComparison


def made_alike(difference: Difference, comparison: SchemaComparison) -> Iterator[str]:
    """Write what makes it as the migrations do; nothing where that takes a decision."""
    if difference.what is What.MISSING:
        write = MISSING.get(difference.kind, _whole)
        yield from write(difference.key, comparison)
    elif how := OTHERWISE.get((difference.what, difference.kind)):
        yield from how(difference)


def _whole(key: Key, comparison: SchemaComparison) -> Iterator[str]:
    return statements.statements(statements.part(comparison.expected, key))


def _missing_column(key: Key, comparison: SchemaComparison) -> Iterator[str]:
    """Leave out what has no value for the rows that are there."""
    row = comparison.expected.objects[key]
    if not row.not_null or row.default_value is not None or row.identity:
        yield from statements.added_column(comparison.expected, key)


def _missing_index(key: Key, comparison: SchemaComparison) -> Iterator[str]:
    row = comparison.expected.objects[key]
    yield statements.index(key, row, concurrently=not _partitioned(row, comparison))


def _missing_constraint(key: Key, comparison: SchemaComparison) -> Iterator[str]:
    return _constraint(key, comparison.expected.objects[key])


def _renamed_index(difference: Difference) -> Iterator[str]:
    called = (*difference.key[:-1], str(difference.found))
    yield f"alter index {statements.name(called)} rename to {sql.identifier(difference.key[-1])}"


def _renamed_constraint(difference: Difference) -> Iterator[str]:
    old, new = sql.identifier(str(difference.found)), sql.identifier(difference.key[-1])
    yield f"alter table {statements.name(difference.key)} rename constraint {old} to {new}"


def _partitioned(row: Any, comparison: SchemaComparison) -> bool:
    table = comparison.found.objects.get(("relation", row.schema, row.table))
    return table is not None and table.kind == "p"


def _constraint(key: Key, row: Any) -> Iterator[str]:
    """Check new rows from now on, then the old ones."""
    made = statements.constraint(key, row)
    if row.type not in ("f", "c") or not row.validated:
        yield made
        return
    yield f"{made} not valid"
    validated = f"validate constraint {sql.identifier(key[3])}"
    yield f"alter table {statements.name(key)} {validated}"


def _column(difference: Difference) -> Iterator[str]:
    altered = f"alter table {statements.name(difference.key)} alter column "
    altered += sql.identifier(difference.key[-1])
    if difference.facet == "not_null":
        yield f"{altered} {'set' if difference.expected else 'drop'} not null"
    elif difference.facet == "default_value":
        value = difference.expected
        yield f"{altered} drop default" if value is None else f"{altered} set default {value}"


def _labels(difference: Difference) -> Iterator[str]:
    ours, theirs = difference.expected, difference.found
    if not isinstance(ours, tuple) or not isinstance(theirs, tuple):
        return
    for place, label in enumerate(ours):
        if label not in theirs:
            after = f" after {sql.literal(ours[place - 1])}" if place else ""
            named = statements.name(difference.key)
            yield f"alter type {named} add value {sql.literal(label)}{after}"


MISSING: Mapping[str, Callable[[Key, SchemaComparison], Iterator[str]]] = {
    "column": _missing_column,
    "index": _missing_index,
    "constraint": _missing_constraint,
}
OTHERWISE: Mapping[tuple[What, str], Callable[[Difference], Iterator[str]]] = {
    (What.RENAMED, "index"): _renamed_index,
    (What.RENAMED, "constraint"): _renamed_constraint,
    (What.CHANGED, "column"): _column,
    (What.CHANGED, "enum"): _labels,
}
