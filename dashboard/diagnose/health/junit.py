"""A judged check as CI servers read it: a suite for each environment, a case for each check.

| the check                                  | its case                         |
| ------------------------------------------ | -------------------------------- |
| finds a warning or an error                | failure, passed if it may pass   |
| could not be made, or its finding is so    | error, skipped if it may pass    |
| is muted, or has nothing to compare with   | skipped                          |
| finds nothing, or what is only worth a note | passed                          |

What may pass is what the exit status lets pass. What no check finds is a case of its own.
"""

from collections.abc import Iterable, Iterator, Set
from html import escape

from dashboard.diagnose import words
from dashboard.diagnose.finding import Finding, Severity
from dashboard.diagnose.health.ahead import Coming, Outlook, coming
from dashboard.diagnose.health.matrix import Cell, matrix
from dashboard.diagnose.health.report import EnvironmentHealth, HealthReport
from dashboard.diagnose.nouns import Nouns
from queries.records import dataclass

ALL = "all environments"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
PENDING = "pending"
_OUTLOOKS = {
    Outlook.FAILS: Severity.ERROR,
    Outlook.FAILED: Severity.ERROR,
    Outlook.UNKNOWN: Severity.UNKNOWN,
    Outlook.NOT_REACHED: Severity.UNKNOWN,
}
_ELEMENTS = {Severity.ERROR: "failure", Severity.WARNING: "failure", Severity.UNKNOWN: "error"}


@dataclass(frozen=True, slots=True)
class _Case:
    """`element` is JUnit's for what did not pass; `says` why."""

    name: str
    element: str | None = None
    says: str = ""


def to_junit(report: HealthReport, nouns: Nouns, failing: Set[Severity]) -> str:
    """Write it, with the checks' titles; `failing` are the severities that are not let pass."""
    lines = [(nouns.fill(line.check.title), cell) for line in matrix(report) for cell in line.cells]
    told = {id(finding) for _, cell in lines for finding in cell.findings}
    suites = {ALL: [_of_finding(each, failing) for each in report.findings if id(each) not in told]}
    for health in report.environments:
        checks = (each for each in lines if each[1].environment == health.environment)
        rest = (each for each in health.findings if id(each) not in told)
        suites[health.environment.name] = [
            *(_of_check(*each, health, failing) for each in checks),
            *(_of_finding(each, failing) for each in rest),
            *(_of_coming(each, health, failing) for each in coming(health)),
        ]
    written = (line for name, cases in suites.items() if cases for line in _suite(name, cases))
    return "\n".join([HEAD, "<testsuites>", *written, "</testsuites>"])


def _of_check(title: str, cell: Cell, health: EnvironmentHealth, failing: Set[Severity]) -> _Case:
    if cell.findings:
        says = "\n".join(f"{each.summary} [{each.code}]" for each in cell.findings)
        return _Case(title, _element(cell.severity, failing), says)
    if not cell.looked:
        why = health.unavailable.message if health.unavailable else "it could not be checked"
        return _Case(title, _element(Severity.UNKNOWN, failing), f"not checked: {why}")
    if cell.severity is None:
        return _Case(title, "skipped", "muted" if cell.muted else "nothing to compare with")
    return _Case(title)


def _of_finding(finding: Finding, failing: Set[Severity]) -> _Case:
    return _Case(finding.code, _element(finding.severity, failing), finding.summary)


def _of_coming(each: Coming, health: EnvironmentHealth, failing: Set[Severity]) -> _Case:
    muted = any(finding.code == PENDING for finding in health.muted)
    element = "skipped" if muted else _element(_OUTLOOKS.get(each.outlook), failing)
    said = ": ".join(filter(None, (each.outlook, each.why)))
    return _Case(f"Deploying {each.name}", element, "\n".join((said, *(each.locks or ()))))


def _element(severity: Severity | None, failing: Set[Severity]) -> str | None:
    """Name what a case that found this holds; what nobody looked at never passes."""
    if severity and severity in failing:
        return _ELEMENTS.get(severity)
    return "skipped" if severity is Severity.UNKNOWN else None


def _suite(name: str, cases: Iterable[_Case]) -> Iterator[str]:
    listed = tuple(cases)
    numbers = {
        attribute: sum(each.element == element for each in listed)
        for attribute, element in (
            ("failures", "failure"),
            ("errors", "error"),
            ("skipped", "skipped"),
        )
    }
    counted = " ".join(f'{attribute}="{number}"' for attribute, number in numbers.items())
    yield f'<testsuite name="{_text(name)}" tests="{len(listed)}" {counted}>'
    for each in listed:
        yield from _case(each, _text(name))
    yield "</testsuite>"


def _case(case: _Case, suite: str) -> Iterator[str]:
    opening = f'<testcase classname="{suite}" name="{_text(case.name)}"'
    if not case.says:
        yield f"{opening}/>"
        return
    yield f"{opening}>"
    if case.element:
        yield f'<{case.element} message="{_text(case.says)}"/>'
    else:
        yield f"<system-out>{_text(case.says)}</system-out>"
    yield "</testcase>"


def _text(text: str) -> str:
    """Write a text so that nothing in it is markup, and nothing that XML forbids is left."""
    lines = (words.line(each).encode(errors="replace").decode() for each in text.split("\n"))
    return escape("; ".join(lines))
