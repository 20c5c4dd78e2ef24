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
from shlex import quote

from dashboard.diagnose.finding import Command, Confidence, Fact, Finding, Fix, Severity
from dashboard.diagnose.health.checks import drift
from dashboard.diagnose.health.checks.repairs import Blocker, Repairs, blocking
from dashboard.diagnose.health.checks.shape import Inspection, Shape
from dashboard.diagnose.health.checks.strict import HOW, State, Strict


def check(inspection: Inspection, strict: Strict) -> Iterator[Finding]:
    """Recognise the half-way states; everything else that fits nowhere is drift."""
    state, shape = strict.state(inspection), inspection.shape
    if state is None or shape is None or state in (State.S0, State.S1):
        return
    if state.partial and inspection.strict_applied is not True:
        yield _partial(inspection, strict, state, shape)
    elif not _has_its_own_finding(inspection, strict, shape):
        yield _drifted(inspection, strict, shape)


def _has_its_own_finding(inspection: Inspection, strict: Strict, shape: Shape) -> bool:
    """Only the key or only the unique index is not as it should be: that is said elsewhere."""
    outline, after = shape.outline, strict.after
    alone = after in (replace(outline, action=after.action), replace(outline, unique=after.unique))
    return alone and not strict.missing_columns(inspection)


def _partial(inspection: Inspection, strict: Strict, state: State, shape: Shape) -> Finding:
    name, certain = inspection.environment.name, inspection.strict_applied is False
    lost = (
        "Until it is finished the database accepts deployments of projects that do not exist, and "
        "the next deploy fails at DROP CONSTRAINT: the foreign key is already gone."
        if shape.key is None
        else "Until it is finished, what it should have made strict is not."
    )
    return Finding(
        code="partial",
        severity=Severity.ERROR,
        confidence=Confidence.CERTAIN if certain else Confidence.LIKELY,
        environment=name,
        summary=f"{strict.name} is applied only by half in {name} ({state.value}).",
        explanation=f"This is what it leaves where {HOW[state]}. {lost}",
        evidence=_compared(inspection, strict),
        caveats=()
        if certain
        else ("whether it ever succeeded here is not known: it may have been undone by hand",),
        fix=finish(inspection, strict),
        resolves_when="the constraint has the shape that the migration gives it",
    )


def finish(inspection: Inspection, strict: Strict) -> Fix | None:
    """Write what is left to do, and how to tell Prisma, unless it was told already."""
    shape, name = inspection.shape, inspection.environment.name
    if inspection.ends is None or shape is None:
        return None
    repairs = Repairs.of(inspection)
    blockers = blocking(shape, strict.after)
    caution = repairs.caution(blockers)
    remaining = repairs.resume(shape, strict.after, strict.missing_columns(inspection))
    return Fix(
        title=f"Finish the strict migration in {name} by hand",
        steps=(
            *_looking(blockers),
            *caution,
            "Run what remains as the table's owner: one transaction, which "
            f"{'' if caution else 'removes those rows first and '}changes nothing if a "
            "statement fails.",
            *_telling(inspection, strict),
        ),
        commands=(
            *(repairs.see(each) for each in blockers),
            replace(remaining, title="Finish it"),
            *([] if inspection.strict_applied else [_resolve(strict)]),
        ),
        risk="high: removes rows that the strict constraint cannot hold, and locks the table",
        needs_role="table owner",
    )


def _resolve(strict: Strict) -> Command:
    line = f"npx prisma migrate resolve --applied {quote(strict.migration or 'NAME')}"
    return Command(line, "bash", "Mark it as applied")


def _telling(inspection: Inspection, strict: Strict) -> Iterator[str]:
    if inspection.strict_applied:
        return
    if strict.migration is None:
        yield "NAME is the folder of the strict migration."
    yield "Then tell Prisma, with DATABASE_URL set to that environment."


def _looking(blockers: tuple[Blocker, ...]) -> Iterator[str]:
    if blockers:
        yield "Look at the rows that stand in the way: keep or correct what is still needed."


def _drifted(inspection: Inspection, strict: Strict, shape: Shape) -> Finding:
    name = inspection.environment.name
    return Finding(
        code="unknown-drift",
        severity=Severity.WARNING,
        environment=name,
        summary=f"{name} has the constraint neither as before nor as after {strict.called}.",
        explanation="It is also none of the states in which that migration stops half-way: "
        "somebody changed it by hand, or another migration did.",
        evidence=_compared(inspection, strict),
        fix=Fix(
            title="Find out who changed it",
            steps=(
                "Compare the cells listed here with the other environments.",
                "Write a migration that makes them equal, or change them by hand.",
            ),
            risk="none yet: nothing is changed before it is understood",
            needs_role="developer",
        ),
        resolves_when="the constraint is as before or as after the migration",
    )


def _compared(inspection: Inspection, strict: Strict) -> tuple[Fact, ...]:
    """Show it cell by cell, with what the migration makes of each."""
    found = drift.cells(inspection)
    before, after = (drift.outlined(each) for each in (strict.before, strict.after))
    cells = tuple(
        inspection.saw(
            f"{cell}: {found[cell]} (before the migration {before[cell]}, after it {after[cell]})",
            "key_shape",
        )
        for cell in after
    )
    missing = {each.name for each in strict.missing_columns(inspection)}
    columns = tuple(
        inspection.saw(
            f"column {each.name}: {'missing' if each.name in missing else 'there'}",
            "column_definitions",
        )
        for each in strict.columns
    )
    return (*cells, *columns)
