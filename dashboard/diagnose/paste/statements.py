"""The SQL statements of a text, read by PostgreSQL's own grammar: which column gets which value."""

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from queries import patterns
from queries.records import dataclass

Value = str | int | None  # a literal, the number of a parameter, or an expression

_START = patterns.lazy(
    r"(?i)(?<![\w.$])(?:insert\s{1,9}into\b|update\s{1,9}(?:only\s{1,9})?[\w\\\"]|delete\s{1,9}from\b"
    r"|select\b|with\s{1,9}(?:recursive\s{1,9})?[\w\\\"]{1,130}\s{1,9}as\b|merge\s{1,9}into\b"
    r"|(?:alter|create|drop)\s{1,9}(?:unique\s{1,9})?(?:table|index|schema|type|view)\b)"
)
# what is no placeholder first: a text, a name, a comment, a cast, PostgreSQL's own parameter
_PLACEHOLDER = patterns.lazy(
    r"'(?:[^']|'')*'|\"[^\"\n]*\"|--[^\n]*|::|\$(?P<own>[0-9]{1,5})"
    r"|(?P<placeholder>%\((?P<pyformat>\w{1,130})\)s|%s|\?|(?<![\w:]):(?P<colon>[A-Za-z_]\w{0,130})"
    r"|(?<![\w@])@(?P<at>[A-Za-z_]\w{0,130}))"
)
_ESCAPED_QUOTE = patterns.lazy(r"\\{1,7}([\"'])")
_LAST_TOKEN = patterns.lazy(r"(?:\w{1,130}+|\S)\s*$")
_BREAK = patterns.lazy(r"\\{1,7}[nt]")
_DEFINITIONS = ("alter_", "create_", "drop_", "index_stmt", "rename_stmt", "truncate_stmt")
USUAL = 2_000  # characters; of the few that are longer some have many rows
LONGEST = 30_000
_MOST_LONG = 10
_MOST_STARTS = 300
_MOST_COMMENTS = 9  # the time to read nested comments grows with the square of their number
_MOST_CUTS = 4


@dataclass(frozen=True, slots=True)
class Row:
    """Values of columns that belong together; `table` None where an expression stands for it."""

    table: str | None
    cells: tuple[tuple[str, Value], ...]

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(column for column, _ in self.cells)


@dataclass(frozen=True, slots=True)
class Statement:
    """`written` are the rows it writes, `compared` what it compares columns with.

    `parameters` is the number of the last one, `names` are those they have beside their numbers.
    `defines`: it changes tables, not rows.
    """

    start: int
    end: int = 0
    written: tuple[Row, ...] = ()
    compared: tuple[Row, ...] = ()
    names: tuple[str | None, ...] = ()
    parameters: int = 0
    defines: bool = False


def find(text: str) -> tuple[Statement, ...]:
    """Find the statements that can be parsed, one behind the other."""
    return tuple(_found(text))


def _found(text: str) -> Iterator[Statement]:
    place, long_ones = 0, 0
    for start in itertools.islice(_START.finditer(text), _MOST_STARTS):
        if start.start() < place:
            continue
        statement, cut_off = _read(text[start.start() : start.start() + USUAL], start.start())
        if cut_off and long_ones < _MOST_LONG and start.start() + USUAL < len(text):
            long_ones += 1
            longer = text[start.start() : start.start() + LONGEST]
            statement, _ = _read(longer, start.start())
        if statement:
            place = statement.end
            yield statement


def _read(written: str, start: int) -> tuple[Statement | None, bool]:
    """Read the statement at the start of this, and tell whether it goes on behind its end."""
    plain = _ESCAPED_QUOTE.sub(r"\1", _BREAK.sub(" ", written)) if "\\" in written else written
    if plain.count("/*") > _MOST_COMMENTS:
        return None, False
    sql, names = _numbered(plain)
    node, length, cut_off = _parsed(sql)
    if node is None:
        return None, cut_off
    end, parameters = start + min(length, len(written)), _last(sql[:length])
    found = replace(_statement(node, start), end=end, names=names, parameters=parameters)
    return found, cut_off


def _last(sql: str) -> int:
    return max(
        (int(found["own"]) for found in _PLACEHOLDER.finditer(sql) if found["own"]), default=0
    )


def _numbered(sql: str) -> tuple[str, tuple[str | None, ...]]:
    """Write every placeholder as PostgreSQL does, and tell the names they had."""
    marks = (found for found in _PLACEHOLDER.finditer(sql) if found["placeholder"] or found["own"])
    first = next(marks, None)
    if first is None or first["own"]:
        return sql, ()
    names: list[str | None] = []

    def number(found: re.Match[str]) -> str:
        if found["placeholder"] is None:
            return found[0]
        names.append(found["pyformat"] or found["colon"] or found["at"])
        return f"${len(names)}"

    return _PLACEHOLDER.sub(number, sql), tuple(names)


def _parsed(sql: str) -> tuple[Any, int, bool]:
    """Parse as much as is SQL: what follows a statement in a text is cut off where it stops.

    Return nothing, or the tree; how much was parsed; and whether a longer text might say more. The
    grammar is loaded here: it takes a tenth of a second, and most texts hold no statement.
    """
    from google.protobuf.message import DecodeError
    from postgast import PgQueryError, parse

    cut_off, shorter = True, sql
    for number in range(_MOST_CUTS):
        try:
            found = parse(shorter)
        except PgQueryError as error:
            place = max(error.cursorpos - 1, 0)
            ended = place >= len(shorter)
            cut_off = cut_off if number else ended or error.message.startswith("unterminated")
            shorter = _LAST_TOKEN.sub("", shorter) if ended else shorter[:place]
        except (DecodeError, UnicodeEncodeError):  # nested too deep; a broken character
            break
        else:
            first = found.stmts[0] if found.stmts else None
            length = len(shorter) if len(found.stmts) == 1 or not first else first.stmt_len
            return first and first.stmt, length, cut_off
    return None, 0, cut_off


def _statement(node: Any, start: int) -> Statement:
    kind = node.WhichOneof("node")
    reader = _READERS.get(kind)
    if reader is None:
        return Statement(start, defines=kind.startswith(_DEFINITIONS))
    body = getattr(node, kind)
    written, compared = reader(body)
    inner = [_statement(each.common_table_expr.ctequery, start) for each in body.with_clause.ctes]
    return Statement(
        start,
        written=(*written, *(row for each in inner for row in each.written)),
        compared=(*compared, *(row for each in inner for row in each.compared)),
    )


def _insert(node: Any) -> tuple[Iterable[Row], Iterable[Row]]:
    columns = [each.res_target.name for each in node.cols]
    select = node.select_stmt.select_stmt
    lists = [each.list.items for each in select.values_lists]
    if not lists:
        lists = [[each.res_target.val for each in select.target_list]]
    rows = (_cells(zip(columns, each, strict=False)) for each in lists)
    return [Row(node.relation.relname, cells) for cells in rows if cells], _compared(select)


def _update(node: Any) -> tuple[Iterable[Row], Iterable[Row]]:
    table = node.relation.relname
    cells = _cells((each.res_target.name, each.res_target.val) for each in node.target_list)
    tables = _tables([node.relation], node.from_clause)
    return [Row(table, cells)], _conditions(node.where_clause, tables)


def _delete(node: Any) -> tuple[Iterable[Row], Iterable[Row]]:
    return (), _conditions(node.where_clause, _tables([node.relation], node.using_clause))


def _select(node: Any) -> tuple[Iterable[Row], Iterable[Row]]:
    return (), _compared(node)


_READERS = {
    "insert_stmt": _insert,
    "update_stmt": _update,
    "delete_stmt": _delete,
    "select_stmt": _select,
}


def _compared(select: Any) -> Iterable[Row]:
    return _conditions(select.where_clause, _tables((), select.from_clause))


def _tables(relations: Iterable[Any], nodes: Iterable[Any]) -> dict[str, str]:
    """Name the table behind every name that a column may be qualified with."""
    ranges = [*relations]
    pending = [*nodes]
    while pending:
        node = pending.pop()
        if node.WhichOneof("node") == "join_expr":
            pending += [node.join_expr.larg, node.join_expr.rarg]
        elif node.WhichOneof("node") == "range_var":
            ranges.append(node.range_var)
    return {(each.alias.aliasname or each.relname): each.relname for each in ranges}


def _conditions(node: Any, tables: dict[str, str]) -> list[Row]:
    """Read what columns are equal to: together where AND joins single values, else each alone."""
    rows: list[Row] = []
    together: list[tuple[str | None, str, Value]] = []
    pending = [node]
    while pending:
        each = pending.pop()
        kind = each.WhichOneof("node")
        if kind == "bool_expr":
            pending += reversed(each.bool_expr.args)
        elif kind == "a_expr":
            found = list(_equal(each.a_expr, tables))
            if len(found) == 1 and len(found[0].cells) == 1:
                together.append((found[0].table, *found[0].cells[0]))
            else:
                rows += found
    for table in dict.fromkeys(table for table, _, _ in together):
        cells = [(column, value) for owner, column, value in together if owner == table]
        distinct = len({column for column, _ in cells}) == len(cells)
        rows += [Row(table, tuple(cells))] if distinct else [Row(table, (one,)) for one in cells]
    return rows


def _equal(expression: Any, tables: dict[str, str]) -> Iterator[Row]:
    if [each.string.sval for each in expression.name] != ["="]:
        return
    left = expression.lexpr
    row = left.WhichOneof("node") == "row_expr"
    named = [_column(each, tables) for each in (left.row_expr.args if row else [left])]
    columns = [each for each in named if each]
    if not columns or len(columns) != len(named):
        return
    for value in _listed(expression.rexpr):
        values = value.row_expr.args if row else [value]
        cells = _cells((column, each) for (_, column), each in zip(columns, values, strict=False))
        yield Row(columns[0][0], cells)


def _listed(node: Any) -> Iterable[Any]:
    match node.WhichOneof("node"):
        case "list":
            return list(node.list.items)
        case "a_array_expr":
            return list(node.a_array_expr.elements)
        case _:
            return [node]


def _column(node: Any, tables: dict[str, str]) -> tuple[str | None, str] | None:
    if node.WhichOneof("node") == "type_cast":
        return _column(node.type_cast.arg, tables)
    names = [each.string.sval for each in node.column_ref.fields if each.HasField("string")]
    if not names:
        return None
    if len(names) > 1:
        return tables.get(names[-2], names[-2]), names[-1]
    return (next(iter(tables.values())) if len(tables) == 1 else None), names[-1]


def _cells(pairs: Iterable[tuple[str, Any]]) -> tuple[tuple[str, Value], ...]:
    return tuple((column, _value(node)) for column, node in pairs)


def _value(node: Any) -> Value:
    match node.WhichOneof("node"):
        case "param_ref":
            return int(node.param_ref.number)
        case "type_cast":
            return _value(node.type_cast.arg)
        case "a_const":
            return _constant(node.a_const)
        case _:
            return None


def _constant(constant: Any) -> str | None:
    match constant.WhichOneof("val"):
        case "sval":
            return str(constant.sval.sval)
        case "ival":
            return str(constant.ival.ival)
        case "fval":
            return str(constant.fval.fval)
        case _:
            return None
