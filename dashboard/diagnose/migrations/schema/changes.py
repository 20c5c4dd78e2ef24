"""Statements that change rows: followed where it is certain what they make of each.

| the statement                                        | rows after it                         |
| ---------------------------------------------------- | ------------------------------------- |
| UPDATE of own columns, with values that cannot fail  | the new value where its condition is  |
| DELETE from what no other table refers to            | those its condition is not true of    |
| TRUNCATE, of tables without triggers                 | none                                  |
| INSERT of constants into what the scripts have made  | as the rehearsal has them             |
| any other UPDATE                                     | what it sets is not known             |
| any other DELETE or INSERT                           | nothing is known of the table         |
| any, with triggers or rules                          | nothing is known of any table         |
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from dashboard.diagnose import sql
from dashboard.diagnose.migrations.schema import constraints, plain
from dashboard.diagnose.migrations.schema.expressions import (
    Expression,
    Scope,
    is_constant,
    taken,
)
from dashboard.diagnose.migrations.schema.forecast import Step
from dashboard.diagnose.migrations.schema.image import SchemaImage
from dashboard.diagnose.migrations.schema.retyping import INTEGERS, UNLIMITED
from dashboard.diagnose.migrations.schema.verdict import Risk
from dashboard.diagnose.migrations.schema.virtual_rows import Value, VirtualTable
from queries import rows
from queries.records import dataclass

KINDS = frozenset({"update_stmt", "delete_stmt", "insert_stmt"})
TRUNCATE = "truncate_stmt"
STAND_IN = "cast('' as text)"
TIMES = ("timestamp",)
TRUE = Expression("true")

Tables = Mapping[int, VirtualTable]


@dataclass(frozen=True, slots=True)
class Change:
    """One such statement, and the table that it is about; None where that is not one we know."""

    step: Step
    node: Any
    relation: int | None
    tables: Tables

    @classmethod
    def of(cls, step: Step, schema: str, tables: Tables) -> "Change":
        node = plain.statement(step.text, step.kind)
        target = node.relation
        key = ("relation", target.schemaname or schema, target.relname)
        oids = {each: oid for oid, each in step.before.tables.items()}
        return cls(step, node, oids.get(key), tables)

    @property
    def image(self) -> SchemaImage:
        return self.step.before

    @property
    def scope(self) -> Scope:
        alias = self.node.relation.alias.aliasname
        return Scope.of(self.image, self.relation or 0, alias)

    @property
    def called(self) -> str:
        return f"{self.step.kind.removesuffix('_stmt').upper()} of {self.node.relation.relname}"

    def doubt(self, why: str) -> Risk:
        return Risk(self.step.number, "", self.called, doubt=why)

    def followed(self) -> Iterator[Risk]:
        """Say what may stop it, and carry the rows over it."""
        table = self.tables.get(self.relation or 0)
        if table is None or self.relation is None:
            yield self.doubt("it is about something that is not a table here")
            _doubt_all(self.tables, f"statement {self.step.number} may have changed it")
            return
        if why := _acts(self.image, self.relation):
            yield self.doubt(why)
            _doubt_all(self.tables, f"statement {self.step.number} may have changed it")
            return
        if self.step.kind == "insert_stmt":
            yield from self._inserted(table)
        elif table.may_hold_rows:
            yield from (
                self._updated(table) if self.step.kind == "update_stmt" else self._deleted(table)
            )
        elif table.filled and any(_referring(self.image, self.relation)):
            yield self.doubt("other tables refer to it")
            _doubt_all(self.tables, f"statement {self.step.number} may have changed it")

    # INSERT

    def _inserted(self, table: VirtualTable) -> Iterator[Risk]:
        if not table.may_hold_rows and _is_of_constants(self.node):
            table.filled = True
            return
        yield self.doubt("the rows it meets, or takes from elsewhere, are not followed")
        table.doubt = table.doubt or f"statement {self.step.number} fills it"

    # DELETE

    def _deleted(self, table: VirtualTable) -> Iterator[Risk]:
        condition, why = self._condition(), self._odd()
        if any(self.tables[each].may_hold_rows for each in _below(self.image, self.relation)):
            why = why or "rows of other tables may refer to what it deletes"
        if why or condition is None or table.unknown(condition.uses):
            yield self.doubt(why or table.unknown(()) or "its condition is not followed")
            for each in (self.relation, *_below(self.image, self.relation)):
                self.tables[each or 0].doubt = f"statement {self.step.number} deletes rows"
            return
        table.put({number: value.name for number, value in table.values.items()}, {}, condition)

    # UPDATE

    def _updated(self, table: VirtualTable) -> Iterator[Risk]:
        columns = {each.name: each for each in self.scope.columns.values()}
        assigned = {
            columns[each.res_target.name].number: each.res_target
            for each in self.node.target_list
            if each.res_target.name in columns
        }
        why = self._odd() or self._not_simple(table, assigned)
        condition = self._condition()
        if why or condition is None or table.unknown(condition.uses):
            yield self.doubt(why or table.unknown(()) or "its condition is not followed")
            if _is_referred_to(self.image, self.relation, assigned):
                _doubt_all(self.tables, f"statement {self.step.number} may have changed it")
            for number in assigned:
                _set_doubt(table, number, f"statement {self.step.number} sets it")
            return
        made = {number: self._value(table, number, each) for number, each in assigned.items()}
        for number, value in made.items():
            if value is None:
                yield self.doubt(f"what it sets {table.values[number].name} to is not followed")
        self._put(table, made, condition)
        yield from self._against(table, assigned, made)

    def _not_simple(self, table: VirtualTable, assigned: Mapping[int, Any]) -> str:
        if len(assigned) < len(self.node.target_list) or any(
            each.indirection for each in assigned.values()
        ):
            return "what it sets is not followed"
        if _is_referred_to(self.image, self.relation, assigned):
            return "other tables refer to what it sets"
        columns = (self.scope.columns[table.values[number].name] for number in assigned)
        if any(each.type_kind == "d" or each.generated for each in columns):
            return "what it sets is checked by its type"
        generated = any(each.generated for each in self.scope.columns.values())
        return "columns are generated of what it sets" if generated else ""

    def _odd(self) -> str:
        """Say what it takes rows or values from, beside its own table."""
        fields = {each.name for each, _ in self.node.ListFields()}
        return "it looks elsewhere, too" if fields - PLAIN_FIELDS else ""

    def _condition(self) -> Expression | None:
        if not self.node.HasField("where_clause"):
            return TRUE
        read = taken(self.node.where_clause, self.scope)
        return None if read is None or read.fails else read

    def _value(self, table: VirtualTable, number: int, target: Any) -> "_Assigned | None":
        column = self.scope.columns[table.values[number].name]
        read = _assigned(target.val, column, self.scope)
        return None if read is None or table.unknown(read.made.uses) else read

    def _put(
        self,
        table: VirtualTable,
        made: Mapping[int, "_Assigned | None"],
        condition: Expression,
    ) -> None:
        values = dict(table.values)
        layer: dict[int, Expression] = {}
        for number, each in made.items():
            before = values[number]
            if each is None:
                values[number] = replace(before, doubt=f"statement {self.step.number} sets it")
                continue
            stand_in = each.stand_in or before.stand_in
            text = _either(condition, each, before, stand_in=stand_in)
            uses = each.made.uses | condition.uses | {number}
            layer[number] = Expression(text, uses)
            whole = condition is TRUE
            values[number] = Value(
                before.name,
                stand_in=stand_in,
                distinct=whole and each.distinct,
                doubt="" if whole else before.doubt,
            )
        table.put({number: value.name for number, value in values.items()}, layer)
        table.values = values

    def _against(
        self,
        table: VirtualTable,
        assigned: Mapping[int, Any],
        made: Mapping[int, "_Assigned | None"],
    ) -> Iterator[Risk]:
        """Ask what the constraints that are there say of the new values."""
        step = self.step.number
        for column in self.scope.columns.values():
            value = made.get(column.number)
            if value and column.not_null and not value.filled:
                yield constraints.of_nulls(step, table, column)
        yield from self._against_the_rest(table, assigned, made)

    def _against_the_rest(
        self,
        table: VirtualTable,
        assigned: Mapping[int, Any],
        made: Mapping[int, "_Assigned | None"],
    ) -> Iterator[Risk]:
        for _, index in self.image.all("index"):
            if index.relation == self.relation and _touches(index, assigned):
                yield from self._against_index(table, index, made)
        for _, each in self.image.all("constraint"):
            if each.relation == self.relation and each.type in ("c", "f") and each.enforced:
                yield from self._against_constraint(each, assigned)

    def _against_index(
        self,
        table: VirtualTable,
        index: rows.CatalogIndex,
        made: Mapping[int, "_Assigned | None"],
    ) -> Iterator[Risk]:
        step = self.step.number
        if index.is_unique and any(each is None or not each.constant for each in made.values()):
            what = f"groups of rows of {index.table} that are equal in {', '.join(index.terms)}"
            yield Risk(step, "23505", what, doubt="rows may be equal for a moment")
        yield from constraints.of_index(step, table, self.image, index)

    def _against_constraint(
        self, row: rows.CatalogConstraint, assigned: Mapping[int, Any]
    ) -> Iterator[Risk]:
        """Ask for a check, which is made of each new row, and for a key of what was set."""
        touched = bool({*row.numbers} & {*assigned})
        step, sqlstate = self.step.number, "23514" if row.type == "c" else "23503"
        if (touched or row.type == "c") and not (row.validated and not row.is_deferrable):
            yield Risk(step, sqlstate, f"rows against {row.name}", doubt="rows may be against it")
        elif touched and (risk := constraints.of_constraint(step, self.tables, self.image, row)):
            yield risk


def truncated(step: Step, schema: str, tables: Tables) -> Iterator[Risk]:
    """Empty tables, and with CASCADE those that refer to them."""
    node, image = plain.statement(step.text, step.kind), step.before
    oids = {key: oid for oid, key in image.tables.items()}
    named = [each.range_var for each in node.relations]
    found = {oids.get(("relation", each.schemaname or schema, each.relname)) for each in named}
    emptied = (
        found.union(*(_below(image, each) for each in found)) if plain.cascades(node) else found
    )
    if None in emptied or any(_acts(image, each) for each in emptied if each):
        yield Risk(step.number, "", "TRUNCATE", doubt="what it does beside is not followed")
        _doubt_all(tables, f"statement {step.number} may have changed it")
        return
    for each in emptied:
        table = tables[each or 0]
        table.filled = False
        table.put({number: value.name for number, value in table.values.items()}, {}, TRUE)


PLAIN_FIELDS = frozenset({"relation", "target_list", "where_clause"})


@dataclass(frozen=True, slots=True)
class _Assigned:
    """What a column is set to; `filled`: certainly not to NULL."""

    made: Expression
    stand_in: bool = False
    distinct: bool = False
    filled: bool = False
    constant: bool = False


def _assigned(node: Any, column: rows.CatalogColumn, scope: Scope) -> _Assigned | None:
    """Read a value that fits the column for certain: the rehearsal has tried the constants."""
    kind = scope.presented(column)
    made_for_each = plain.made_for_each(node)
    if made_for_each and kind and kind.startswith((*TIMES, "uuid", "text")):
        distinct = made_for_each in plain.DISTINCT
        return _Assigned(Expression(STAND_IN), stand_in=True, distinct=distinct, filled=True)
    read = taken(node, scope)
    if read is None or read.fails:
        return None
    leaves = list(plain.leaves(node))
    if kind is None:
        nulls = all(plain.is_null(each) for each in leaves)
        return _Assigned(Expression("null"), constant=True) if nulls else None
    if not all(_fits(each, column, scope) for each in leaves):
        return None
    constant = is_constant(node)
    made = Expression(f"cast({read.text} as {kind})", read.uses)
    return _Assigned(made, filled=constant and not plain.is_null(node), constant=constant)


def _fits(leaf: Any, column: rows.CatalogColumn, scope: Scope) -> bool:
    if is_constant(leaf):
        return True
    name = plain.column(leaf)
    if name is None:  # a function, or texts that are put together
        return column.type in UNLIMITED and plain.makes_text(leaf)
    other = scope.columns[name]
    wider = other.type in INTEGERS and column.type in INTEGERS
    wider = wider and INTEGERS.index(other.type) <= INTEGERS.index(column.type)
    text = column.type in UNLIMITED and other.type.startswith(UNLIMITED)
    return other.type == column.type or wider or text


def _either(condition: Expression, each: _Assigned, before: Value, *, stand_in: bool) -> str:
    new, old = each.made.text, sql.identifier(before.name)
    if condition is TRUE:
        return new
    if stand_in:
        new, old = f"cast({new} as text)", f"cast({old} as text)"
    return f"case when {condition.text} then {new} else {old} end"


def _touches(index: rows.CatalogIndex, assigned: Mapping[int, Any]) -> bool:
    computed = 0 in index.numbers or index.predicate is not None
    return computed or bool({*index.numbers} & {*assigned})


def _acts(image: SchemaImage, relation: int) -> str:
    """Say what of a table may do anything when its rows are changed."""
    table = image.objects[image.tables[relation]]
    for kind in ("trigger", "rule"):
        if (table.schema, table.name) in {(of.schema, of.table) for _, of in image.all(kind)}:
            return f"it has a {kind}"
    if table.forced_row_security:
        return "row security is forced on it"
    return "it is partitioned" if table.kind == "p" or table.bound else ""


def _referring(image: SchemaImage, relation: int | None) -> Iterator[rows.CatalogConstraint]:
    keys = (each for _, each in image.all("constraint") if each.type == "f")
    return (each for each in keys if each.target == relation)


def _is_referred_to(image: SchemaImage, relation: int | None, assigned: Mapping[int, Any]) -> bool:
    return any({*each.target_numbers} & {*assigned} for each in _referring(image, relation))


def _below(image: SchemaImage, relation: int | None) -> set[int]:
    """Name the tables that refer to one, over as many steps as it is."""
    found: set[int] = set()
    waiting = [relation]
    while waiting:
        of = waiting.pop()
        more = {each.relation for each in _referring(image, of)} - found
        found |= more
        waiting += more
    return found


def _doubt_all(tables: Tables, why: str) -> None:
    for table in tables.values():
        table.doubt = table.doubt or why


def _set_doubt(table: VirtualTable, number: int, why: str) -> None:
    if number in table.values:
        table.values[number] = replace(table.values[number], doubt=why)


def _is_of_constants(node: Any) -> bool:
    select = node.select_stmt.select_stmt
    values = [each for row in select.values_lists for each in row.list.items]
    return bool(values) and all(is_constant(each) or plain.made_for_each(each) for each in values)
