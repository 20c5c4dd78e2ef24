"""What speaks against the headline; said last, and lowers a certain verdict.

| seen                                             | against                         |
| ------------------------------------------------ | ------------------------------- |
| the target cannot raise the pasted error         | any verdict on a missing project |
| deployments carry the id, though the key forbids | any verdict on a missing project |
"""

from collections.abc import Iterator

from dashboard.diagnose.evidence import Evidence, Look
from dashboard.diagnose.finding import Finding
from dashboard.diagnose.paste import Problem

MISSING = (
    "environment-mismatch",
    "deleted-project",
    "deleted-everywhere",
    "stale-project-id",
    "other-entity",
    "id-truncated",
    "id-typo",
    "foreign-shape",
)


def contradictions(evidence: Evidence, verdict: Finding) -> tuple[str, ...]:
    if verdict.code not in MISSING or evidence.look is None:
        return ()
    return tuple(_against(evidence, evidence.look))


def _against(evidence: Evidence, look: Look) -> Iterator[str]:
    error, name = evidence.error, evidence.target.name
    about_parent = error and error.problem in (Problem.MISSING_PARENT, Problem.FOREIGN_KEY)
    if about_parent and error and not error.nested_connect and not can_raise(look):
        yield (
            f"{name} has no foreign key that could raise this error now: it was repaired or "
            "dropped since, or the error is from another database"
        )
    if evidence.deployments(look) and can_raise(look):
        yield f"{name} has deployments with this ID although the foreign key forbids it"


def can_raise(look: Look) -> bool:
    """Whether an insert of a missing id would be refused."""
    return any(key.enforced and key.child_triggers_on for key in look.foreign_keys)
