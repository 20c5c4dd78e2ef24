"""What is ahead of one environment: what is pending, whether it passes, and what it locks.

| the migration                                | on deploying                 |
| -------------------------------------------- | ---------------------------- |
| began before, and has not ended              | failed, and as run again     |
| comes after one that fails                   | not reached                  |
| was rehearsed, and asked of the rows         | passes, fails or not known   |
| was not rehearsed                            | not known, and why           |
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from enum import StrEnum
from itertools import groupby

from dashboard.diagnose import words
from dashboard.diagnose.health.report import EnvironmentHealth
from dashboard.diagnose.migrations.schema.drift import What
from dashboard.diagnose.migrations.schema.rehearsed import (
    CannotRehearse,
    Rehearsed,
    RehearsedMigration,
)
from dashboard.diagnose.migrations.schema.verdict import Answer, Verdict
from dashboard.diagnose.migrations.schema.wording import sentence
from dashboard.diagnose.migrations.states import TO_COME, MigrationState, MigrationStatus
from queries.records import dataclass

MOST_REASONS = 3
MOST_KEYS = 5
NOT_YET = "it is not rehearsed yet"
UNRESOLVED = "it began before and did not end: P3009 until it is resolved"


class Outlook(StrEnum):
    PASSES = "passes"
    FAILS = "fails"
    UNKNOWN = "not known"
    NOT_REACHED = "not reached"
    FAILED = "failed"


_OF_ANSWER = {
    Answer.PASSES: Outlook.PASSES,
    Answer.FAILS: Outlook.FAILS,
    Answer.UNKNOWN: Outlook.UNKNOWN,
}


_AGAIN = {
    Outlook.PASSES: "it passes",
    Outlook.FAILS: "it fails",
    Outlook.UNKNOWN: "it may fail",
}


@dataclass(frozen=True, slots=True)
class Coming:
    """A migration to come; `locks` is None where they are not known.

    `too_slow`: it is not known for want of time, and can be asked without a limit.
    """

    name: str
    outlook: Outlook
    why: str = ""
    locks: tuple[str, ...] | None = None
    too_slow: bool = False


@dataclass(frozen=True, slots=True)
class SchemaWord:
    """Whether the schema is as the migrations make it: None where that is not known."""

    alike: bool | None
    says: tuple[str, ...]


def coming(health: EnvironmentHealth) -> Iterator[Coming]:
    """List what is to come in its order, each as far as it is known."""
    fails = False
    for each in health.migration_statuses:
        if each.state is MigrationState.FAILED:
            told = _again(each, health.rehearsed)
            yield replace(told, outlook=Outlook.FAILED)
            fails = fails or told.outlook is Outlook.FAILS
        elif each.state in TO_COME:
            told = _coming(each, health.rehearsed)
            yield Coming(told.name, Outlook.NOT_REACHED, locks=told.locks) if fails else told
            fails = fails or told.outlook is Outlook.FAILS


def grouped(to_come: Iterable[Coming]) -> Iterator[tuple[list[str], Coming]]:
    """Put together what one after the other meets alike."""
    for _, alike in groupby(to_come, lambda each: (each.outlook, each.why, each.locks)):
        listed = [*alike]
        yield [each.name for each in listed], listed[0]


def _coming(status: MigrationStatus, rehearsed: Rehearsed | None) -> Coming:
    tried = rehearsed.tried.get(status.name) if rehearsed else None
    if tried is None:
        return Coming(status.name, Outlook.UNKNOWN, _not_tried(rehearsed))
    locks = None if tried.failure else tuple(each.sentence for each in tried.locks)
    if tried.verdict is None:
        return Coming(status.name, Outlook.UNKNOWN, tried.stop or NOT_YET, locks)
    outlook, slow = _OF_ANSWER[tried.verdict.answer], tried.verdict.too_slow
    return Coming(status.name, outlook, "; ".join(_why(tried, tried.verdict)), locks, slow)


def _again(status: MigrationStatus, rehearsed: Rehearsed | None) -> Coming:
    """Say what becomes of one that failed when it runs again, where nothing of it is there."""
    if rehearsed is None or status.name not in rehearsed.tried:
        return Coming(status.name, Outlook.FAILED, UNRESOLVED)
    told = _coming(status, rehearsed)
    why = f": {told.why}" if told.why else ""
    return replace(told, why=f"{UNRESOLVED}; run again, {_AGAIN[told.outlook]}{why}")


def _not_tried(rehearsed: Rehearsed | None) -> str:
    if rehearsed is None:
        return NOT_YET
    if isinstance(rehearsed.pending, CannotRehearse):
        return rehearsed.pending.reason
    last = rehearsed.pending[-1] if rehearsed.pending else None
    return f"the rehearsal stops at {last.name}" if last else NOT_YET


def _why(tried: RehearsedMigration, verdict: Verdict) -> Iterator[str]:
    said = list(verdict.reasons[:MOST_REASONS])
    if (more := len(verdict.reasons) - MOST_REASONS) > 0:
        said.append(f"{more} more")
    if verdict.answer is Answer.FAILS:
        latest = "at the latest " if verdict.latest else ""
        codes = ", ".join(verdict.sqlstates)
        where = f"{latest}at statement {verdict.step} with {codes}: " if codes else ""
        yield f"{where}{'; '.join(said)}"
    else:
        yield from said
    if keys := [words.short(key) for each in verdict.in_the_way for key in each.keys]:
        yield f"first keys: {', '.join(keys[:MOST_KEYS])}"
    yield from (each.sentence for each in verdict.losses[:MOST_REASONS])
    if tried.assumed:
        yield f"assumed: {words.listed(list(tried.assumed))}"


def schema_word(health: EnvironmentHealth) -> SchemaWord:
    """Say in what the schema differs; what could not be compared is never alike."""
    if health.unavailable:
        return SchemaWord(None, (health.unavailable.message,))
    if health.rehearsed is None:
        return SchemaWord(None, ("it is not compared yet",))
    schema = health.rehearsed.schema
    if isinstance(schema, CannotRehearse):
        return SchemaWord(None, (schema.reason,))
    if drifted := schema.drifted:
        return SchemaWord(False, tuple(sentence(each, schema) for each in drifted))
    unsure = schema.of(What.NOT_COMPARABLE)
    return SchemaWord(None if unsure else True, tuple(sentence(each, schema) for each in unsure))
