"""What a look-up finds wrong with the environments, beside its verdict on the id."""

from collections.abc import Iterator

from dashboard.diagnose.facts import IdFacts
from dashboard.diagnose.finding import Finding
from dashboard.diagnose.health.answered import Answered
from dashboard.diagnose.health.case import Case
from dashboard.diagnose.health.checks import CHECKS
from dashboard.diagnose.health.report import ledger_of
from dashboard.diagnose.lookup.evidence import Evidence


def additional(evidence: Evidence) -> Iterator[Finding]:
    """Judge what was read anyway: the target alone, and every two environments."""
    answered = Answered(
        answer.facts for answer in evidence.answers.values() if isinstance(answer, IdFacts)
    )
    cases = [Case(each, ledger_of(each), answered) for each in answered]
    for check in CHECKS:
        if check.in_lookup:
            for case in cases:
                if check.between or case.facts is evidence.facts:
                    yield from check.judge(case)
