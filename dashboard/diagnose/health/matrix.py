"""Every check of every environment in one word: green only where it was really looked at.

| the environment | the check finds | sees what it judges | can compare it | cell               |
| --------------- | --------------- | ------------------- | -------------- | ------------------ |
| did not answer  | -               | -                   | -              | not looked at      |
| answered        | something       | -                   | -              | the worst severity |
| answered        | only muted      | -                   | -              | muted              |
| answered        | nothing         | no                  | -              | not looked at      |
| answered        | nothing         | yes                 | no             | nothing to compare |
| answered        | nothing         | yes                 | yes            | ok                 |
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from dashboard.diagnose import unanswered
from dashboard.diagnose.evidence import Unavailable
from dashboard.diagnose.finding import Finding, Severity
from dashboard.diagnose.health.checks.samples import Sample, Shared
from dashboard.diagnose.health.checks.shape import Unique
from dashboard.diagnose.health.report import WORST_FIRST, Checkup, Health, Survey
from dashboard.diagnose.migrations.view import LedgerView
from dashboard.environments import Environment

Sees = Callable[[Survey, LedgerView], bool]
Compares = Callable[[Checkup, Health], bool]


@dataclass(frozen=True, slots=True)
class Check:
    """A row of the matrix: the codes it may find, and what it takes to find none of them."""

    title: str
    codes: frozenset[str]
    sees: Sees = lambda _survey, _ledger: True
    compares: Compares = lambda _checkup, _health: True


@dataclass(frozen=True, slots=True)
class Cell:
    """`severity` is None where nothing was compared, or nothing may be shown."""

    environment: Environment
    severity: Severity | None
    findings: tuple[Finding, ...] = ()
    looked: bool = True
    muted: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    check: Check
    cells: tuple[Cell, ...]


def _sees_tables(survey: Survey, _ledger: LedgerView) -> bool:
    return survey.look.schema.parent is not None and survey.inspection.shape is not None


def _sees_ledger(_survey: Survey, ledger: LedgerView) -> bool:
    return not ledger.unseen


def _knows_strict(checkup: Checkup, _health: Health) -> bool:
    return checkup.strict is not None  # a shape alone is neither right nor wrong


def _expects_unique(checkup: Checkup, health: Health) -> bool:
    """Before the strict migration nothing is amiss without the index, and nothing guarded."""
    shape = health.survey.inspection.shape if health.survey else None
    return checkup.strict is not None and shape is not None and shape.unique is Unique.VALID


def _knows_migrations(_checkup: Checkup, health: Health) -> bool:
    return health.ledger is not None and health.ledger.reference is not None


def _sees_samples(survey: Survey, _ledger: LedgerView) -> bool:
    return not isinstance(survey.shared, Unavailable)


def _sees_rows(survey: Survey, _ledger: LedgerView) -> bool:
    """Whether the application's own table was seen: beside a full one an empty one is not it."""
    return isinstance(survey.sample, Sample) and not survey.sample.filled


def _looked_for_others(_checkup: Checkup, health: Health) -> bool:
    """Whether others had projects to look for: alone, nothing can be shared."""
    return health.survey is not None and isinstance(health.survey.shared, Shared)


SILENCE = frozenset({unanswered.UNREACHABLE, unanswered.AUTH, unanswered.TIMEOUT})
LEDGER = frozenset(
    {"pending", "failed", unanswered.IN_MOTION, "rolled-back-only", "no-ledger"}
    | {"broken-folder", "fake-applied", "folder-unread", "migrations-unknown"}
)
UNKNOWN_TO_LEDGER = frozenset({"db-ahead", "edited"})
KEY = frozenset(
    {"fk-missing", "fk-not-valid", "fk-not-enforced", "child-triggers-off", "parent-triggers-off"}
    | {"wrong-target", "double-fk", "deferred", "action-drift"}
)
UNIQUE = frozenset({"unique-missing", "unique-invalid"})
STRICT = frozenset({"partial", "unknown-drift", "would-fail"})
HIDDEN = frozenset({"table-absent", unanswered.FORBIDDEN, "rls-hides"})
SCHEMA = SILENCE | HIDDEN | LEDGER | UNKNOWN_TO_LEDGER | KEY | UNIQUE | STRICT

CHECKS = (
    Check("Reachable", SILENCE),
    Check("Tables can be seen", HIDDEN, _sees_tables),
    Check("Foreign key", KEY, _sees_tables),
    Check("One deployment per project", UNIQUE, _sees_tables, _expects_unique),
    Check("Strict migration", STRICT, _sees_tables, _knows_strict),
    Check("Migrations applied", LEDGER, _sees_ledger, _knows_migrations),
    Check("Migrations known", UNKNOWN_TO_LEDGER, _sees_ledger, _knows_migrations),
    Check(
        "A database of its own",
        frozenset({"same-database", "environment-copy", "several-envs"}),
        _sees_samples,
        _looked_for_others,
    ),
    Check("Projects are there", frozenset({"empty-env"}), _sees_rows),
)


def matrix(checkup: Checkup) -> tuple[Line, ...]:
    return tuple(
        Line(check, tuple(_cell(check, each, checkup) for each in checkup.environments))
        for check in CHECKS
    )


def _cell(check: Check, health: Health, checkup: Checkup) -> Cell:
    found = _of(check, [*health.findings, *_between(health, checkup)])
    if found:
        return Cell(health.environment, found[0].severity, found)
    if any(each.code in check.codes for each in health.muted):
        return Cell(health.environment, None, muted=True)
    if health.survey is None or health.ledger is None:
        return Cell(health.environment, Severity.UNKNOWN, looked=False)
    if not check.sees(health.survey, health.ledger):
        return Cell(health.environment, Severity.UNKNOWN, looked=False)
    return Cell(health.environment, Severity.OK if check.compares(checkup, health) else None)


def _of(check: Check, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    mine = [each for each in findings if each.code in check.codes]
    return tuple(sorted(mine, key=lambda each: WORST_FIRST.index(each.severity)))


def _between(health: Health, checkup: Checkup) -> Iterable[Finding]:
    return (each for each in checkup.findings if each.environment == health.environment.name)
