"""Family D of all foreign keys but the configured one, each code told once for all of them.

| foreign key                                       | finding             |
| ------------------------------------------------- | ------------------- |
| another one ties the same columns to a table of   | double-fk           |
| the same name                                     |                     |
| NOT ENFORCED (PostgreSQL 18)                      | fk-not-enforced     |
| NOT VALID                                         | fk-not-valid        |
| triggers off on the child                         | child-triggers-off  |
| triggers off on the parent                        | parent-triggers-off |
| they were not all read                            | keys-unknown        |
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby

from dashboard.diagnose import fixes
from dashboard.diagnose.facts import EnvironmentFacts
from dashboard.diagnose.finding import Command, Finding, Fix, Severity
from dashboard.diagnose.health import keys
from dashboard.diagnose.health.case import Case, Check
from dashboard.diagnose.relationship import ForeignKeyState, guards

States = tuple[ForeignKeyState, ...]


def judge(case: Case) -> Iterator[Finding]:
    """Judge by the catalog what is told of each key, and tell it of all of them at once."""
    facts, every = case.facts, case.other_keys
    if not case.sees_all_keys:
        yield _unknown(facts)
    for say, which in (
        (_not_enforced, lambda each: not each.key.enforced),
        (_not_valid, lambda each: each.key.enforced and not each.key.validated),
        (_child_unchecked, lambda each: each.key.child_triggers_on is False),
        (_parent_unchecked, lambda each: each.key.parent_triggers_on is False),
    ):
        if found := tuple(filter(which, every)):
            yield say(facts, found)
    if doubled := tuple(_doubled(every)):
        yield _double(facts, doubled)


def _unknown(facts: EnvironmentFacts) -> Finding:
    return Finding(
        code="keys-unknown",
        severity=Severity.UNKNOWN,
        environment=facts.name,
        summary=f"Not all foreign keys of {facts.name} were read.",
        explanation=(
            f"Only the configured one was read: {facts.reduced or 'the others were not requested'}."
        ),
        fix=fixes.ask_again(facts.environment, "Wait until the database is less busy."),
        resolves_when="all foreign keys are read in time",
    )


def _not_enforced(facts: EnvironmentFacts, found: States) -> Finding:
    many = keys.counted(found, "is NOT ENFORCED", "are NOT ENFORCED")
    return Finding(
        code="fk-not-enforced",
        severity=Severity.ERROR,
        summary=f"{many} in {facts.name}: {keys.named(facts, found)}.",
        explanation="They check nothing and accept orphans.",
        fix=_checked(found, "alter constraint {} enforced"),
        resolves_when="every foreign key is enforced",
        **keys.about(facts, found),
    )


def _not_valid(facts: EnvironmentFacts, found: States) -> Finding:
    many = keys.counted(found, "is NOT VALID", "are NOT VALID")
    return Finding(
        code="fk-not-valid",
        severity=Severity.WARNING,
        summary=f"{many} in {facts.name}: {keys.named(facts, found)}.",
        explanation="New rows are checked; older rows were not.",
        fix=_checked(found, "validate constraint {}"),
        resolves_when="every foreign key is validated",
        **keys.about(facts, found),
    )


def _child_unchecked(facts: EnvironmentFacts, found: States) -> Finding:
    many = keys.counted(found, "does not check", "do not check")
    return Finding(
        code="child-triggers-off",
        severity=Severity.ERROR,
        summary=f"{many} new rows in {facts.name}: {keys.named(facts, found)}.",
        explanation="The triggers of the child tables are disabled: orphans are accepted, "
        "although the keys look intact.",
        fix=_triggers_on(found, keys.child_table),
        resolves_when="the triggers of the child tables are enabled",
        **keys.about(facts, found),
    )


def _parent_unchecked(facts: EnvironmentFacts, found: States) -> Finding:
    many = keys.counted(found, "does not check", "do not check")
    return Finding(
        code="parent-triggers-off",
        severity=Severity.ERROR,
        summary=f"{many} deletes in {facts.name}: {keys.named(facts, found)}.",
        explanation="The triggers of the parent tables are disabled: deleting a row leaves "
        "orphans behind.",
        fix=_triggers_on(found, keys.parent_table),
        resolves_when="the triggers of the parent tables are enabled",
        **keys.about(facts, found),
    )


def _checked(found: States, change: str) -> Fix:
    written = (
        command for each in found for command in (keys.dangling(each), keys.alter(each.key, change))
    )
    commands, more = keys.bounded(written)
    return Fix(
        title="Check the existing rows",
        steps=(
            "Find the rows that violate a key, and correct or delete them.",
            "Then run its other statement as the table's owner; it fails as long as one remains.",
            *more,
        ),
        commands=commands,
        risk="low: locks the table briefly; validation reads the whole child table",
        needs_role="table owner",
    )


def _triggers_on(found: States, table: Callable[..., str]) -> Fix:
    """Let a superuser do it: the triggers of a foreign key are the system's, not the owner's."""
    tables = dict.fromkeys(table(each.key) for each in found)
    switch = (Command(f"alter table {each} enable trigger all;") for each in tables)
    commands, more = keys.bounded((*switch, *map(keys.dangling, found)))
    return Fix(
        title="Enable them again",
        steps=(
            "Find out who disabled them: a restore or a bulk load may still be running.",
            "Run the statements as a superuser. They also enable the tables' other triggers: "
            "disable again those that should be off.",
            (
                "Find the rows written meanwhile, and correct or delete them: nothing checks them "
                "later."
            ),
            *more,
        ),
        commands=commands,
        risk="medium: the application's triggers run again as well",
        needs_role="superuser",
    )


def _ties(state: ForeignKeyState) -> tuple[int, str, tuple[tuple[str, str], ...]]:
    """Say what a key ties, whatever the order of its columns and the schema of the parent."""
    key = state.key
    pairs = sorted(zip(key.child_columns, key.parent_columns, strict=True))
    return key.child_oid, key.parent_table, tuple(pairs)


def _doubled(states: Iterable[ForeignKeyState]) -> Iterator[tuple[ForeignKeyState, States]]:
    """Yield the key that may stay, and those that tie the same columns."""
    for _, same in groupby(sorted(states, key=_ties), _ties):
        stays, *strays = sorted(same, key=lambda each: (not _as_prisma(each), each.key.oid))
        if strays:
            yield stays, tuple(strays)


def _as_prisma(state: ForeignKeyState) -> bool:
    key = state.key
    return key.name == f"{key.child_table}_{'_'.join(key.child_columns)}_fkey"


def _double(
    facts: EnvironmentFacts, doubled: tuple[tuple[ForeignKeyState, States], ...]
) -> Finding:
    strays = tuple(each for _, group in doubled for each in group)
    many = keys.counted(strays, "duplicates another one", "duplicate another one")
    return Finding(
        code="double-fk",
        severity=Severity.ERROR,
        summary=f"{many} in {facts.name}: {keys.named(facts, strays)}.",
        explanation="A row must satisfy both, and a deletion triggers the action of each.",
        fix=_drop_strays(doubled),
        resolves_when="the columns have one foreign key",
        **keys.about(facts, tuple(each for stays, group in doubled for each in (*group, stays))),
    )


def _drop_strays(doubled: tuple[tuple[ForeignKeyState, States], ...]) -> Fix:
    """Drop only where the key that stays guards the same, and is called as Prisma calls it."""
    commands, more = keys.bounded(
        keys.alter(stray.key, "drop constraint {}")
        for stays, strays in doubled
        for stray in strays
        if _as_prisma(stays) and guards(stays.key) and stays.key.parent_oid == stray.key.parent_oid
    )
    return Fix(
        title="Drop the extra ones",
        steps=(
            "Find out which migration or tool created each of them and which one the "
            "application's schema contains.",
            "Drop the others; a statement is given where one has Prisma's name and enforces the "
            "same.",
            *more,
        ),
        commands=commands,
        risk="medium: what only the extra one did on a deletion no longer happens",
        needs_role="table owner",
    )


CHECK = Check(
    "Other foreign keys",
    frozenset({"keys-unknown"}),
    judge,
    sees=lambda case: case.sees_all_keys,
    grouped=frozenset(
        {"fk-not-valid", "fk-not-enforced", "child-triggers-off", "parent-triggers-off"}
        | {"double-fk"}
    ),
)
