"""A judged check as people read it: in a terminal, in a ticket."""

from collections.abc import Iterator, Sequence

from dashboard.diagnose import markdown, words
from dashboard.diagnose.finding import SEVERITY_WORDS, Finding
from dashboard.diagnose.health.plan import Step
from dashboard.diagnose.health.report import EnvironmentHealth, HealthReport

ALL = "all environments"


def to_text(report: HealthReport) -> str:
    """Write it for a terminal."""
    return "\n".join(_text_lines(report))


def _text_lines(report: HealthReport) -> Iterator[str]:
    for health in report.environments:
        yield f"{health.environment.name}: {_status(health)}"
        if health.unavailable:
            yield f"  {words.line(health.unavailable.message)}"
        for finding in health.findings:
            yield from _finding_lines(finding)
        yield from _plan_lines(health.plan)
    for finding in report.findings:
        yield from _finding_lines(finding)


def _status(health: EnvironmentHealth) -> str:
    muted = f" ({len(health.muted)} muted)" if health.muted else ""
    return f"{SEVERITY_WORDS[health.status]}{muted}"


def _finding_lines(finding: Finding) -> Iterator[str]:
    yield f"  {words.line(_said(finding))} [{finding.code}]"
    if finding.fix:
        yield f"    Do this: {words.line(finding.fix.title)}."


def _said(finding: Finding) -> str:
    return f"{finding.word}: {finding.summary}"


def _plan_lines(plan: Sequence[Step]) -> Iterator[str]:
    if plan:
        yield "  In this order:"
    for number, step in enumerate(plan, start=1):
        condition = f", {step.condition}" if step.condition else ""
        yield f"    {number}. {words.line(step.title)} [{', '.join(step.codes)}]{condition}"


def to_markdown(report: HealthReport) -> str:
    """Write it for a ticket or for a pull request."""
    return "\n".join(_markdown_lines(report)) + "\n"


def _markdown_lines(report: HealthReport) -> Iterator[str]:
    yield "| Environment | Status |"
    yield "| --- | --- |"
    for health in report.environments:
        name = markdown.escape(health.environment.name).replace("|", r"\|")
        yield f"| {name} | {_status(health)} |"
    for title, findings in _by_environment(report):
        for finding in findings:
            yield from _markdown_finding(title, finding)


def _by_environment(report: HealthReport) -> Iterator[tuple[str, tuple[Finding, ...]]]:
    for health in report.environments:
        yield health.environment.name, health.findings
    yield ALL, report.findings


def _markdown_finding(title: str, finding: Finding) -> Iterator[str]:
    yield f"\n**{markdown.escape(f'{title}: {_said(finding)}')}** (`{finding.code}`)"
    if finding.explanation:
        yield f"\n{markdown.escape(finding.explanation)}"
    yield from markdown.bullets("What could make this wrong", finding.caveats)
    if finding.fix:
        yield f"\n**Do this: {markdown.escape(finding.fix.title)}**\n"
        yield from markdown.numbered(finding.fix.steps)
        for command in finding.fix.commands:
            yield f"\n{markdown.fenced(command)}"
