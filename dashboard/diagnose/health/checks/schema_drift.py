"""Whether the schema is as the applied migrations make it, and what guards the relationships.

Where that could be rehearsed the whole schema is compared with what the scripts make. Otherwise
what guards the relationships is compared with environments that have the same migrations:

| most others with the same migrations have | here           | finding      |
| ----------------------------------------- | -------------- | ------------ |
| a foreign key                             | none           | schema-drift |
| a foreign key                             | another action | schema-drift |
|                                           | or parent      |              |
| NOT NULL                                  | nullable       | schema-drift |
| a unique index                            | none           | schema-drift |
| any other                                                  || -            |
"""

from collections.abc import Iterator, Sequence

from dashboard.diagnose import sql, words
from dashboard.diagnose.facts import EnvironmentFacts
from dashboard.diagnose.finding import Command, Confidence, Finding, Fix, Severity
from dashboard.diagnose.health import drift_of_schema, keys
from dashboard.diagnose.health.case import Case, Check
from dashboard.diagnose.health.drift_of_keys import (
    Difference,
    Lack,
    alike,
    comparable,
    differences,
)
from dashboard.diagnose.relationship import guards

LONGEST_NAME = 63


def judge(case: Case) -> Iterator[Finding]:
    """Tell all differences at once."""
    if comparison := case.compared_schema:
        yield from drift_of_schema.judge(case, comparison)
    elif found := tuple(differences(case)):
        yield _drift(case, found)


def _drift(case: Case, found: Sequence[Difference]) -> Finding:
    facts, others = case.facts, alike(case)
    several = sum(each.number for each in others) > 1
    usually = "most other environments" if several else others[0].first.name
    states = tuple({each.usual.key.oid: each.usual for each in found}.values())
    many = words.count(len(states), "foreign key", "foreign keys")
    sure = several and facts.migrations is not None
    return Finding(
        code="schema-drift",
        severity=Severity.WARNING,
        confidence=Confidence.CERTAIN if sure else Confidence.LIKELY,
        summary=f"{facts.name} differs from {usually} in {many}: {keys.named(facts, states)}.",
        explanation="No migration explains it: both have the same ones."
        if facts.migrations is not None
        else "It is unknown whether a migration explains it: no ledger is readable.",
        fix=_fix(found, facts, decided=several),
        resolves_when=f"these relationships match {usually}",
        **keys.about(
            facts, states, [_sentence(each, usually) for each in found], "foreign_key_columns"
        ),
    )


def _sentence(difference: Difference, usually: str) -> str:
    key = difference.usual.key
    place = keys.child(key)
    match difference.lack:
        case Lack.KEY:
            action = words.DELETE_ACTIONS[key.delete_action]
            return f"{place} has no foreign key; {key.name}, on delete {action}, in {usually}"
        case Lack.SAME_KEY:
            here = " and ".join(words.foreign_key(each.key) for each in difference.own)
            return f"{place}: {here}; in {usually}: {words.foreign_key(key)}"
        case Lack.NOT_NULL:
            return f"{place} may be null; it is NOT NULL in {usually}"
        case Lack.UNIQUE:
            return f"{place} has no unique index; it has one in {usually}"


def _fix(found: Sequence[Difference], facts: EnvironmentFacts, *, decided: bool) -> Fix:
    commands, more = keys.bounded(
        command for each in found for command in _made_alike(each, facts, decided=decided)
    )
    return Fix(
        title="Restore what the migrations create",
        steps=(
            "Find out who changed it by hand and which environment matches the application's "
            "schema.",
            "If the others do, run the statements as the table's owner. First find the blocking "
            "rows and correct them.",
            "For a difference without a statement, take it from the application's migrations.",
            *more,
        ),
        commands=commands,
        risk="medium: short locks; validation reads the whole table",
        needs_role="table owner",
    )


def _made_alike(
    difference: Difference, facts: EnvironmentFacts, *, decided: bool
) -> Iterator[Command]:
    """Write what makes one difference go; nothing where the tables may be others here."""
    lack, usual, own = difference.lack, difference.usual, difference.own
    if lack is Lack.KEY or (lack is Lack.SAME_KEY and len(own) == 1 and decided):
        if _same_tables(difference, facts) and guards(usual.key):
            yield keys.dangling(usual)
            yield _made(difference)
    elif lack is Lack.NOT_NULL:
        yield from _not_null(difference)
    elif lack is Lack.UNIQUE:
        yield keys.duplicates(own[0])
        yield _unique(difference)


def _same_tables(difference: Difference, facts: EnvironmentFacts) -> bool:
    """Whether both tables are called here as there, with their schemas."""
    key = difference.usual.key
    here = {(each.schema, each.name) for each in facts.catalog.tables}
    ends = {(key.child_schema, key.child_table), (key.parent_schema, key.parent_table)}
    return ends <= here and difference.usual.columns.definition.isprintable()


def _made(difference: Difference) -> Command:
    """Check new rows from now on, then the old ones."""
    key, columns = difference.usual.key, difference.usual.columns
    table, name = keys.child_table(key), sql.identifier(key.name)
    dropped = [keys.alter(each.key, "drop constraint {}").text for each in difference.own]
    added = f"alter table {table} add constraint {name} {columns.definition}"
    checked = (
        [f"{added};"]  # a partitioned table cannot have a key that is not valid
        if columns.child_partitioned
        else [f"{added} not valid;", keys.alter(key, "validate constraint {}").text]
    )
    return Command("\n".join([*dropped, *checked]), title=words.line(key.name))


def _not_null(difference: Difference) -> Iterator[Command]:
    state = difference.own[0]
    changes = ", ".join(
        f"alter column {sql.identifier(each)} set not null" for each in state.key.child_columns
    )
    yield keys.without_value(state)
    yield Command(f"alter table {keys.child_table(state.key)} {changes};")


def _unique(difference: Difference) -> Command:
    """Name the index as Prisma does, unless that is too long."""
    state = difference.own[0]
    key = state.key
    name = f"{key.child_table}_{'_'.join(key.child_columns)}_key"
    called = f"{sql.identifier(name)} " if len(name.encode()) <= LONGEST_NAME else ""
    beside = "" if state.columns.child_partitioned else "concurrently "
    columns = keys.columns(key.child_columns)
    return Command(f"create unique index {beside}{called}on {keys.child_table(key)} ({columns});")


CHECK = Check(
    "Schema as expected",
    frozenset({"schema-drift"}),
    judge,
    sees=lambda case: case.compared_schema is not None or case.sees_all_keys,
    compares=lambda case: case.compared_schema is not None or comparable(case),
    grouped=frozenset({"schema-drift"}),
)
