"""What would stop the migrations to come on the rows that are there: as questions to be asked.

The rehearsal says what each statement makes of the schema. What it makes of the rows is followed
as long as it is certain: a new column is its default, a renamed one is itself. Each risk is one
bounded question. What is not followed makes the answer unknown, never yes.

| the statement makes                 | asked                              | SQLSTATE |
| ----------------------------------- | ---------------------------------- | -------- |
| a column NOT NULL                   | rows without a value               | 23502    |
| a new NOT NULL column, no default   | any row                            | 23502    |
| a unique index or a primary key     | groups of equal rows               | 23505    |
| a foreign key, validated            | rows whose parent is not there     | 23503    |
| a check, validated, of plain parts  | rows against it                    | 23514    |
| an index on a text without a limit  | rows that may be too long: unknown | 54000    |
| any other risk                      | unknown                            |          |
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from dashboard.diagnose import sql
from dashboard.diagnose.migrations.schema import plain
from dashboard.diagnose.migrations.schema.forecast import Step
from dashboard.diagnose.migrations.schema.image import Key, SchemaImage
from queries import rows

MOST_COUNTED = 1000
FIRST_OWN_OID = 16384  # below it are the server's own types
LONGEST_KEY = 2500  # bytes: an index holds them for certain
WIDE = ("text", "character varying", "bytea", "jsonb", "citext")
INTEGERS = ("smallint", "integer", "bigint")
_LIMIT = re.compile(r"^character varying\((\d+)\)$")


class Answer(StrEnum):
    PASSES = "passes"
    FAILS = "fails"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Risk:
    """What may stop a statement: `text` asks for it; where it cannot be asked, `doubt` says why.

    `possible`: such rows may stop it or not. `sure`: it stops whatever the rows are.
    """

    step: int
    sqlstate: str
    what: str
    text: str = ""
    doubt: str = ""
    possible: bool = False
    sure: bool = False


@dataclass(frozen=True, slots=True)
class Counted:
    """A risk, and how many rows there are; None where that is not known, and why."""

    risk: Risk
    number: int | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of one migration on the rows as they are now.

    `latest`: it stops at this statement at the latest, for of an earlier one nobody can say.
    """

    answer: Answer
    step: int | None = None
    sqlstates: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    latest: bool = False


def judged(counted: Sequence[Counted]) -> Verdict:
    """Take the first statement that is certain to be stopped; else what is not known.

    | rows in the way | not known | verdict |
    | --------------- | --------- | ------- |
    | some            | any       | fails   |
    | none            | some      | unknown |
    | none            | none      | passes  |
    """
    hits = [each for each in counted if each.number and not each.risk.possible]
    doubts = [each for each in counted if each.number is None or _may(each)]
    if not hits:
        reasons = tuple(dict.fromkeys(map(_doubted, doubts)))
        return Verdict(Answer.UNKNOWN if doubts else Answer.PASSES, reasons=reasons)
    step = min(each.risk.step for each in hits)
    first = [each for each in hits if each.risk.step == step]
    return Verdict(
        Answer.FAILS,
        step,
        tuple(dict.fromkeys(each.risk.sqlstate for each in first)),
        tuple(_stopped(each) for each in first),
        any(each.risk.step < step for each in doubts),
    )


def _may(each: Counted) -> bool:
    return each.risk.possible and bool(each.number)


def _doubted(each: Counted) -> str:
    why = each.risk.doubt or each.why or "they may stop it or not"
    return f"statement {each.risk.step}: {each.risk.what} ({why})"


def _stopped(each: Counted) -> str:
    if each.risk.sure:
        return each.risk.what
    many = (
        f"more than {MOST_COUNTED}" if each.number and each.number > MOST_COUNTED else each.number
    )
    return f"{many} {each.risk.what}"


@dataclass(slots=True)
class _Table:
    """What is known of a table's rows: by the number of a column, what it is as a query has it.

    `live` is None for one that the scripts have made, which is empty. `doubt`: what may have
    changed any row of it.
    """

    live: tuple[str, str] | None
    columns: dict[int, str] = field(default_factory=dict)
    doubt: str = ""


class Preflight:
    """Follows the steps of one migration after the other; `base` is the schema before the first."""

    def __init__(self, base: SchemaImage) -> None:
        heirs = {*_inheriting(base)}
        self._tables: dict[int, _Table] = {}
        for key, row in base.all("relation"):
            if row.kind in ("r", "p"):
                doubt = "it inherits, or others do from it" if key[2] in heirs else ""
                self._tables[row.oid] = _Table((key[1], key[2]), doubt=doubt)
        for column in base.columns.values():
            if table := self._tables.get(column.relation):
                table.columns[column.number] = f"s.{sql.identifier(column.name)}"

    def risks(self, steps: Iterable[Step]) -> Iterator[Risk]:
        for step in steps:
            if why := plain.not_followed(step.text, step.kind):
                yield Risk(step.number, "", "its effect on rows", doubt=why)
                self._doubt_all(f"statement {step.number} may have changed it")
            yield from _of_extensions(step)
            yield from self._of(step)
            self._move(step)

    def _of(self, step: Step) -> Iterator[Risk]:
        for key, row in step.after.all("column"):
            yield from self._of_column(step, key, row)
        for key, row in step.after.all("index"):
            before = step.before.objects.get(key)
            if before is None or before.oid != row.oid:
                yield from self._of_index(step, key, row)
        for key, row in step.after.all("constraint"):
            before = step.before.objects.get(key)
            checked = row.validated and row.enforced
            if checked and not (before and before.validated and before.oid == row.oid):
                yield from self._of_constraint(step, key, row)

    # columns

    def _of_column(self, step: Step, key: Key, row: rows.CatalogColumn) -> Iterator[Risk]:
        table = self._filled(row.relation)
        if table is None:
            return
        before = step.before.columns.get((row.relation, row.number))
        if before is None:
            yield from self._of_added(step, table, row)
            return
        if (before.type, before.type_oid) != (row.type, row.type_oid):
            yield from _of_retyped(step, before, row)
        if row.not_null and not before.not_null:
            what = f"rows of {key[2]} without {before.name}"
            yield self._asked(step, "23502", what, table, [row.number], "{0} is null")

    def _of_added(self, step: Step, table: _Table, row: rows.CatalogColumn) -> Iterator[Risk]:
        what = f"rows of {row.table}, for which {row.name} has no value"
        if row.generated or row.type_kind == "d":
            yield Risk(step.number, "", what, doubt="it is computed or checked for each row")
        elif row.default_value is not None and not plain.cannot_fail(row.default_value):
            yield Risk(step.number, "", what, doubt="its default is computed")
        elif row.not_null and row.default_value is None and not row.identity:
            yield self._asked(step, "23502", what, table, [], "true")

    # indexes

    def _of_index(self, step: Step, key: Key, row: rows.CatalogIndex) -> Iterator[Risk]:
        table = self._filled(row.relation)
        if table is None:
            return
        what = f"groups of rows of {row.table} that are equal in {', '.join(row.terms)}"
        if row.exclusion or row.predicate or 0 in row.numbers or " COLLATE " in row.definition:
            yield Risk(step.number, "23505", what, doubt=f"{key[-1]} is not of columns alone")
            return
        if row.is_unique:
            filled = "" if row.nulls_not_distinct else _all_filled(len(row.numbers))
            places = ", ".join(f"{{{place}}}" for place in range(len(row.numbers)))
            condition = f"{filled or 'true'} group by {places} having count(*) > 1"
            yield self._asked(step, "23505", what, table, row.numbers, condition)
        yield from self._too_long(step, table, row)

    def _too_long(self, step: Step, table: _Table, row: rows.CatalogIndex) -> Iterator[Risk]:
        """Ask for what may not fit into an index; what is compressed may all the same."""
        columns = [step.after.columns.get((row.relation, number)) for number in row.numbers]
        wide = [each.number for each in columns if each and _is_wide(each.type)]
        if row.method == "btree" and wide:
            lengths = (
                f"coalesce(octet_length(cast({{{n}}} as text)), 0)" for n in range(len(wide))
            )
            condition = f"{' + '.join(lengths)} > {LONGEST_KEY}"
            what = f"rows of {row.table} that may be too long for {row.name}"
            yield self._asked(step, "54000", what, table, wide, condition, possible=True)

    # constraints

    def _of_constraint(self, step: Step, key: Key, row: rows.CatalogConstraint) -> Iterator[Risk]:
        table = self._filled(row.relation)
        if table is None or row.type in ("p", "u"):  # told by their index and columns
            return
        if row.type == "c":
            yield self._of_check(step, table, key, row)
        elif row.type == "f":
            yield self._of_key(step, table, row)
        else:
            yield Risk(step.number, "23P01", f"rows against {key[-1]}", doubt="it is not asked for")

    def _of_check(self, step: Step, table: _Table, key: Key, row: rows.CatalogConstraint) -> Risk:
        what = f"rows of {row.table} against {key[-1]}"
        columns = [step.after.columns.get((row.relation, number)) for number in row.numbers]
        own = all(each and each.type_oid < FIRST_OWN_OID for each in columns)
        if not own or row.expression is None or not plain.is_plain(row.expression):
            return Risk(step.number, "23514", what, doubt="what it calls is not followed")
        names = {each.number: each.name for each in columns if each}
        condition = f"not ({row.expression.replace('{', '{{').replace('}', '}}')})"
        return self._asked(step, "23514", what, table, row.numbers, condition, names=names)

    def _of_key(self, step: Step, table: _Table, row: rows.CatalogConstraint) -> Risk:
        target = step.after.tables[row.target]
        what = f"rows of {row.table} whose row of {target[2]} is not there"
        columns = [step.after.columns.get((row.relation, number)) for number in row.numbers]
        own = all(each and _compares(each) for each in columns)
        if not own or (row.match == "f" and len(row.numbers) > 1):
            return Risk(step.number, "23503", what, doubt="its columns are not compared here")
        filled = _all_filled(len(row.numbers))
        parent = self._tables.get(row.target)
        if parent is None or parent.live is None:
            if parent and parent.doubt:
                return Risk(step.number, "23503", what, doubt=parent.doubt)
            return self._asked(step, "23503", what, table, row.numbers, filled)
        doubt = parent.doubt or _unknown(parent, row.target_numbers)
        if doubt:
            return Risk(step.number, "23503", what, doubt=doubt)
        shown = _selected(parent, {number: f"p{number}" for number in row.target_numbers})
        same = " and ".join(
            f"p.p{number} = {{{place}}}" for place, number in enumerate(row.target_numbers)
        )
        escaped = shown.replace("{", "{{").replace("}", "}}")
        condition = f"{filled} and not exists (select 1 from ({escaped}) as p where {same})"
        return self._asked(step, "23503", what, table, row.numbers, condition)

    # rows

    def _filled(self, relation: int) -> _Table | None:
        """Return a table that may hold rows: what is made here and was not filled holds none."""
        table = self._tables.get(relation)
        return table if table and (table.live or table.doubt) else None

    def _asked(  # noqa: PLR0913, PLR0917  # all that makes one question
        self,
        step: Step,
        sqlstate: str,
        what: str,
        table: _Table,
        numbers: Sequence[int],
        condition: str,
        *,
        names: dict[int, str] | None = None,
        possible: bool = False,
    ) -> Risk:
        doubt = table.doubt or _unknown(table, numbers)
        if doubt:
            return Risk(step.number, sqlstate, what, doubt=doubt)
        called = [sql.identifier(names[n]) if names else f"c{n}" for n in numbers]
        shown = _selected(table, dict(zip(numbers, called, strict=True)))
        where = condition.format(*(f"t.{each}" for each in called))
        counted = f"select 1 from ({shown}) as t where {where} limit {MOST_COUNTED + 1}"
        text = f"select count(*) as rows from ({counted}) as n"
        return Risk(step.number, sqlstate, what, text, possible=possible)

    def _doubt_all(self, reason: str) -> None:
        for table in self._tables.values():
            table.doubt = table.doubt or reason

    def _move(self, step: Step) -> None:
        """Carry what is known of the rows over a statement."""
        for _, row in step.after.all("relation"):
            if row.oid not in self._tables and row.kind in ("r", "p"):
                followed = plain.not_followed(step.text, step.kind) is None
                self._tables[row.oid] = _Table(None, doubt="" if followed else "it was filled")
        for place, column in step.after.columns.items():
            before = step.before.columns.get(place)
            table = self._tables.get(column.relation)
            if table and before is None:
                table.columns[column.number] = _default(column)
            elif table and before and before.type != column.type and not _widened(before, column):
                table.columns[column.number] = ""


def _of_extensions(step: Step) -> Iterator[Risk]:
    for key, _ in step.after.all("extension"):
        if key not in step.before.objects:
            what, doubt = f"extension {key[1]}", "whether its server offers it is not asked"
            yield Risk(step.number, "0A000", what, doubt=doubt)


def _inheriting(image: SchemaImage) -> Iterator[str]:
    for key, row in image.all("relation"):
        if row.parents and not row.bound:
            yield key[2]
            yield from (each.rpartition(".")[2].strip('"') for each in row.parents)


def _default(column: rows.CatalogColumn) -> str:
    """Write what a new column is in the rows that are there; empty where that is not one value."""
    value = column.default_value
    if value is None and not column.identity and not column.generated:
        return f"cast(null as {column.type})" if column.type_oid < FIRST_OWN_OID else "null"
    own = column.type_oid < FIRST_OWN_OID
    constant = value is not None and own and plain.is_constant(value)
    return f"cast({value} as {column.type})" if constant else ""


def _unknown(table: _Table, numbers: Iterable[int]) -> str:
    known = all(table.columns.get(number) for number in numbers)
    return "" if known else "the values of a column are made by the scripts"


def _selected(table: _Table, numbers: Mapping[int, str]) -> str:
    """Select columns as the statements so far leave them."""
    if table.live is None:
        raise TypeError("what the scripts have made is not asked for")
    shown = (f"{table.columns[number]} as {called}" for number, called in numbers.items())
    place = ".".join(map(sql.identifier, table.live))
    return f"select {', '.join(shown) or '1 as nothing'} from {place} as s"


def _all_filled(columns: int) -> str:
    return " and ".join(f"{{{place}}} is not null" for place in range(columns))


def _compares(column: rows.CatalogColumn) -> bool:
    return column.type_oid < FIRST_OWN_OID or column.type_kind == "e"


def _is_wide(kind: str) -> bool:
    limit = _LIMIT.match(kind)
    return kind in WIDE or kind.endswith("[]") or (limit is not None and int(limit[1]) > 600)


def _of_retyped(
    step: Step, before: rows.CatalogColumn, after: rows.CatalogColumn
) -> Iterator[Risk]:
    if not _widened(before, after) or re.search(r"(?i)\busing\b", step.text):
        what = f"rows of {after.table} whose {before.name} does not fit {after.type}"
        yield Risk(step.number, "22", what, doubt="a change of type is not followed")


def _widened(before: rows.CatalogColumn, after: rows.CatalogColumn) -> bool:
    """Whether every value fits as it is, and what was equal stays so."""
    old, new = before.type, after.type
    if before.collation_name != after.collation_name:
        return False
    if old in INTEGERS and new in INTEGERS:
        return INTEGERS.index(new) >= INTEGERS.index(old)
    limited, limit = _LIMIT.match(old), _LIMIT.match(new)
    text = limited is not None or old in ("text", "character varying")
    if limit is None:
        return text and new in ("text", "character varying")
    return limited is not None and int(limit[1]) >= int(limited[1])
