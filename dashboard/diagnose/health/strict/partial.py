"""D14: a strict migration that was applied by half, told by what it left behind.

| state     | ledger says applied | the one cell that differs | finding                |
| --------- | ------------------- | ------------------------- | ---------------------- |
| S0, S1    | -                   | -                         | -                      |
| P1 to P5  | no                  | -                         | partial, certain       |
| P1 to P5  | could not say       | -                         | partial, likely        |
| P1 to P5  | yes                 | the key or unique         | - (their own findings) |
| P1 to P5  | yes                 | another, or more          | unknown-drift          |
| drift     | -                   | the key or unique         | - (their own findings) |
| drift     | -                   | another, or more          | unknown-drift          |
"""

from collections.abc import Iterator
from dataclasses import replace

from dashboard.diagnose.facts import Blocker, EnvironmentFacts
from dashboard.diagnose.finding import Command, Confidence, Fact, Finding, Fix, Severity
from dashboard.diagnose.health import drift
from dashboard.diagnose.health.case import Case
from dashboard.diagnose.migrations import commands
from dashboard.diagnose.migrations.repairs import UNNAMED
from dashboard.diagnose.migrations.strict.migration import HOW, StrictMigration, StrictState
from dashboard.diagnose.relationship import ConstraintState
from dashboard.diagnose.repairs import Repairs, blocking


def judge(case: Case) -> Iterator[Finding]:
    """Recognise the half-way states; everything else that fits nowhere is drift."""
    facts, strict, state = case.facts, case.strict, case.strict_state
    if strict is None or facts.constraint is None or state is None:
        return
    if state.at_an_end:
        return
    if half_way(case):
        yield _partial(case, strict, state, facts.constraint)
    elif not _has_its_own_finding(facts, strict, facts.constraint):
        yield _drifted(facts, strict)


def half_way(case: Case) -> bool:
    """Whether the migration was begun and, for all that the ledger says, never finished."""
    state = case.strict_state
    return state is not None and state.partial and case.strict_applied is not True


def way_out(case: Case) -> Fix | None:
    """Give the one way out of a half-applied migration; None where it is not."""
    return finish(case) if half_way(case) else None


def _has_its_own_finding(
    facts: EnvironmentFacts, strict: StrictMigration, constraint: ConstraintState
) -> bool:
    """Only the key or only the unique index is not as it should be: that is said elsewhere."""
    spec, after = constraint.spec, strict.after
    alone = after in (replace(spec, action=after.action), replace(spec, unique=after.unique))
    return alone and not strict.missing_columns(facts)


def _partial(
    case: Case, strict: StrictMigration, state: StrictState, constraint: ConstraintState
) -> Finding:
    facts, name, certain = case.facts, case.facts.name, case.strict_applied is False
    nouns = case.nouns
    lost = (
        f"Until it is finished, the database accepts {nouns.child.many} of {nouns.parent.many} "
        "that do not exist, and the next deploy fails at DROP CONSTRAINT because the foreign "
        "key is gone."
        if constraint.key is None
        else "Until it is finished, the constraint is not strict."
    )
    return Finding(
        code="partial",
        severity=Severity.ERROR,
        confidence=Confidence.CERTAIN if certain else Confidence.LIKELY,
        environment=name,
        summary=f"{strict.name} is only partly applied in {name} ({state.value}).",
        explanation=f"This happens where {HOW[state]}. {lost}",
        evidence=_compared(facts, strict),
        caveats=()
        if certain
        else ("it is unknown whether it ever succeeded here: it may have been undone by hand",),
        fix=finish(case),
        resolves_when="the constraint is as the migration makes it",
    )


def finish(case: Case) -> Fix | None:
    """Write what is left to do, and how to tell Prisma, unless it was told already."""
    facts, strict, constraint = case.facts, case.strict, case.facts.constraint
    if facts.ends is None or constraint is None or strict is None:
        return None
    repairs = Repairs.of(facts)
    blockers = blocking(constraint, strict.after)
    caution = repairs.caution(blockers)
    remaining = repairs.resume(constraint, strict.after, strict.missing_columns(facts))
    return Fix(
        title=f"Finish the strict migration in {facts.name} by hand",
        steps=(
            *_looking(blockers),
            *caution,
            f"Run the rest as the table's owner{', once no such rows remain' * bool(caution)}: "
            "one transaction, which "
            f"{'' if caution else 'removes those rows first and '}changes nothing if a "
            "statement fails.",
            *_telling(case, strict),
        ),
        commands=(
            *(repairs.see(each) for each in blockers),
            replace(remaining, title="Finish it"),
            *([] if case.strict_applied else _mark(case, strict)),
        ),
        risk="high: removes rows that the strict constraint cannot hold, and locks the table",
        needs_role="table owner",
    )


def _mark(case: Case, strict: StrictMigration) -> tuple[Command, ...]:
    return commands.resolve(case.ledger, "--applied", [strict.migration or UNNAMED])


def _telling(case: Case, strict: StrictMigration) -> Iterator[str]:
    if case.strict_applied:
        return
    if strict.migration is None:
        yield f"{UNNAMED} is the folder of the strict migration."
    yield "Then mark it as applied in Prisma."


def _looking(blockers: tuple[Blocker, ...]) -> Iterator[str]:
    if blockers:
        yield "Review the blocking rows: keep or correct what is still needed."


def _drifted(facts: EnvironmentFacts, strict: StrictMigration) -> Finding:
    name = facts.name
    return Finding(
        code="unknown-drift",
        severity=Severity.WARNING,
        environment=name,
        summary=f"The constraint in {name} is neither as before nor as after {strict.called}.",
        explanation="It also matches no partly applied state: it was changed by hand or by "
        "another migration.",
        evidence=_compared(facts, strict),
        fix=Fix(
            title="Find out who changed it",
            steps=(
                "Compare the values listed here with the other environments.",
                "Write a migration that makes them equal, or change them by hand.",
            ),
            risk="none yet (nothing is changed)",
            needs_role="developer",
        ),
        resolves_when="the constraint is as before or as after the migration",
    )


def _compared(facts: EnvironmentFacts, strict: StrictMigration) -> tuple[Fact, ...]:
    """Show it cell by cell, with what the migration makes of each."""
    found = drift.cells(facts)
    before, after = (drift.spec_cells(each) for each in (strict.before, strict.after))
    cells = tuple(
        facts.fact(
            f"{cell}: {found[cell]} (before the migration {before[cell]}, after it {after[cell]})",
            "key_shape",
        )
        for cell in after
    )
    missing = {each.name for each in strict.missing_columns(facts)}
    columns = tuple(
        facts.fact(
            f"column {each.name}: {'missing' if each.name in missing else 'there'}",
            "column_definitions",
        )
        for each in strict.columns
    )
    return (*cells, *columns)
