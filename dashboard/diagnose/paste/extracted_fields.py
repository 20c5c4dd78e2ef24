"""What the sources within a record claim: PostgreSQL's words, Prisma's, and named fields."""

import re

from dashboard.diagnose.paste.error_patterns import POSTGRES, PRISMA, Wording
from dashboard.diagnose.paste.names import unqualified
from dashboard.diagnose.paste.record import Record
from dashboard.diagnose.paste.shapes import is_constraint
from dashboard.diagnose.paste.values import Problem
from queries import patterns
from queries.records import dataclass

_TICKED = patterns.lazy(r"[^`:]{0,40}:?\s?\(?((?:(?:,\s?)?`[^`]{1,130}`){1,16})")
_UNTICKED = patterns.lazy(
    r"[^`:]{0,40}:\s?\(?([\w\"$]{1,130}(?:, ?[\w\"$]{1,130}){0,15}(?: \(index\))?)"
)
_UNNAMED = ("foreign key", "(not available)", "")
_NAMES_FOLLOW = (Problem.FOREIGN_KEY, Problem.UNIQUE, Problem.NULL)
_TABLES = ("table", "table_name", "modelA", "model_a_name")
_LISTS = ("target[]", "fields[]", "constraint[]")
_INDEX = " (index)"  # behind the name of a constraint, up to Prisma 6.6


@dataclass(frozen=True, slots=True)
class Claim:
    problem: Problem | None = None
    constraint: str | None = None
    table: str | None = None
    parent: str | None = None
    columns: tuple[str, ...] = ()


def of_postgres(text: str) -> Claim | None:
    return _first(POSTGRES, text)


def of_prisma(text: str) -> Claim | None:
    return _first(PRISMA, text)


def of_fields(record: Record) -> Claim:
    """Read the properties of Prisma's meta and of a node-postgres error."""
    named = record.first("constraint", "constraint_name", "index")
    vague = _named(record.first("field_name", "target") or "")
    listed = (each for name in _LISTS for each in record.fields.get(name, ()))
    column, table = _column(record.first("column", "column_name"))
    return Claim(
        constraint=named or vague.constraint,
        table=table or _bare(record.first(*_TABLES)),
        parent=record.first("modelB", "model_b_name"),
        columns=tuple(each.strip('"') for each in listed) or vague.columns or column,
    )


def _first(wordings: tuple[Wording, ...], text: str) -> Claim | None:
    for wording in wordings:
        if found := wording.pattern.search(text):
            return _claim(wording.problem, found)
    return None


def _claim(problem: Problem, found: re.Match[str]) -> Claim:
    groups = found.groupdict()
    if not groups and problem in _NAMES_FOLLOW:
        return _claim_of_names(problem, found.string, found.end())
    columns, table = _column(groups.get("column"))
    return Claim(
        problem,
        groups.get("constraint"),
        table or _bare(groups.get("table")),
        _bare(groups.get("parent")),
        columns,
    )


def _claim_of_names(problem: Problem, text: str, place: int) -> Claim:
    """Read the columns or the constraint that end a sentence of Prisma's."""
    tail = text[place : place + 3_000].partition("\n")[0]
    found = _TICKED.match(tail) or _UNTICKED.match(tail)
    names = [each.strip(' `"') for each in found[1].split(",")] if found else []
    if len(names) == 1:
        return _named(names[0], problem, surely=tail.startswith(" on the constraint"))
    return Claim(problem, columns=tuple(names))


def _named(name: str, problem: Problem | None = None, *, surely: bool = False) -> Claim:
    """Tell a constraint's name from a column's."""
    if name in _UNNAMED:
        return Claim(problem)
    if surely or name.endswith(_INDEX) or is_constraint(name):
        return Claim(problem, constraint=name.removesuffix(_INDEX))
    return Claim(problem, columns=(name,))


def _column(name: str | None) -> tuple[tuple[str, ...], str | None]:
    """Take apart `deployments.published` and `published of relation deployments`."""
    if name is None or name in _UNNAMED:
        return (), None
    column, of_relation, table = name.partition(" of relation ")
    if not of_relation:
        table, _, column = name.rpartition(".")
    return (column.strip('"'),), _bare(table)


def _bare(table: str | None) -> str | None:
    return unqualified(table) if table else None
