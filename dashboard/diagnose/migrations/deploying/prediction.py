"""Goes through the pending scripts in the order of their deployment, over what the catalog has.

| a statement                                      | the script     | those after it     |
| ------------------------------------------------ | -------------- | ------------------ |
| wants what is gone, or makes what is there       | stops          | are not run        |
| depends on rows that nobody counted, or the like | cannot be told | are still followed |
| is not followed here                             | cannot be told | cannot be told     |
| anything else                                    | applies        | are followed       |
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from dashboard.diagnose.migrations.deploying.steps import (
    Demand,
    ObjectKind,
    Rows,
    SchemaObject,
    Step,
)
from dashboard.diagnose.migrations.effects import Extent
from queries.rows import CatalogObject

BUILT_IN = "pg_catalog"
AFTER = "comes after one that we cannot predict"
NEEDED = "drops what something else needs"
ROWS = "depends on the rows of {}"


@dataclass(frozen=True, slots=True)
class Stop:
    """What a script runs into; `there`: it is there, and was to be made."""

    object: SchemaObject
    sqlstate: str
    there: bool

    @property
    def sentence(self) -> str:
        state = "already exists" if self.there else "does not exist"
        return f"{self.object.label} {state} (SQLSTATE {self.sqlstate})"


@dataclass(frozen=True, slots=True)
class Prediction:
    """What becomes of one script; `extent` is how much of what it makes is there before."""

    stop: Stop | None = None
    doubts: tuple[str, ...] = ()
    extent: Extent | None = None
    opaque: bool = False


Counted = Collection[tuple[str, str, tuple[str, ...]]]  # schema, table, columns: no row in the way
Scripts = Mapping[str, Sequence[Step]]


def predict(
    scripts: Scripts, found: Iterable[CatalogObject], schema: str, counted: Counted = ()
) -> dict[str, Prediction]:
    """Predict each script up to the first that ends it; of those after that only the extent.

    `schema` is where names without one are looked for, and made.
    """
    before, now = _Objects.of(found, schema), _Objects.of(found, schema)
    predictions: dict[str, Prediction] = {}
    ended = False
    for name, steps in scripts.items():
        predicted = Prediction(doubts=(AFTER,)) if ended else _run(steps, now, counted)
        predictions[name] = replace(predicted, extent=_extent(steps, before))
        ended = ended or predicted.opaque or predicted.stop is not None
    return predictions


def _run(steps: Sequence[Step], now: "_Objects", counted: Counted) -> Prediction:
    doubts: list[str] = []
    for step in steps:
        if now.skips(step):
            continue
        stop, unsure = now.stop(step)
        doubts += filter(None, [step.doubt, now.doubt(step.rows, counted), step.opaque])
        if unsure or step.opaque:
            return Prediction(doubts=(*doubts, *([] if step.opaque else [NEEDED])), opaque=True)
        if stop:
            return Prediction(stop, tuple(dict.fromkeys(doubts)))
        if any(now.needed(each) for each in step.dropped):
            doubts.append(NEEDED)
        now.take(step)
    return Prediction(doubts=tuple(dict.fromkeys(doubts)))


def _extent(steps: Sequence[Step], before: "_Objects") -> Extent | None:
    """Compare with what the script leaves behind; None where that is not known."""
    if any(step.opaque or step.doubt for step in steps):
        return None
    left: dict[SchemaObject, bool] = {}
    for step in steps:
        left |= {before.resolved(each): False for each in step.dropped}
        left |= {before.resolved(each): True for each, _ in step.made}
    as_left = [(each in before.present) is there for each, there in left.items()]
    if not as_left or not any(as_left):
        return Extent.NONE if as_left else None
    return Extent.WHOLE if all(as_left) else Extent.PART


@dataclass(slots=True)
class _Objects:
    """What is there, each with what it is dropped with; `altered` are tables that lost a column.

    Which of their indexes and constraints went with it is not known.
    """

    schema: str
    present: dict[SchemaObject, SchemaObject | None] = field(default_factory=dict)
    essential: set[SchemaObject] = field(default_factory=set)
    made: set[SchemaObject] = field(default_factory=set)
    blank: set[SchemaObject] = field(default_factory=set)
    altered: set[SchemaObject] = field(default_factory=set)

    @classmethod
    def of(cls, found: Iterable[CatalogObject], schema: str) -> "_Objects":
        objects = cls(schema)
        for each in found:
            known = _known(each)
            objects.present[known] = _owner(each)
            if each.needed:
                objects.essential.add(known)
        return objects

    def resolved(self, each: SchemaObject) -> SchemaObject:
        """Give it its schema; PostgreSQL's own types are found without one."""
        if each.schema or each.kind in (ObjectKind.SCHEMA, ObjectKind.EXTENSION):
            return each
        here = replace(each, schema=self.schema)
        built_in = replace(each, schema=BUILT_IN)
        is_built_in = each.kind is ObjectKind.TYPE and here not in self.present
        return built_in if is_built_in and built_in in self.present else here

    def has(self, each: SchemaObject) -> bool:
        return self.resolved(each) in self.present

    def skips(self, step: Step) -> bool:
        there, gone = step.unless_there, step.unless_gone
        return bool((there and self.has(there)) or (gone and not self.has(gone)))

    def stop(self, step: Step) -> tuple[Stop | None, bool]:
        """Give what it stops at, or say that this cannot be told."""
        wanted = [(each, False) for each in step.there if not self.has(each.object)]
        taken = [(each, True) for each in step.free if self.has(each.object)]
        found = next(iter([*wanted, *taken]), None)
        unsure = any(self._unsure(each) for each in (*step.there, *step.free))
        if unsure or found is None:
            return None, unsure
        (demand, there) = found
        return Stop(demand.object, demand.sqlstate, there), False

    def _unsure(self, demand: Demand) -> bool:
        kind, each = demand.object.kind, self.resolved(demand.object)
        if kind is ObjectKind.CONSTRAINT:
            return self._table_of(each) in self.altered
        return kind is ObjectKind.RELATION and self.present.get(each) in self.altered

    def _table_of(self, each: SchemaObject) -> SchemaObject:
        return SchemaObject(ObjectKind.RELATION, each.of, each.schema)

    def needed(self, each: SchemaObject) -> bool:
        return self.resolved(each) in self.essential

    def doubt(self, rows: Rows | None, counted: Counted) -> str | None:
        if rows is None:
            return None
        table = self.resolved(rows.table)
        columns = [table.inside(ObjectKind.COLUMN, each) for each in rows.columns]
        blank = not rows.nulls and any(each in self.blank for each in columns)
        known = table in self.made or blank
        known = known or (table.schema, table.name, rows.columns) in counted
        return None if known else ROWS.format(table.name)

    def take(self, step: Step) -> None:
        for each in step.dropped:
            self._drop(self.resolved(each))
        for each, owner in step.made:
            made = self.resolved(each)
            self.present[made] = self.resolved(owner) if owner else None
            self.made.add(made)
            if step.blank and made.kind is ObjectKind.COLUMN:
                self.blank.add(made)

    def _drop(self, each: SchemaObject) -> None:
        if each.kind is ObjectKind.COLUMN:
            self.altered.add(self._table_of(each))
        gone = {each}
        while more := {of for of, owner in self.present.items() if owner in gone} - gone:
            gone |= more
        for every in gone:
            self.present.pop(every, None)


def _known(each: CatalogObject) -> SchemaObject:
    return SchemaObject(ObjectKind(each.kind), each.name, each.schema, each.of)


def _owner(each: CatalogObject) -> SchemaObject | None:
    """Say what it goes with: an index with its constraint, all else with its table or type."""
    if each.owner is None:
        return None
    kind = ObjectKind.TYPE if each.kind == ObjectKind.LABEL else ObjectKind.RELATION
    if each.kind == ObjectKind.RELATION and each.by_constraint:
        return SchemaObject(ObjectKind.CONSTRAINT, each.name, each.schema, each.owner)
    return SchemaObject(kind, each.owner, each.schema)


def wanted(scripts: Scripts) -> Iterator[str]:
    """Name all that has to be looked for in the catalog."""
    for steps in scripts.values():
        for step in steps:
            for each in step.objects:
                yield from filter(None, (each.name, each.of))
