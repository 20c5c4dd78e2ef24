"""One plan for an environment with several fixes: in this order each of them still works.

| turn | what                                       | why there                               |
| ---- | ------------------------------------------ | --------------------------------------- |
| 1    | let the dashboard see; wait                | what is found may be another thing then |
| 2    | rows that a migration stops at             | it would only fail once more            |
| 3    | a key that a migration drops first         | its script stops where there is none    |
| 4    | half of a migration, scripts never run     | later ones build on them                |
| 5    | the ledger: failed, rolled back, none      | nothing is applied before               |
| 6    | apply what is pending: once, for all       | only now it does not stop               |
| 7    | the constraint, made by hand               | 4 and 6 may make it                     |
| 8    | switch checks on, validate                 | the rows and the key are as they stay   |
| 9    | indexes, and all else                      | nothing waits for them                  |

Findings with one and the same fix are one step, and what two of them run, the later one does. What
is made by hand in 7 and 8 after a migration stops at "already exists" where that made it, so it is
looked at once more before.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from dashboard.diagnose.finding import Command, Finding, Fix
from queries.records import dataclass

SEEN, ROWS, KEY, HALF, LEDGER, APPLY, CONSTRAINT, CHECKS, REST = range(1, 10)
TURNS = {
    "table-forbidden": SEEN,
    "rls-hides": SEEN,
    "migration-running": SEEN,
    "would-fail": ROWS,
    "partial": HALF,
    "fake-applied": HALF,
    "failed": LEDGER,
    "rolled-back-only": LEDGER,
    "no-ledger": LEDGER,
    "pending": LEDGER,
    "fk-missing": CONSTRAINT,
    "double-fk": CONSTRAINT,
    "wrong-target": CONSTRAINT,
    "unique-missing": CONSTRAINT,
    "unique-invalid": CONSTRAINT,
    "action-drift": CONSTRAINT,
    "fk-not-enforced": CHECKS,
    "fk-not-valid": CHECKS,
    "child-triggers-off": CHECKS,
    "parent-triggers-off": CHECKS,
}
DEPLOY, STATUS = "npx prisma migrate deploy", "npx prisma migrate status"
SCRIPT = "/migration.sql"


@dataclass(frozen=True, slots=True)
class Step:
    """A fix in its turn; `condition` is when it is left out. The findings tell all else of it."""

    turn: int
    title: str
    codes: tuple[str, ...]
    commands: tuple[Command, ...]
    condition: str | None = None


def plan(findings: Iterable[Finding], *, key_demanded: bool = False) -> tuple[Step, ...]:
    """Put the fixes of one environment in order; a single one needs no plan.

    `key_demanded`: the key is missing, and a migration still to come begins by dropping it.
    """
    by_fix: dict[Fix, list[str]] = {}
    for finding in findings:
        if finding.fix and finding.fix.commands:
            by_fix.setdefault(finding.fix, []).append(finding.code)
    if len(by_fix) < 2:
        return ()
    turns = {**TURNS, "fk-missing": KEY} if key_demanded else TURNS
    steps = [_step(fix, tuple(dict.fromkeys(codes)), turns) for fix, codes in by_fix.items()]
    ordered = sorted((*_without_applying(steps), *_applying(steps)), key=lambda step: step.turn)
    return tuple(_conditions([*_once(ordered)]))


def _step(fix: Fix, codes: tuple[str, ...], turns: dict[str, int]) -> Step:
    return Step(min(turns.get(code, REST) for code in codes), fix.title, codes, fix.commands)


def _is(command: Command, *endings: str) -> bool:
    return command.language == "bash" and command.text.endswith(endings)


def _without_applying(steps: Sequence[Step]) -> Iterable[Step]:
    """Leave applying to one step of its own: before all is ready for it, it stops."""
    for step in steps:
        if kept := tuple(each for each in step.commands if not _is(each, DEPLOY, STATUS)):
            yield replace(step, commands=kept)


def _applying(steps: Sequence[Step]) -> Iterable[Step]:
    applying = [step for step in steps if any(_is(each, DEPLOY) for each in step.commands)]
    if applying:
        codes = tuple(dict.fromkeys(code for step in applying for code in step.codes))
        deploy = next(each for each in applying[0].commands if _is(each, DEPLOY))
        yield Step(APPLY, "Apply the pending migrations once", codes, (deploy,))


def _once(steps: Sequence[Step]) -> Iterator[Step]:
    """Leave out of a step what a later one runs: the ledger refuses to be told a second time."""
    for place, step in enumerate(steps):
        later = {each for other in steps[place + 1 :] for each in other.commands if _is(each, "")}
        if kept := tuple(each for each in step.commands if each not in later):
            yield replace(step, commands=kept)


def _conditions(steps: Sequence[Step]) -> Iterable[Step]:
    """Say of what a migration may make by itself that it is looked at once more before."""
    migrates = any(_is(each, DEPLOY, SCRIPT) for step in steps for each in step.commands)
    for step in steps:
        made = migrates and step.turn in (CONSTRAINT, CHECKS)
        condition = "only if a check afterwards still finds it" if made else None
        yield replace(step, condition=condition)
