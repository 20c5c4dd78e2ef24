"""Family C, the project is provably not there: so where is it, or where was it.

| found elsewhere | traces in the target | traces elsewhere | verdict              |
| --------------- | -------------------- | ---------------- | -------------------- |
| yes             | yes                  | any              | deleted-project      |
| yes             | no                   | any              | environment-mismatch |
| no              | yes                  | no               | deleted-project      |
| no              | any                  | yes              | deleted-everywhere   |
| no              | no                   | no               | stale-project-id     |

None of them speaks unless the target's answer proves that the project is not there, under no
spelling. An
environment that could not be asked makes stale-project-id no more than possible.
"""

from collections.abc import Iterator

from dashboard.diagnose import words
from dashboard.diagnose.facts import EntityHit, EnvironmentFacts, IdFacts
from dashboard.diagnose.finding import Confidence, Finding, Severity
from dashboard.diagnose.lookup import copying, options
from dashboard.diagnose.lookup.evidence import Evidence, PresenceState
from dashboard.diagnose.lookup.verdicts.contradictions import can_raise
from dashboard.diagnose.lookup.verdicts.making import make_finding, subject, unsearched
from dashboard.diagnose.lookup.verdicts.placeholder import placeholder_id
from dashboard.diagnose.lookup.verdicts.replying import reply

ELSEWHERE = (
    "Your {parent} exists in {places}, not in {here}. Please create it in {here} and {deploy} "
    "that one."
)
ALIKE_ELSEWHERE = (
    "{parent.a} with this ID exists in {places}, not in {here}. If it is yours, please create it "
    "in {here}, and {deploy} that one."
)
ANEW = "Your {parent} is no longer in {here}. Please create a new one there and {deploy} that one."


def environment_mismatch(evidence: Evidence) -> Finding | None:
    found = evidence.found_elsewhere
    if not _absent(evidence) or not found or _traced_here(evidence):
        return None
    project = evidence.presence(found[0].environment).project
    places = words.environments([each.environment for each in found])
    known = words.known_as(project) if project else ""
    name = evidence.target.name
    doubts = tuple(_mismatch_doubts(evidence, found[0].facts))
    return make_finding(
        evidence,
        Finding(
            code="environment-mismatch",
            severity=Severity.ERROR,
            cause=1,
            summary=(f"{subject(evidence)} is not in {name}; it exists in {places}{known}."),
            confidence=Confidence.CERTAIN.lowered(len(doubts)),
            explanation=f"{consequence(evidence)}",
            reply=lambda: reply(
                evidence,
                ALIKE_ELSEWHERE if doubts else ELSEWHERE,
                [each.environment for each in found],
            ),
            fix=lambda: options.create_project(evidence),
            alternatives=lambda: (
                *(copying.copy_project(evidence, each.facts) for each in found[:1]),
                options.verify(evidence),
            ),
            resolves_when=f"the {evidence.nouns.parent} exists in {name}",
        ),
        *doubts,
    )


def _mismatch_doubts(evidence: Evidence, source: EnvironmentFacts) -> Iterator[str]:
    presence = evidence.presence(source.environment)
    if presence.missing:
        yield f"in {source.environment.name} {', '.join(presence.missing)}"
    if source.catalog.parent and source.catalog.parent.numbered:
        yield (
            f"IDs are numbers here: the same number may mean another {evidence.nouns.parent} in "
            "each environment"
        )


def consequence(evidence: Evidence) -> str:
    """Say what a child with this id meets in the target."""
    name, child = evidence.target.name, evidence.nouns.child.a
    if evidence.facts and can_raise(evidence.facts):
        return f"{words.capital(child)} with this ID fails in {name} ({evidence.constraint})."
    return (
        f"{name} would accept {child} with this ID as an orphan, because its foreign key "
        "checks nothing."
    )


def deleted_project(evidence: Evidence) -> Finding | None:
    found, elsewhere = evidence.found_elsewhere, _traced_elsewhere(evidence)
    if not _absent(evidence) or not _traced_here(evidence) or (elsewhere and not found):
        return None
    name = evidence.target.name
    places = words.environments([each.environment for each in found])
    also = f" It still exists in {places}." if found else ""
    return make_finding(
        evidence,
        Finding(
            code="deleted-project",
            severity=Severity.ERROR,
            confidence=Confidence.LIKELY,
            cause=2,
            summary=(
                f"{subject(evidence)} was deleted from {name}; its ID remains in "
                f"{_traces(evidence, evidence.found)}."
            ),
            explanation=f"{consequence(evidence)}{also}",
            reply=lambda: reply(evidence, ANEW),
            fix=lambda: options.create_project(evidence),
            alternatives=lambda: tuple(
                copying.copy_project(evidence, each.facts) for each in found[:1]
            ),
            resolves_when=(
                f"the {evidence.nouns.parent} exists in {name} again, or the ID is no longer used"
            ),
        ),
        "the rows that contain the ID may be copies from another environment",
    )


def deleted_everywhere(evidence: Evidence) -> Finding | None:
    elsewhere = _traced_elsewhere(evidence)
    if not _absent(evidence) or evidence.found_elsewhere or not elsewhere:
        return None
    here = [evidence.target] if _traced_here(evidence) else []
    places = words.environments([*here, *(each.environment for each in elsewhere)])
    return make_finding(
        evidence,
        Finding(
            code="deleted-everywhere",
            severity=Severity.ERROR,
            confidence=(
                Confidence.POSSIBLE if evidence.undetermined_elsewhere else Confidence.LIKELY
            ),
            cause=2,
            summary=(
                f"{subject(evidence)} no longer exists in any environment that answered; rows "
                f"in {places} still contain its ID."
            ),
            explanation=f"The {evidence.nouns.parent} once existed and was deleted.",
            reply=lambda: reply(evidence, ANEW),
            fix=lambda: options.create_project(evidence),
            resolves_when=f"the ID of an existing {evidence.nouns.parent} is used",
        ),
    )


def stale_project_id(evidence: Evidence) -> Finding | None:
    if not _absent(evidence) or evidence.found_elsewhere or _traced_here(evidence):
        return None
    if _traced_elsewhere(evidence) or placeholder_id(evidence) or entity(evidence):
        return None
    undetermined = evidence.undetermined_elsewhere
    asked = [each for each in evidence.answers if each not in undetermined]
    return make_finding(
        evidence,
        Finding(
            code="stale-project-id",
            severity=Severity.ERROR,
            confidence=Confidence.POSSIBLE if undetermined else Confidence.LIKELY,
            cause=3,
            summary=(
                f"{subject(evidence)} is not in {evidence.target.name} or in any other "
                f"environment that answered ({words.environments(asked)})."
            ),
            explanation=(
                "Nothing we searched contains this ID. It is mistyped, comes from an "
                "environment that is not configured here, or was deleted without a trace."
            ),
            reply=lambda: reply(evidence, "We cannot find your {parent} in {here}. {copy_again}"),
            fix=lambda: options.verify(
                evidence,
                "Compare the ID with its source, character by character.",
                "If it is correct, check the preview environments that are not configured here.",
            ),
            alternatives=lambda: (options.create_project(evidence),),
            resolves_when="an existing ID is used",
        ),
        *unsearched(evidence),
    )


def _absent(evidence: Evidence) -> bool:
    """Whether the target provably has the project under no spelling."""
    found = evidence.found
    if found is None or evidence.here.state is not PresenceState.ABSENT or found.projects:
        return False
    if case_twins(evidence, found):
        return False
    return found.rightful_parent is None  # else wrong-target explains it


def entity(evidence: Evidence) -> tuple[IdFacts, EntityHit] | None:
    """Find the row of another table, or of another column, that has the id; the target's first."""
    pasted = evidence.paste.id
    spellings = (pasted.text, *pasted.variants) if pasted else ()
    for found in filter(None, (evidence.found, *evidence.others)):
        for hit in found.entities:
            if hit.id in spellings:
                return found, hit
    return None


def case_twins(evidence: Evidence, found: IdFacts) -> tuple[str, ...]:
    """List the ids of one environment that differ from the one asked for in letter case only."""
    if not (found.projects or found.near or found.other_case):  # nearly always, of many
        return ()
    asked = evidence.id or ""
    alike = (each.id for each in (*(found.projects or ()), *(found.near or ())))
    cased = found.other_case.ids if found.other_case else ()
    return tuple(sorted({each for each in (*alike, *cased) if differs_by_case(each, asked)}))


def differs_by_case(stored: str, asked: str) -> bool:
    return stored != asked and stored.casefold() == asked.casefold()


def traced(evidence: Evidence, found: IdFacts) -> bool:
    """Whether rows that no foreign key protects still carry the id, or orphaned child rows."""
    if evidence.presence(found.environment).state is not PresenceState.ABSENT:
        return False
    return bool(found.traces or evidence.deployments(found))


def _traced_here(evidence: Evidence) -> bool:
    return evidence.found is not None and traced(evidence, evidence.found)


def _traced_elsewhere(evidence: Evidence) -> tuple[IdFacts, ...]:
    return tuple(each for each in evidence.others if traced(evidence, each))


def _traces(evidence: Evidence, found: IdFacts | None) -> str:
    if found is None:
        return "no rows"
    parts = [f"{words.count(hit.rows, 'row')} of {hit.table}" for hit in found.traces]
    if found.catalog.child and (orphans := evidence.deployments(found)):
        rows = words.count(len(orphans), "row")
        parts.append(f"{rows} of {found.catalog.child.table.name}")
    return words.listed(parts)
