"""The indexes that lead with the columns of a foreign key, of all but the configured one.

| a usable one  | half-built ones            | finding                 |
| ------------- | -------------------------- | ----------------------- |
| yes           | none                       | -                       |
| no            | none                       | fk-unindexed (info)     |
| any           | one that was to be unique, | invalid-index (error)   |
|               | and none is                |                         |
| any           | any other                  | invalid-index (warning) |
"""

from collections.abc import Iterator

from dashboard.diagnose import sql
from dashboard.diagnose.facts import EnvironmentFacts
from dashboard.diagnose.finding import Command, Finding, Fix, Severity
from dashboard.diagnose.health import keys
from dashboard.diagnose.health.case import Case, Check
from dashboard.diagnose.relationship import ForeignKeyState
from queries import patterns

States = tuple[ForeignKeyState, ...]
LEFTOVER = patterns.lazy(
    r"_cc(?:new|old)\d*"
)  # of REINDEX CONCURRENTLY, which goes on with the other


def judge(case: Case) -> Iterator[Finding]:
    """Judge the indexes that deleting a parent's row, and reading its children, needs."""
    facts, every = case.facts, case.other_keys
    unguarded = tuple(each for each in every if _lets_duplicates_in(each))
    invalid = tuple(each for each in every if each.columns.invalid and each not in unguarded)
    unindexed = tuple(each for each in every if not (each.columns.indexed or each.columns.invalid))
    for found in filter(None, (unguarded, invalid)):
        yield _invalid(facts, found)
    if unindexed:
        yield _unindexed(facts, unindexed)


def _lets_duplicates_in(state: ForeignKeyState) -> bool:
    return bool(state.columns.invalid_unique) and not state.columns.is_unique


def _unindexed(facts: EnvironmentFacts, found: States) -> Finding:
    many = keys.counted(
        found,
        "has no index on its columns",
        "have no index on their columns",
    )
    commands, more = keys.bounded(map(_build, found))
    return Finding(
        code="fk-unindexed",
        severity=Severity.INFO,
        summary=f"{many} in {facts.name}: {keys.named(facts, found)}.",
        explanation="Deleting one parent row, or finding its children, reads the whole child "
        "table. Prisma does not create indexes for relations.",
        fix=Fix(
            title="Create the indexes where the tables are large",
            steps=(
                "Add @@index to the models of large tables, so that the next migration creates "
                "them.",
                "On a large table, first create it with this statement, outside a transaction.",
                *more,
            ),
            commands=commands,
            risk="low: creating it reads the whole table; nothing is changed",
            needs_role="table owner",
        ),
        resolves_when="an index leads with the columns of each key",
        **keys.about(facts, found, map(_sentence, found), "foreign_key_columns"),
    )


def _sentence(state: ForeignKeyState) -> str:
    return f"{state.key.name}: no usable index leads with {keys.child(state.key)}"


def _build(state: ForeignKeyState) -> Command:
    """Let PostgreSQL name it, as Prisma does: a name of one's own may be taken."""
    beside = "" if state.columns.child_partitioned else "concurrently "
    columns = keys.columns(state.key.child_columns)
    return Command(f"create index {beside}on {keys.child_table(state.key)} ({columns});")


def _invalid(facts: EnvironmentFacts, found: States) -> Finding:
    many = keys.counted(found, "has an invalid index", "have an invalid index")
    unguarded = _lets_duplicates_in(found[0])
    effect = (
        "It should be unique but does not prevent duplicates."
        if unguarded
        else "It slows down every write, and no query uses it."
    )
    commands, more = keys.bounded(
        command for each in found if not each.columns.child_partitioned for command in _mend(each)
    )
    return Finding(
        code="invalid-index",
        severity=Severity.ERROR if unguarded else Severity.WARNING,
        summary=f"{many} in {facts.name}: {keys.named(facts, found)}.",
        explanation=f"Creating it failed midway and left it invalid. {effect}",
        caveats=("an index under construction looks the same",),
        fix=Fix(
            title="Rebuild it or drop it",
            steps=(
                "Make sure that no index is under construction.",
                "Run each statement outside a transaction. A unique index cannot be created "
                "while duplicates exist: review them and decide which rows to keep.",
                "On a partitioned table, create the index on each partition and attach it.",
                *more,
            ),
            commands=commands,
            risk="low: creating an index reads the whole table; nothing uses an invalid one",
            needs_role="table owner",
        ),
        resolves_when="no invalid index remains",
        **keys.about(facts, found, map(_left, found), "foreign_key_columns"),
    )


def _left(state: ForeignKeyState) -> str:
    return f"{keys.child(state.key)}: invalid {', '.join(state.columns.invalid)}"


def _mend(state: ForeignKeyState) -> Iterator[Command]:
    """Drop what a usable one stands beside; build the others again, once that can succeed."""
    schema, columns = sql.identifier(state.key.child_schema), state.columns
    for name in columns.invalid:
        index, unique = f"{schema}.{sql.identifier(name)}", name in columns.invalid_unique
        if LEFTOVER.search(name) or (columns.is_unique if unique else columns.indexed):
            yield Command(f"drop index concurrently {index};")
        elif unique:
            yield keys.duplicates(state)
            yield Command(f"reindex index concurrently {index};")
        else:
            yield Command(f"reindex index concurrently {index};")


CHECK = Check(
    "Indexes of other keys",
    frozenset(),
    judge,
    sees=lambda case: case.sees_all_keys,
    grouped=frozenset({"fk-unindexed", "invalid-index"}),
)
