"""All environments in one sentence, and who needs somebody, worst first."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from dashboard.diagnose import words
from dashboard.diagnose.finding import Finding, Severity
from dashboard.diagnose.health.report import WORST_FIRST, HealthReport
from dashboard.environments import Environment

WELL = (Severity.OK, Severity.INFO)


@dataclass(frozen=True, slots=True)
class Concern:
    """An environment that needs somebody: its worst finding, and how many there are beside it."""

    environment: Environment
    severity: Severity
    worst: Finding
    more: int


@dataclass(frozen=True, slots=True)
class Overview:
    """`severity` is OK only where every environment was asked and all of them are well."""

    sentence: str
    severity: Severity
    concerns: tuple[Concern, ...]


def overview(
    report: HealthReport | None,
    environments: Iterable[Environment],
    codes: Collection[str] | None = None,
    well: tuple[str, str] = ("is healthy", "are healthy"),
) -> Overview:
    """Sum up all findings, or those of some codes; `well` says that there are none, of one or many.

    | one needs somebody | one was not asked | a silence is muted | sentence        | severity  |
    | ------------------ | ----------------- | ------------------ | --------------- | --------- |
    | yes                | any               | any                | N of M need …   | the worst |
    | no                 | yes               | any                | asking …        | unknown   |
    | no                 | no                | yes                | … do not answer | unknown   |
    | no                 | no                | no                 | all are healthy | ok        |
    """
    named = tuple(environments)
    found = _concerns(report, codes) if report else ()
    concerns = tuple(sorted((each for each in found if each.environment in named), key=_badness))
    if concerns:
        return Overview(_needing(len(concerns), len(named)), concerns[0].severity, concerns)
    judged = {each.environment: each for each in report.environments} if report else {}
    waiting = [each for each in named if each not in judged]
    if waiting:
        return Overview(f"Asking {words.environments(waiting)}.", Severity.UNKNOWN, ())
    if silent := [each for each in named if judged[each].unavailable]:
        return Overview(_unanswered(silent), Severity.UNKNOWN, ())
    everyone = "All " if len(named) > 1 else ""
    one, many = (
        f"environment{plural} {verb}" for plural, verb in zip(("", "s"), well, strict=True)
    )
    healthy = words.count(len(named), one, many)
    return Overview(f"{everyone}{healthy}.", Severity.OK, ())


def _needing(concerned: int, of: int) -> str:
    verb = "needs" if concerned == 1 else "need"
    return f"{concerned} of {words.count(of, 'environment')} {verb} attention"


def _unanswered(silent: Sequence[Environment]) -> str:
    verb = "does" if len(silent) == 1 else "do"
    return f"{words.environments(silent)} {verb} not answer, which is muted; nothing else is wrong."


def _concerns(report: HealthReport, codes: Collection[str] | None) -> Iterable[Concern]:
    for health in report.environments:
        wrong = sorted(
            (
                each
                for each in (*health.findings, *health.between)
                if each.severity not in WELL and (codes is None or each.code in codes)
            ),
            key=lambda each: WORST_FIRST.index(each.severity),
        )
        if wrong:
            worst = wrong[0]
            yield Concern(health.environment, worst.severity, worst, len(wrong) - 1)


def _badness(concern: Concern) -> int:
    return WORST_FIRST.index(concern.severity)
