"""What would stop the migrations to come on the rows that are there: as questions to be asked.

The rehearsal says what each statement makes of the schema. What it makes of the rows is followed
as long as it is certain: a new column is its default, a renamed one is itself, and what an UPDATE
sets is that. Each risk is one bounded question. What is not followed makes the answer unknown,
never yes.

| the statement makes                 | asked                              | SQLSTATE |
| ----------------------------------- | ---------------------------------- | -------- |
| a column NOT NULL                   | rows without a value               | 23502    |
| a new NOT NULL column, no default   | any row                            | 23502    |
| another type of a column            | rows that do not fit it            | class 22 |
| a unique index or a primary key     | groups of equal rows               | 23505    |
| a foreign key, validated            | rows whose parent is not there     | 23503    |
| a check, validated, of plain parts  | rows against it                    | 23514    |
| an index on a text without a limit  | rows that may be too long: unknown | 54000    |
| any other risk                      | unknown                            |          |
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dashboard.diagnose.migrations.schema import constraints, plain, questions
from dashboard.diagnose.migrations.schema.changes import (
    KINDS,
    STAND_IN,
    TRUNCATE,
    Change,
    truncated,
)
from dashboard.diagnose.migrations.schema.expressions import (
    ENUM,
    ENUMS,
    FIRST_OWN_OID,
    Expression,
    Scope,
    bare,
    enums_of,
    is_constant,
    parsed,
    presented,
    taken,
)
from dashboard.diagnose.migrations.schema.forecast import Step
from dashboard.diagnose.migrations.schema.image import SchemaImage
from dashboard.diagnose.migrations.schema.retyping import Retyped
from dashboard.diagnose.migrations.schema.verdict import Loss, Risk
from dashboard.diagnose.migrations.schema.virtual_rows import Value, VirtualTable
from queries import rows

Columns = Mapping[int, rows.CatalogColumn]


class Preflight:
    """Follows the steps of one migration after the other.

    `base` is the schema before the first; names without a schema are of `schema`.
    """

    def __init__(self, base: SchemaImage, schema: str) -> None:
        self._schema = schema
        self._tables = {
            row.oid: _table(base, row) for _, row in base.all("relation") if row.kind in ("r", "p")
        }
        self.losses: list[Loss] = []

    def risks(self, steps: Iterable[Step]) -> Iterator[Risk]:
        """Say what may stop them; `losses` are then what they drop."""
        self.losses = []
        for step in steps:
            if step.kind in KINDS:
                yield from Change.of(step, self._schema, self._tables).followed()
                continue
            if step.kind == TRUNCATE:
                yield from truncated(step, self._schema, self._tables)
                continue
            if why := plain.not_followed(step.text, step.kind):
                yield Risk(step.number, "", "its effect on rows", doubt=why)
                self._doubt_all(f"statement {step.number} may have changed it")
            if step.kind == "variable_set_stmt" and "search_path" in step.text.lower():
                self._schema = ""  # what a name without one means is not followed from here on
            self._rename_label(step)
            yield from _of_extensions(step)
            self.losses += self._lost(step)
            yield from self._of_columns(step)
            yield from self._of_the_rest(step)

    def _doubt_all(self, reason: str) -> None:
        for table in self._tables.values():
            table.doubt = table.doubt or reason

    # columns

    def _of_columns(self, step: Step) -> Iterator[Risk]:
        """Ask for what stops a column before it is otherwise, and then of what it has become."""
        self._take_new_tables(step)
        anew = set(self._computed_anew(step))
        for relation in sorted(_altered(step) | {of for of, _ in anew}):
            table = self._tables.get(relation)
            if table is None or not table.may_hold_rows:
                continue
            before, after = _columns(step.before, relation), _columns(step.after, relation)
            retyped = {
                number: Retyped.of(step, before[number], column)
                for number, column in after.items()
                if number in before
                and (_is_retyped(before[number], column) or (relation, column.name) in anew)
            }
            for each in retyped.values():
                yield from each.risks(step.number, table)
            for number in after.keys() - before.keys():
                yield from _of_added(step, table, after[number])
            _move(step, table, before, after, retyped)
            yield from _of_nulls(step, table, before, after, retyped)

    def _rename_label(self, step: Step) -> None:
        enum = plain.renamed_label(step.text, step.kind)
        for place, column in step.before.columns.items() if enum else ():
            table = self._tables.get(column.relation)
            if table and column.type_oid >= FIRST_OWN_OID and bare(column.type) == enum:
                why = f"statement {step.number} renames a label"
                table.values[place[1]] = Value(column.name, doubt=why)

    def _computed_anew(self, step: Step) -> Iterator[tuple[int, str]]:
        if step.kind != "alter_table_stmt":
            return
        for table, column in plain.computed_anew(step.text):
            for oid, key in step.before.tables.items():
                if key[2] == table:
                    yield oid, column

    def _take_new_tables(self, step: Step) -> None:
        for _, row in step.after.all("relation"):
            if row.oid not in self._tables and row.kind in ("r", "p"):
                followed = plain.not_followed(step.text, step.kind) is None
                doubt = "" if followed else "it was filled"
                self._tables[row.oid] = VirtualTable(None, doubt=doubt)

    # indexes and constraints

    def _of_the_rest(self, step: Step) -> Iterator[Risk]:
        for key, row in _otherwise(step, "index"):
            table = self._tables.get(row.relation)
            before = step.before.objects.get(key)
            known = before is not None and before.oid == row.oid
            if table and table.may_hold_rows and not known:
                yield from constraints.of_index(step.number, table, step.after, row)
        for key, row in _otherwise(step, "constraint"):
            table = self._tables.get(row.relation)
            before = step.before.objects.get(key)
            known = before is not None and before.oid == row.oid and before.validated
            if table and table.may_hold_rows and row.validated and row.enforced and not known:
                yield from self._of_constraint(step, row)

    def _of_constraint(self, step: Step, row: rows.CatalogConstraint) -> Iterator[Risk]:
        risk = constraints.of_constraint(step.number, self._tables, step.after, row)
        if risk:
            yield risk

    # losses

    def _lost(self, step: Step) -> Iterator[Loss]:
        """Name what is dropped of what was there before the scripts."""
        for _, row in step.before.all("relation"):
            table = self._tables.get(row.oid)
            if table and table.live and row.oid not in step.after.tables:
                yield questions.lost(Loss(step.number, f"table {row.name}", ""), table)
        for place, column in step.before.columns.items():
            table = self._tables.get(column.relation)
            stays = column.relation in step.after.tables and place not in step.after.columns
            if table and table.live and stays and not column.generated:
                loss = Loss(step.number, f"column {column.name} of {column.table}", "")
                yield questions.lost(loss, table, column.number)


def _table(base: SchemaImage, row: rows.CatalogRelation) -> VirtualTable:
    columns, enums = _columns(base, row.oid), enums_of(base)
    names = {number: each.name for number, each in columns.items()}
    kinds = {number: presented(each, enums) or "" for number, each in columns.items()}
    primary = (
        each.numbers
        for _, each in base.all("constraint")
        if each.relation == row.oid and each.type == "p"
    )
    return VirtualTable(
        (row.schema, row.name),
        names,
        {
            number: kind
            for number, kind in kinds.items()
            if kind in (ENUM, ENUMS) and columns[number].type_oid >= FIRST_OWN_OID
        },
        {number: Value(name) for number, name in names.items()},
        primary=next(primary, ()),
        doubt="it inherits, or others do from it" if row.name in {*_inheriting(base)} else "",
    )


def _columns(image: SchemaImage, relation: int) -> Columns:
    return {each.number: each for each in image.columns.values() if each.relation == relation}


def _otherwise(step: Step, kind: str) -> Iterator[tuple[Any, Any]]:
    """List what a statement has made, or made otherwise."""
    before = step.before.objects
    return ((key, row) for key, row in step.after.all(kind) if before.get(key) is not row)


def _altered(step: Step) -> set[int]:
    """Name the tables that have other columns than before."""
    before, after = step.before.columns, step.after.columns
    places = {place for place, row in after.items() if before.get(place) != row}
    return {relation for relation, _ in places | (before.keys() - after.keys())}


def _is_retyped(before: rows.CatalogColumn, after: rows.CatalogColumn) -> bool:
    return (before.type, before.type_oid) != (after.type, after.type_oid)


def _of_added(step: Step, table: VirtualTable, row: rows.CatalogColumn) -> Iterator[Risk]:
    what = f"rows of {row.table}, for which {row.name} has no value"
    if row.generated or row.type_kind == "d":
        yield Risk(step.number, "", what, doubt="it is computed or checked for each row")
    elif row.default_value is not None and not plain.cannot_fail(row.default_value):
        yield Risk(step.number, "", what, doubt="its default is computed")
    elif row.type == "smallint" and (row.identity or "nextval" in (row.default_value or "")):
        yield Risk(step.number, "2200H", what, doubt="its numbers may run out")
    elif row.not_null and row.default_value is None and not row.identity:
        yield questions.ask(Risk(step.number, "23502", what), table, [], "true")


def _of_nulls(
    step: Step,
    table: VirtualTable,
    before: Columns,
    after: Columns,
    retyped: Mapping[int, Retyped],
) -> Iterator[Risk]:
    for number, column in after.items():
        if not column.not_null or number not in before:
            continue
        made_anew = number in retyped and retyped[number].using is not None
        if made_anew or not before[number].not_null:
            yield constraints.of_nulls(step.number, table, column)


def _move(
    step: Step,
    table: VirtualTable,
    before: Columns,
    after: Columns,
    retyped: Mapping[int, Retyped],
) -> None:
    """Carry what is known of the rows over a statement."""
    made: dict[int, Expression] = {}
    values = dict(table.values)
    for number, column in after.items():
        if number not in before:
            values[number], made[number] = _added(step, column)
        elif number in retyped and not retyped[number].always_fits:
            each = retyped[number]
            if each.value is None:
                values[number] = Value(column.name, doubt=f"statement {step.number} retypes it")
            else:
                made[number] = each.value
                doubt = table.unknown(each.value.uses)
                values[number] = Value(column.name, stand_in=each.stand_in, doubt=doubt)
    table.values = values
    table.put({number: column.name for number, column in after.items()}, made)


def _added(step: Step, column: rows.CatalogColumn) -> tuple[Value, Expression]:
    """Say what a new column is in the rows that are there."""
    scope = Scope.of(step.after, column.relation)
    kind, default = scope.presented(column), column.default_value
    if column.generated or column.type_kind == "d":
        return Value(column.name, doubt="it is computed"), Expression("null")
    if default is None and not column.identity:
        return Value(column.name), Expression(f"cast(null as {kind})" if kind else "null")
    node = parsed(default) if default else None
    function = plain.made_for_each(node) if node is not None else "nextval"
    if function:
        return Value(column.name, True, function in plain.DISTINCT), Expression(STAND_IN)
    read = taken(node, scope) if node is not None and is_constant(node) else None
    if read is None or kind is None:
        return Value(column.name, doubt="its default is computed"), Expression("null")
    return Value(column.name), Expression(f"cast({read.text} as {kind})")


def _of_extensions(step: Step) -> Iterator[Risk]:
    for key, _ in _otherwise(step, "extension"):
        if key not in step.before.objects:
            what, doubt = f"extension {key[1]}", "whether its server offers it is not asked"
            yield Risk(step.number, "0A000", what, doubt=doubt)


def _inheriting(image: SchemaImage) -> Iterator[str]:
    for key, row in image.all("relation"):
        if row.parents and not row.bound:
            yield key[2]
            yield from (each.rpartition(".")[2].strip('"') for each in row.parents)
