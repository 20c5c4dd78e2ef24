"""All environments in one sentence, and who needs somebody, the worst first."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence

from dashboard.diagnose import words
from dashboard.diagnose.finding import Finding, Severity
from dashboard.diagnose.health.causes import Cause, causes_of
from dashboard.diagnose.health.report import HealthReport
from dashboard.environments import Environment, Role
from queries.records import dataclass


@dataclass(frozen=True, slots=True)
class Concern:
    """Environments that need somebody for the same: their worst finding, and what else there is."""

    cause: Cause
    environments: tuple[Environment, ...]
    more: int

    @property
    def severity(self) -> Severity:
        return self.cause.severity

    @property
    def worst(self) -> Finding:
        return self.cause.first


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
    | yes, by a finding  | any               | any                | N of M need …   | the worst |
    | by a silence only  | any               | any                | … cannot be …   | unknown   |
    | no                 | yes               | any                | asking …        | unknown   |
    | no                 | no                | yes                | … do not answer | unknown   |
    | no                 | no                | no                 | all are healthy | ok        |
    """
    named = tuple(environments)
    concerns = tuple(_concerns(report, named, codes)) if report else ()
    if concerns:
        return Overview(_needing(concerns, len(named)), concerns[0].severity, concerns)
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


def _needing(concerns: Sequence[Concern], of: int) -> str:
    """Count those that need somebody apart from those of which nothing is known."""
    unknown = [each for each in concerns if each.severity is Severity.UNKNOWN]
    ill = [place for each in concerns if each not in unknown for place in each.environments]
    silent = [place for each in unknown for place in each.environments]
    total = words.count(of, "environment")
    needy = f"{len(ill)} of {total} {'needs' if len(ill) == 1 else 'need'} attention"
    if not silent:
        return f"{needy}{_production(ill)}"
    if not ill:
        return f"The status of {len(silent)} of {total} is unknown{_production(silent)}"
    return f"{needy}{_production(ill)}; the status of {len(silent)} is unknown{_production(silent)}"


def _production(among: Sequence[Environment]) -> str:
    """Say it where production is one of several: it is what people look for first."""
    found = [each for each in among if each.role is Role.PRODUCTION]
    return f", {words.environments(found)} among them" if found and len(among) > 1 else ""


def _unanswered(silent: Sequence[Environment]) -> str:
    verb = "does" if len(silent) == 1 else "do"
    return f"{words.environments(silent)} {verb} not answer, which is muted; nothing else is wrong."


def _concerns(
    report: HealthReport, named: Sequence[Environment], codes: Collection[str] | None
) -> Iterator[Concern]:
    """Take the worst cause of each environment, those of the same one together."""
    found = [each for each in causes_of(report, named, codes) if not each.noted]
    told = [{each.environment for each in cause.findings} for cause in found]
    counted = Counter(name for names in told for name in names)
    waiting = sorted(named, key=lambda each: each.role.rank)
    for cause, names in zip(found, told, strict=True):
        concerned = tuple(each for each in waiting if each.name in names)
        waiting = [each for each in waiting if each not in concerned]
        if concerned:
            more = sum(counted[each.name] for each in concerned) - len(concerned)
            yield Concern(cause, concerned, more)
