"""Findings by their cause: what is wrong alike in several environments is told once.

| findings                                       | are of one cause                             |
| ---------------------------------------------- | -------------------------------------------- |
| of one code, severity, subject and relationship | yes                                          |
| the same, between environments                 | where they are linked: a and b, b and c      |
| any other                                      | no                                           |

The worst cause comes first; of those that are as bad the one that concerns production, then
staging. Of its findings the one of production is first, and speaks for all.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence

from dashboard.diagnose.finding import WELL, Finding, Severity
from dashboard.diagnose.health.report import WORST_FIRST, HealthReport
from dashboard.environments import Environment, Role
from queries.records import dataclass

_Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Cause:
    """`findings` begin with the one that speaks for all; `environments` with the most important."""

    findings: tuple[Finding, ...]
    environments: tuple[str, ...]

    @property
    def first(self) -> Finding:
        return self.findings[0]

    @property
    def severity(self) -> Severity:
        return self.first.severity

    @property
    def noted(self) -> bool:
        """Whether there is nothing to repair."""
        return self.severity in WELL


def causes_of(
    report: HealthReport,
    environments: Collection[Environment],
    codes: Collection[str] | None = None,
) -> tuple[Cause, ...]:
    """Group what was found in these environments and between them, or what is of some codes."""
    asked = tuple(environments), None if codes is None else tuple(codes)
    if asked not in report.grouped:
        report.grouped[asked] = _causes_of(report, environments, codes)
    found: tuple[Cause, ...] = report.grouped[asked]
    return found


def _causes_of(
    report: HealthReport, environments: Collection[Environment], codes: Collection[str] | None
) -> tuple[Cause, ...]:
    names = {each.name for each in environments}
    own = (found for each in report.environments for found in each.findings)
    told = [each for each in (*own, *report.findings) if each.environment in names]
    return causes([each for each in told if codes is None or each.code in codes], environments)


def causes(found: Iterable[Finding], environments: Iterable[Environment]) -> tuple[Cause, ...]:
    """Group findings; `environments` tell what is important, and their order the rest."""
    order = _order(environments)
    grouped: dict[_Key, list[Finding]] = {}
    for each in found:
        grouped.setdefault(key(each), []).append(each)
    made = [_cause(linked, order) for alike in grouped.values() for linked in _linked(alike)]
    return tuple(sorted(made, key=lambda each: _badness(each, order)))


def key(finding: Finding) -> _Key:
    """Return what findings of one cause have in common, whichever the environment."""
    keys = finding.relationships or ((finding.relationship,) if finding.relationship else ())
    named = tuple(each.constraint for each in keys)
    return finding.code, finding.severity, finding.subject, named


def _order(environments: Iterable[Environment]) -> dict[str, tuple[int, int]]:
    return {each.name: (each.role.rank, place) for place, each in enumerate(environments)}


def _place(name: str | None, order: dict[str, tuple[int, int]]) -> tuple[int, int]:
    return order.get(name or "", (len(Role), 0))


def _cause(findings: Sequence[Finding], order: dict[str, tuple[int, int]]) -> Cause:
    concerned = {name: None for each in findings for name in _concerned(each)}
    return Cause(
        tuple(sorted(findings, key=lambda each: _place(each.environment, order))),
        tuple(sorted(concerned, key=lambda name: _place(name, order))),
    )


def _concerned(finding: Finding) -> tuple[str, ...]:
    return (*((finding.environment,) if finding.environment else ()), *finding.others)


def _badness(cause: Cause, order: dict[str, tuple[int, int]]) -> tuple[int, tuple[int, int]]:
    name = next(iter(cause.environments), None)
    return WORST_FIRST.index(cause.severity), _place(name, order)


def _linked(findings: Sequence[Finding]) -> Iterator[list[Finding]]:
    """Tell clusters apart, where findings are between environments."""
    if not any(each.others for each in findings):
        yield list(findings)
        return
    linked: dict[str, set[str]] = {}
    for each in findings:
        names = _concerned(each)
        cluster = set(names).union(*(linked.get(name, ()) for name in names))
        linked.update(dict.fromkeys(cluster, cluster))
    members: dict[int, list[Finding]] = {}
    for each in findings:
        members.setdefault(id(linked[_concerned(each)[0]]), []).append(each)
    yield from members.values()
