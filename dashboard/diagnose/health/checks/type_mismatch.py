"""Whether the columns of a foreign key are of the same type as those they refer to.

A domain counts as the type it is over.

| child's type                  | finding                                |
| ----------------------------- | -------------------------------------- |
| the parent's                  | -                                      |
| text, and the parent varchar, | - (they compare the same)              |
| or the other way round        |                                        |
| an integer, wider             | - (it holds every value of the parent) |
| any other                     | type-mismatch                          |
"""

from collections.abc import Iterator

from dashboard.diagnose import sql
from dashboard.diagnose.facts import EnvironmentFacts
from dashboard.diagnose.finding import Command, Finding, Fix, Severity
from dashboard.diagnose.health import keys
from dashboard.diagnose.health.case import Case, Check
from dashboard.diagnose.relationship import ForeignKeyState

TEXTS = ("text", "varchar")
INTEGERS = ("int2", "int4", "int8")  # each holds the values of those before it


def judge(case: Case) -> Iterator[Finding]:
    """Judge every key, the configured one, too."""
    found = tuple(each for each in case.facts.all_keys or () if _differing(each))
    if found:
        yield _mismatch(case.facts, found)


def _fits(child: str, parent: str) -> bool:
    if child in INTEGERS and parent in INTEGERS:
        return INTEGERS.index(child) >= INTEGERS.index(parent)
    return child == parent or (child in TEXTS and parent in TEXTS)


def _differing(state: ForeignKeyState) -> list[tuple[str, str]]:
    """Pair the child's columns that differ with what the parent's are declared as."""
    found = state.columns
    types = zip(found.child_types, found.parent_types, strict=True)
    declared = zip(state.key.child_columns, found.parent_declared, strict=True)
    return [pair for pair, both in zip(declared, types, strict=True) if not _fits(*both)]


def _mismatch(facts: EnvironmentFacts, found: tuple[ForeignKeyState, ...]) -> Finding:
    many = keys.counted(found, "links columns", "link columns")
    return Finding(
        code="type-mismatch",
        severity=Severity.ERROR,
        summary=f"{many} of different types in {facts.name}: {keys.named(facts, found)}.",
        explanation="A parent's value may not fit into the child's column or may compare "
        "differently: then a valid row is rejected.",
        fix=_fix(found),
        resolves_when="the columns have the same type",
        **keys.about(facts, found, map(_sentence, found), "foreign_key_columns"),
    )


def _sentence(state: ForeignKeyState) -> str:
    key, found = state.key, state.columns
    return (
        f"{key.name}: {keys.child(key)} is {', '.join(found.child_types)}, "
        f"{keys.parent(key)} is {', '.join(found.parent_types)}"
    )


def _fix(found: tuple[ForeignKeyState, ...]) -> Fix:
    commands, more = keys.bounded(
        _retyped(each)
        for each in found
        if not each.columns.child_partitioned  # refused where the column tells the partitions apart
    )
    return Fix(
        title="Give the child's column the type of the parent's",
        steps=(
            "Change the type in the application's schema and create a migration.",
            "The migration must do what this statement does; PostgreSQL rejects it while a view "
            "uses the column.",
            *more,
        ),
        commands=commands,
        risk="high: rewrites the table, which is locked meanwhile",
        needs_role="table owner",
    )


def _retyped(state: ForeignKeyState) -> Command:
    changes = ",\n    ".join(
        f"alter column {sql.identifier(column)} type {declared}"
        for column, declared in _differing(state)
    )
    return Command(f"alter table {keys.child_table(state.key)}\n    {changes};")


CHECK = Check(
    "Types of keys",
    frozenset(),
    judge,
    sees=lambda case: case.sees_all_keys,
    grouped=frozenset({"type-mismatch"}),
)
