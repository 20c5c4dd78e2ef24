"""The constraint of every environment, judged together: each one's own faults, then the drift."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from dashboard.diagnose.finding import Finding
from dashboard.diagnose.health.checks import actions, constraint, partial, uniqueness
from dashboard.diagnose.health.checks.shape import Inspection
from dashboard.diagnose.health.checks.strict import Strict

EXPLAINED_BY_PARTIAL = ("fk-missing", "unique-missing")


def check(inspections: Sequence[Inspection], strict: Strict | None) -> Iterator[Finding]:
    """Judge all environments; `strict` is None where no environment has a strict constraint."""
    for inspection in inspections:
        others = [each for each in inspections if each is not inspection]
        yield from _judged(inspection, actions.usual_action(others), strict)


def _judged(inspection: Inspection, usual: str | None, strict: Strict | None) -> Iterator[Finding]:
    half = next(partial.check(inspection, strict), None) if strict else None
    if half:
        yield half
    for finding in (
        *constraint.judge(inspection, usual),
        *uniqueness.check(inspection, strict),
        *actions.check(inspection, usual, strict),
    ):
        # one way out of a half-applied migration, not a second one that undoes the first
        same = half and half.code == "partial" and finding.code in EXPLAINED_BY_PARTIAL
        yield replace(finding, fix=half.fix) if half and same else finding
