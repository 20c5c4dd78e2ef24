"""Foreign keys of any tables in one finding: their names, what was seen, and statements."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dashboard.diagnose import sql, words
from dashboard.diagnose.facts import EnvironmentFacts
from dashboard.diagnose.finding import Command, RelationshipName, columns_of
from dashboard.diagnose.relationship import ForeignKeyState
from queries.rows import ForeignKey

NAMED_AT_MOST = 5
MOST_STATEMENTS = 20

DANGLING = """select {shown}, count(*)
from {child} as d
where
    {filled}
    and not exists (select 1 from {parent} as p where {matching})
group by {shown};"""
DUPLICATES = """select {shown}, count(*)
from {child} as d
where
    {filled}
group by {shown}
having count(*) > 1;"""
NULLS = "select count(*) from {child} as d where {empty};"


def about(
    facts: EnvironmentFacts,
    states: Sequence[ForeignKeyState],
    sentences: Iterable[str] | None = None,
    query: str = "foreign_keys",
) -> Mapping[str, Any]:
    """Give what a finding about several keys says of each of them."""
    seen = sentences or (_sentence(each.key) for each in states)
    names = tuple(reference(each.key) for each in states)
    return {
        "environment": facts.name,
        "evidence": tuple(facts.fact(each, query) for each in seen),
        "relationship": names[0],
        "relationships": names,
    }


def reference(key: ForeignKey) -> RelationshipName:
    return RelationshipName(key.name, child(key), parent(key))


def child(key: ForeignKey) -> str:
    return columns_of(key.child_schema, key.child_table, key.child_columns)


def parent(key: ForeignKey) -> str:
    return columns_of(key.parent_schema, key.parent_table, key.parent_columns)


def _sentence(key: ForeignKey) -> str:
    return f"{child(key)}: {words.foreign_key(key)}"


def counted(states: Sequence[ForeignKeyState], one: str, many: str) -> str:
    """Say how many foreign keys there are, and what they do."""
    return words.count(len(states), f"foreign key {one}", f"foreign keys {many}")


def named(facts: EnvironmentFacts, states: Sequence[ForeignKeyState]) -> str:
    """Name the first few, with the schema where it is not the environment's own."""
    own = facts.catalog.name
    keys = [each.key for each in states[:NAMED_AT_MOST]]
    shown = [
        words.line(key.name if key.child_schema == own else f"{key.child_schema}.{key.name}")
        for key in keys
    ]
    more = len(states) - len(shown)
    return words.listed([*shown, f"{more} more"] if more else shown)


def child_table(key: ForeignKey) -> str:
    return f"{sql.identifier(key.child_schema)}.{sql.identifier(key.child_table)}"


def parent_table(key: ForeignKey) -> str:
    return f"{sql.identifier(key.parent_schema)}.{sql.identifier(key.parent_table)}"


def columns(names: Iterable[str]) -> str:
    return ", ".join(map(sql.identifier, names))


def alter(key: ForeignKey, change: str) -> Command:
    """Change the key's table; `{}` stands for the key."""
    return Command(
        f"alter table {child_table(key)} {change.format(sql.identifier(key.name))};",
        title=words.line(key.name),
    )


def dangling(state: ForeignKeyState) -> Command:
    """Count the rows that the key does not allow."""
    key = state.key
    pairs = zip(key.child_columns, key.parent_columns, strict=True)
    matching = (f"p.{sql.identifier(its)} = d.{sql.identifier(own)}" for own, its in pairs)
    its_rows = "" if state.columns.parent_partitioned else "only "
    text = DANGLING.format(
        parent=f"{its_rows}{parent_table(key)}",
        matching=" and ".join(matching),
        **_of_child(state),
    )
    return Command(text, title=f"Rows that violate {words.line(key.name)}")


def duplicates(state: ForeignKeyState) -> Command:
    """Count the rows that a unique index on the key's columns does not allow."""
    place = words.line(child(state.key))
    return Command(DUPLICATES.format(**_of_child(state)), title=f"Duplicates in {place}")


def without_value(state: ForeignKeyState) -> Command:
    """Count the rows that NOT NULL does not allow."""
    place = words.line(child(state.key))
    return Command(
        NULLS.format(**_of_child(state)), title=f"Number of rows without a value in {place}"
    )


def _of_child(state: ForeignKeyState) -> Mapping[str, str]:
    """Name the child's table as the key sees it: without the rows of tables that inherit."""
    columns = [f"d.{sql.identifier(each)}" for each in state.key.child_columns]
    own_rows = "" if state.columns.child_partitioned else "only "
    return {
        "child": f"{own_rows}{child_table(state.key)}",
        "shown": ", ".join(columns),
        "filled": "\n    and ".join(f"{each} is not null" for each in columns),
        "empty": " or ".join(f"{each} is null" for each in columns),
    }


def bounded(commands: Iterable[Command]) -> tuple[tuple[Command, ...], tuple[str, ...]]:
    """Leave statements out where they are many; the second part is the step that says so."""
    every = tuple(dict.fromkeys(commands))
    more = len(every) - MOST_STATEMENTS
    told = f"{words.count(more, 'statement')} more: check again after these to get them."
    return every[:MOST_STATEMENTS], (told,) if more > 0 else ()
