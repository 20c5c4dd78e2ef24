"""The key's values in the statements of a text, literals and what was bound to parameters alike."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator

from dashboard.diagnose.paste import parameters, statements
from dashboard.diagnose.paste.parameters import Values
from dashboard.diagnose.paste.record import Leaf
from dashboard.diagnose.paste.sought import Sought
from dashboard.diagnose.paste.statements import Row, Statement
from queries.records import dataclass

Key = tuple[tuple[str, str], ...]  # each column with its value


@dataclass(frozen=True, slots=True)
class StatementKeys:
    """The keys that one statement writes to the child's table, and all others in it."""

    start: int
    end: int
    written: tuple[Key, ...]
    others: tuple[Key, ...]


def find(text: str, leaves: Iterable[Leaf], sought: Sought) -> Iterator[StatementKeys]:
    """Find the keys of each statement that could be parsed."""
    found = statements.find(text)
    if not found:
        return
    values = _values(found, parameters.find(text), parameters.of_leaves(leaves))
    for statement, sets in zip(found, values, strict=True):
        own = [row for row in statement.written if sought.is_child(row.table)]
        rest = [row for row in statement.written if row not in own]
        yield StatementKeys(
            statement.start,
            statement.end,
            tuple(_keys(own, statement, sets, sought)),
            tuple(_keys([*rest, *statement.compared], statement, sets, sought)),
        )


def _values(
    found: tuple[Statement, ...],
    lists: tuple[parameters.Parameters, ...],
    listed: tuple[Values, ...],
) -> Iterator[tuple[Values, ...]]:
    """Give each statement the list behind it, or where none is, the one before it."""
    places = [each.start for each in lists]
    taken = 0
    for statement, following in zip(found, (*found[1:], None), strict=False):
        behind = bisect_right(places, statement.start)
        if behind < len(lists) and (following is None or places[behind] < following.start):
            taken = behind + 1
            yield lists[behind].sets
        elif behind > taken:
            taken = behind
            yield lists[behind - 1].sets
        else:
            yield listed


def _keys(
    rows: Iterable[Row], statement: Statement, sets: tuple[Values, ...], sought: Sought
) -> Iterator[Key]:
    fitting = [each for each in sets if _count(each) <= statement.parameters] or [{}]
    for row in rows:
        if columns := _columns(row, sought):
            for values in fitting:
                key = tuple(_key(row, columns, statement, values))
                if len(key) == len(columns):
                    yield key


def _count(values: Values) -> int:
    """Count the values; more than the statement has parameters are not its own, or cut wrongly."""
    return sum(name.isdigit() for name in values)


def _columns(row: Row, sought: Sought) -> tuple[str, ...]:
    if columns := sought.columns_among(row.columns, row.table):
        return columns
    named = sought.parent_columns or ("id",)
    about_parent = row.table is None or sought.is_parent(row.table)
    return named if about_parent and set(named) <= set(row.columns) else ()


def _key(
    row: Row, columns: tuple[str, ...], statement: Statement, values: Values
) -> Iterator[tuple[str, str]]:
    cells = dict(row.cells)
    for column in columns:
        value = cells[column]
        if isinstance(value, int):
            name = statement.names[value - 1] if 0 < value <= len(statement.names) else None
            value = values.get(name or str(value))
        if value is not None:
            yield column, value
