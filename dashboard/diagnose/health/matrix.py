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

from collections.abc import Iterable

from dashboard.diagnose.finding import Finding, Severity
from dashboard.diagnose.health.case import Case, Check
from dashboard.diagnose.health.checks import CHECKS
from dashboard.diagnose.health.report import WORST_FIRST, EnvironmentHealth, HealthReport
from dashboard.environments import Environment
from queries.records import dataclass


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


def matrix(report: HealthReport) -> tuple[Line, ...]:
    cases = [(each, report.case(each)) for each in report.environments]
    return tuple(
        Line(check, tuple(_cell(check, health, case) for health, case in cases)) for check in CHECKS
    )


def _cell(check: Check, health: EnvironmentHealth, case: Case | None) -> Cell:
    if found := _of(check, (*health.findings, *health.between)):
        return Cell(health.environment, found[0].severity, found)
    if any(check.finds(each) for each in health.muted):
        return Cell(health.environment, None, muted=True)
    if case is None or not check.sees(case):
        return Cell(health.environment, Severity.UNKNOWN, looked=False)
    return Cell(health.environment, Severity.OK if check.compares(case) else None)


def _of(check: Check, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    mine = [each for each in findings if check.finds(each)]
    return tuple(sorted(mine, key=lambda each: WORST_FIRST.index(each.severity)))
