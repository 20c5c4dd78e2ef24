"""The project is there, and what was deployed of it failed: as its sources of failures tell.

| recent failures that nothing deployed since made good  | verdict          |
| ------------------------------------------------------ | ---------------- |
| a second deployment was refused by the unique index    | already-deployed |
| any other cause                                        | recent-failures  |
| the missing project that the text itself is about      | -                |
| none                                                   | -                |

Both stand beside what the text itself says.
"""

from collections.abc import Sequence

from dashboard.diagnose import fixes, words
from dashboard.diagnose.facts import EnvironmentFacts
from dashboard.diagnose.failures import FOREIGN_KEY_CODES, UNIQUE_CODES, Group, causes, named, total
from dashboard.diagnose.finding import Confidence, Fact, Finding, Fix, Severity
from dashboard.diagnose.lookup import options
from dashboard.diagnose.lookup.evidence import Evidence, PresenceState
from dashboard.diagnose.lookup.verdicts.making import make_finding, subject
from dashboard.diagnose.lookup.verdicts.pasted_error import is_second, second
from dashboard.diagnose.lookup.verdicts.replying import reply
from dashboard.diagnose.paste import FOREIGN_KEY_PROBLEMS, PastedError, Problem

_REPLIES = {  # whether all of them missed the project
    True: "Your {parent} exists in {here} now. Please {again}.",
    False: "Your {parent} exists in {here}, but its last {child} failed. {we_look}",
}


def already_deployed(evidence: Evidence) -> Finding | None:
    found, facts = evidence.found, evidence.facts
    if found is None or facts is None or evidence.here.state is not PresenceState.FOUND:
        return None
    refused = [each for each in evidence.lasting_failures if _is_second(each, facts)]
    return _with_facts(second(evidence, found), refused) if refused else None


def recent_failures(evidence: Evidence) -> Finding | None:
    facts = evidence.facts
    if facts is None or evidence.here.state is not PresenceState.FOUND:
        return None
    groups = [each for each in evidence.lasting_failures if not _is_explained(evidence, each)]
    if not groups:
        return None
    nouns, name = evidence.nouns, evidence.target.name
    why = causes(groups, evidence.constraint, nouns)
    finding = make_finding(
        evidence,
        Finding(
            code="recent-failures",
            severity=Severity.WARNING,
            confidence=Confidence.LIKELY,
            summary=(
                f"{subject(evidence)} exists in {name}, but its {nouns.child.many} fail: "
                f"{total(groups)} ({why})."
            ),
            explanation=_explanation(evidence, groups),
            reply=lambda: reply(evidence, _REPLIES[_refused_a_key(evidence, groups)]),
            fix=lambda: _fix(evidence, groups),
            resolves_when=f"{nouns.child.a} succeeds after the last failure",
        ),
    )
    return _with_facts(finding, groups)


def _is_second(group: Group, facts: EnvironmentFacts) -> bool:
    """Whether the unique index of the relationship refused it, by its name or by its column."""
    cause = group.signature
    if cause.code not in UNIQUE_CODES or cause.constraint is None:
        return False
    by_name = PastedError(Problem.UNIQUE, constraint=cause.constraint)
    by_column = PastedError(Problem.UNIQUE, columns=tuple(cause.constraint.split(", ")))
    return is_second(by_name, facts) or is_second(by_column, facts)


def _is_explained(evidence: Evidence, group: Group) -> bool:
    facts, error = evidence.facts, evidence.error
    about_parent = error is not None and error.problem in FOREIGN_KEY_PROBLEMS
    if about_parent and group.signature.code in FOREIGN_KEY_CODES:
        return True
    return facts is not None and _is_second(group, facts)


def _with_facts(finding: Finding, groups: Sequence[Group]) -> Finding:
    """Put the failures before what was seen of the project."""
    facts = (
        Fact(each.environment, f"{named(each.signature)}: {total([each])}", each.source)
        for each in groups
    )
    return finding.but(evidence=lambda: (*facts, *finding.evidence))


def _refused_a_key(evidence: Evidence, groups: Sequence[Group]) -> bool:
    """Whether all of them missed the project, which is there now."""
    ours = (None, evidence.constraint)
    told = (each.signature for each in groups)
    return all(each.code in FOREIGN_KEY_CODES and each.constraint in ours for each in told)


def _explanation(evidence: Evidence, groups: Sequence[Group]) -> str:
    nouns = evidence.nouns
    if _refused_a_key(evidence, groups):
        return (
            f"The {nouns.parent} exists now. Either it was created after the failures, or the "
            "application uses another database."
        )
    return f"A missing {nouns.parent} is not the cause."


def _fix(evidence: Evidence, groups: Sequence[Group]) -> Fix:
    nouns = evidence.nouns
    if _refused_a_key(evidence, groups):
        return options.retry_deployment(
            evidence,
            f"{words.capital(nouns.again)}: the {nouns.parent} exists now.",
            "If it fails again, compare the application's database with the one checked here.",
        )
    return fixes.in_the_application(
        "Resolve the cause of the failures",
        f"Open the page of failures for {evidence.target.name}: it lists each one with code, "
        "constraint and time.",
        "Read the application's log of the last one and fix the error it names.",
        f"Then {nouns.again}.",
    )
