"""A judged check as people read it: in a terminal, in a ticket."""

from collections.abc import Iterable, Iterator, Sequence

from dashboard.diagnose import markdown, words
from dashboard.diagnose.finding import SEVERITY_WORDS, Finding
from dashboard.diagnose.health.ahead import Coming, Outlook, coming, grouped, schema_word
from dashboard.diagnose.health.plan import Step
from dashboard.diagnose.health.report import EnvironmentHealth, HealthReport

ALL = "all environments"
TITLES = ("Environment", "Status", "Pending", "On deploying", "Locks", "Schema")
MOST_NAMES = 10  # in a cell; JSON has all
MOST_LOCKS = 3
MOST_DIFFERENCES = 3


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
        yield from _ahead_lines(health)
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


def _ahead_lines(health: EnvironmentHealth) -> Iterator[str]:
    """Say what deploying would do, and why the schema is not compared where it is not."""
    if to_come := [*coming(health)]:
        yield "  On deploying:"
    for names, each in grouped(to_come):
        yield f"    {words.line(words.listed(_first(names, MOST_NAMES)))}: {words.line(_met(each))}"
        yield from (f"      {words.line(lock)}" for lock in each.locks or ())
    word = schema_word(health)
    if health.facts and word.alike is None:
        yield f"  Not known: schema as the migrations make it ({words.line('; '.join(word.says))})"


def _met(each: Coming) -> str:
    return f"{each.outlook}: {each.why}" if each.why else each.outlook.value


def _first(texts: Sequence[str], most: int) -> list[str]:
    more = len(texts) - most
    return [*texts[:most], *([f"{more} more"] if more > 0 else [])]


def to_markdown(report: HealthReport) -> str:
    """Write it for a ticket or for a pull request."""
    return "\n".join(_markdown_lines(report)) + "\n"


def _markdown_lines(report: HealthReport) -> Iterator[str]:
    yield _row(TITLES)
    yield _row(["---"] * len(TITLES))
    for health in report.environments:
        yield from _rows(health)
    for title, findings in _by_environment(report):
        for finding in findings:
            yield from _markdown_finding(title, finding)


def _rows(health: EnvironmentHealth) -> Iterator[str]:
    """Write a row for each migration to come, or for several that meet the same."""
    beside = (_cell([_status(health)]), _cell(_schema(health)))
    nothing: tuple[list[str], Coming | None] = ([], None)
    for place, (names, each) in enumerate([*grouped([*coming(health)])] or [nothing]):
        status, schema = beside if place == 0 else ("", "")
        met = [_met(each)] if each else [_nothing_to_come(health)]
        cells = (_cell(_first(names, MOST_NAMES)), _cell(met), _cell(_locks(each)))
        yield _row((_cell([health.environment.name]), status, *cells, schema))


def _nothing_to_come(health: EnvironmentHealth) -> str:
    ledger = health.ledger
    known = ledger is not None and ledger.compared and not ledger.unknown
    return "nothing is pending" if known else Outlook.UNKNOWN


def _locks(each: Coming | None) -> list[str]:
    if each is None:
        return []
    return [Outlook.UNKNOWN] if each.locks is None else _first(each.locks, MOST_LOCKS)


def _schema(health: EnvironmentHealth) -> list[str]:
    word = schema_word(health)
    if word.alike:
        return ["as the migrations make it"]
    many = words.count(len(word.says), "difference")
    known = f"not known: {'; '.join(word.says[:MOST_DIFFERENCES])}"
    return [known] if word.alike is None else [many, *_first(word.says, MOST_DIFFERENCES)]


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(lines: Iterable[str]) -> str:
    """Write lines of one cell, in which a bar or a line's end would end it."""
    return "<br>".join(markdown.escape(each).replace("|", r"\|") for each in lines) or "–"


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
