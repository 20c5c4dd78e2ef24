"""What the rows would have to be for an index, a check or a foreign key to be made."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from dashboard.diagnose.migrations.schema import questions
from dashboard.diagnose.migrations.schema.expressions import (
    Expression,
    Scope,
    read,
)
from dashboard.diagnose.migrations.schema.image import SchemaImage
from dashboard.diagnose.migrations.schema.verdict import Risk
from dashboard.diagnose.migrations.schema.virtual_rows import VirtualTable
from queries import patterns, rows

Tables = Mapping[int, VirtualTable]

LONGEST_KEY = 2500  # bytes: an index holds them for certain
LONGEST_OF_LIMITED = 600  # characters
WIDE = ("text", "character varying", "bytea", "jsonb", "citext")
NOT_FOLLOWED = "what it computes is not followed"
TRUE = Expression("true")
_LIMIT = patterns.lazy(r"character(?: varying)?\((\d+)\)")


def of_nulls(step: int, table: VirtualTable, column: rows.CatalogColumn) -> Risk:
    what = f"rows of {column.table} without {column.name}"
    return questions.ask_for_nulls(Risk(step, "23502", what), table, column.number)


def of_index(
    step: int, table: VirtualTable, image: SchemaImage, row: rows.CatalogIndex
) -> Iterator[Risk]:
    """Ask for groups of equal rows, and for what may be too long for an entry."""
    what = f"groups of rows of {row.table} that are equal in {', '.join(row.terms)}"
    risk = Risk(step, "23505" if row.is_unique else "", what)
    read_terms = _terms(table, image, row)
    if doubt := _doubt_of_index(row, read_terms):
        yield replace(risk, doubt=doubt)
        return
    *terms, predicate = [each for each in read_terms if each]
    uses = frozenset[int]().union(*(each.uses for each in (*terms, predicate)))
    if row.is_unique and not _is_distinct(table, row):
        parts = [each.text for each in terms]
        filled = [] if row.nulls_not_distinct else [f"({each}) is not null" for each in parts]
        condition = " and ".join([*_only(predicate), *filled]) or "true"
        yield questions.ask(risk, table, uses, condition, parts)
    if row.method == "btree" and (wide := _wide(image, row, terms)):
        lengths = (f"coalesce(octet_length(cast({each} as text)), 0)" for each in wide)
        condition = " and ".join([*_only(predicate), f"{' + '.join(lengths)} > {LONGEST_KEY}"])
        long = f"rows of {row.table} that may be too long for {row.name}"
        yield questions.ask(Risk(step, "54000", long, possible=True), table, uses, condition)


def _terms(
    table: VirtualTable, image: SchemaImage, row: rows.CatalogIndex
) -> Sequence[Expression | None]:
    """Read its parts, and last for which rows it is; None for what is not followed."""
    scope = Scope.of(image, row.relation)
    terms = [
        Expression(questions.called(image.columns[row.relation, number].name), frozenset({number}))
        if number
        else read(term, scope)
        for number, term in zip(row.numbers, row.terms, strict=True)
    ]
    return (*terms, read(row.predicate, scope) if row.predicate else TRUE)


def _doubt_of_index(row: rows.CatalogIndex, terms: Sequence[Expression | None]) -> str:
    if row.exclusion:
        return "an exclusion is not asked for"
    if row.is_unique and " COLLATE " in row.definition:
        return "its collation is not followed"
    followed = all(each and not each.fails for each in terms)
    return "" if followed else NOT_FOLLOWED


def _only(predicate: Expression) -> Sequence[str]:
    return [] if predicate is TRUE else [f"({predicate.text})"]


def _is_distinct(table: VirtualTable, row: rows.CatalogIndex) -> bool:
    """Whether no two rows can be equal, as one of the columns is made for each."""
    values = (table.values.get(number) for number in row.numbers)
    return not table.doubt and any(each and each.distinct for each in values)


def _wide(image: SchemaImage, row: rows.CatalogIndex, terms: Sequence[Expression]) -> Sequence[str]:
    columns = [image.columns.get((row.relation, number)) for number in row.numbers]
    return [
        term.text
        for column, term in zip(columns, terms, strict=True)
        if column is None or _is_wide(column.type)
    ]


def _is_wide(kind: str) -> bool:
    limit = _LIMIT.fullmatch(kind)
    long = limit is not None and int(limit[1]) > LONGEST_OF_LIMITED
    return kind in WIDE or kind.endswith("[]") or long


def of_constraint(
    step: int, tables: Tables, image: SchemaImage, row: rows.CatalogConstraint
) -> Risk | None:
    """Ask for what a constraint of an own kind is against; the others have an index."""
    table = tables[row.relation]
    if row.type == "c":
        return _of_check(step, table, image, row)
    if row.type == "f":
        return _of_key(step, tables, image, row)
    return None


def _of_check(
    step: int, table: VirtualTable, image: SchemaImage, row: rows.CatalogConstraint
) -> Risk:
    risk = Risk(step, "23514", f"rows of {row.table} against {row.name}")
    condition = read(row.expression or "", Scope.of(image, row.relation))
    if condition is None or condition.fails:
        return replace(risk, doubt=NOT_FOLLOWED)
    return questions.ask(risk, table, condition.uses, f"not ({condition.text})")


def _of_key(step: int, tables: Tables, image: SchemaImage, row: rows.CatalogConstraint) -> Risk:
    table, parent = tables[row.relation], tables.get(row.target)
    target = image.tables.get(row.target, ("", "", "another table"))
    risk = Risk(step, "23503", f"rows of {row.table} whose row of {target[2]} is not there")
    scope = Scope.of(image, row.relation)
    columns = [image.columns.get((row.relation, number)) for number in row.numbers]
    if parent is None or not all(each and scope.presented(each) for each in columns):
        return replace(risk, doubt="its columns are not compared here")
    if doubt := table.unknown(row.numbers) or parent.doubt:
        return replace(risk, doubt=doubt)
    filled = questions.all_filled(table, row.numbers)
    if parent.live is None:
        possible = replace(risk, possible=parent.filled)
        return questions.ask(possible, table, row.numbers, _either(table, row, filled))
    if doubt := parent.unknown(row.target_numbers):
        return replace(risk, doubt=doubt)
    missing = questions.missing_parents(table, parent, row.numbers, row.target_numbers)
    condition = _either(table, row, missing)
    asked = questions.ask(risk, table, row.numbers, condition)
    plain = row.match != "f" and not {*row.numbers} & {*table.kinds}
    return questions.with_removal(asked, table, condition, parent) if plain else asked


def _either(table: VirtualTable, row: rows.CatalogConstraint, missing: str) -> str:
    """Add what MATCH FULL refuses: some columns filled, and others not."""
    if row.match != "f" or len(row.numbers) == 1:
        return missing
    filled = [f"{questions.named(table, each)} is not null" for each in row.numbers]
    return f"({missing}) or (({' or '.join(filled)}) and not ({' and '.join(filled)}))"
