"""What speaks against the headline; said last, and lowers a certain verdict.

| seen                                             | against                         |
| ------------------------------------------------ | ------------------------------- |
| the target cannot raise the pasted error         | any verdict on a missing project |
| deployments carry the id, though the key forbids | any verdict on a missing project |
"""

from collections.abc import Iterator

from dashboard.diagnose.facts import EnvironmentFacts, IdFacts
from dashboard.diagnose.finding import Finding
from dashboard.diagnose.lookup.evidence import Evidence
from dashboard.diagnose.paste import Problem

MISSING = (
    "environment-mismatch",
    "deleted-project",
    "deleted-everywhere",
    "stale-project-id",
    "other-column",
    "other-entity",
    "id-truncated",
    "id-typo",
    "foreign-shape",
)


def contradictions(evidence: Evidence, verdict: Finding) -> tuple[str, ...]:
    if verdict.code not in MISSING or evidence.found is None:
        return ()
    return tuple(_against(evidence, evidence.found))


def _against(evidence: Evidence, found: IdFacts) -> Iterator[str]:
    error, name = evidence.error, evidence.target.name
    about_parent = error and error.problem in (Problem.MISSING_PARENT, Problem.FOREIGN_KEY)
    if about_parent and error and not error.nested_connect and not can_raise(found.facts):
        yield (
            f"no foreign key in {name} can raise this error now: it was repaired or dropped, or "
            "the error comes from another database"
        )
    if evidence.deployments(found) and can_raise(found.facts):
        many = evidence.nouns.child.many
        yield f"{name} has {many} with this ID, although the foreign key forbids them"


def can_raise(facts: EnvironmentFacts) -> bool:
    """Whether an insert of a missing id would be refused."""
    return any(key.enforced and key.child_triggers_on for key in facts.foreign_keys)
