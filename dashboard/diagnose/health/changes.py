"""What is new since a moment, and what was resolved.

| an environment then | now        | its findings are compared | its silence is compared |
| ------------------- | ---------- | ------------------------- | ----------------------- |
| not known           | any        | no                        | no                      |
| looked at           | answers    | yes                       | yes                     |
| looked at           | is silent  | no                        | yes                     |
| never looked at     | answers    | no                        | yes                     |
| never looked at     | is silent  | no                        | yes                     |

What is muted now is neither; what was muted then is not new. What is only noted does not count.
"""

from collections.abc import Iterator, Mapping, Sequence

from dashboard.diagnose.finding import WELL, Finding
from dashboard.diagnose.health.causes import Cause, causes
from dashboard.diagnose.health.report import EnvironmentHealth, HealthReport
from dashboard.environments import Environment
from queries.records import dataclass


@dataclass(frozen=True, slots=True)
class Then:
    """What was known of an environment, by the codes of findings that count, muted ones too.

    `found` is None where nobody had looked yet; `silence` is why it did not answer.
    """

    found: frozenset[str] | None
    silence: frozenset[str] = frozenset()
    muted: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Changes:
    """`resolved` are the codes that are gone, each with the environments it is gone from."""

    new: tuple[Cause, ...]
    resolved: Mapping[str, tuple[str, ...]]


def changes(
    report: HealthReport, then: Mapping[str, Then], environments: Sequence[Environment]
) -> Changes | None:
    """Compare; None where nothing is known of then."""
    known = [
        (each, then[each.environment.name])
        for each in report.environments
        if each.environment.name in then
    ]
    if not known:
        return None
    new = [finding for health, was in known for finding in _new(health, was)]
    resolved: dict[str, tuple[str, ...]] = {}
    for health, was in known:
        for code in sorted(_resolved(health, was)):
            resolved[code] = (*resolved.get(code, ()), health.environment.name)
    return Changes(causes(new, environments), resolved)


def _found(health: EnvironmentHealth) -> tuple[Finding, ...]:
    return tuple(each for each in (*health.findings, *health.between) if each.severity not in WELL)


def _new(health: EnvironmentHealth, was: Then) -> Iterator[Finding]:
    comparable = was.found is not None or health.unavailable
    before = (was.found or frozenset()) | was.silence | was.muted
    return (each for each in _found(health) if comparable and each.code not in before)


def _resolved(health: EnvironmentHealth, was: Then) -> frozenset[str]:
    before = was.silence if health.unavailable else was.silence | (was.found or frozenset())
    return before - {each.code for each in (*_found(health), *health.muted)}
