"""What every verdict on a target that answered has in common."""

from dataclasses import replace

from dashboard.diagnose import words
from dashboard.diagnose.finding import Finding
from dashboard.diagnose.lookup.evidence import Evidence, PresenceState
from dashboard.diagnose.lookup.seen import gather


def make_finding(evidence: Evidence, finding: Finding, *caveats: str) -> Finding:
    """Add the evidence and the caveats, and lower the confidence by each condition not proven."""
    return replace(
        finding,
        confidence=finding.confidence.lowered(len(evidence.here.missing)),
        environment=evidence.target.name,
        evidence=gather(evidence),
        caveats=(*finding.caveats, *caveats, *common_caveats(evidence)),
    )


def common_caveats(evidence: Evidence) -> tuple[str, ...]:
    """List what was not checked: conditions of a proof, columns, environments."""
    absent = evidence.here.state is PresenceState.ABSENT
    undetermined = evidence.undetermined_elsewhere if absent else ()
    elsewhere = (
        (f"{words.environments(undetermined)} could not be asked: the ID may exist there",)
        if undetermined
        else ()
    )
    return (*evidence.here.missing, *_unsearched(evidence), *elsewhere)


def _unsearched(evidence: Evidence) -> tuple[str, ...]:
    """List what was not searched; where an ID is there, only what tells whether it is deployed."""
    facts = evidence.facts
    if facts is None or evidence.here.state is not PresenceState.FOUND:
        return facts.unsearched if facts else ()
    child, columns = facts.catalog.child, facts.catalog.unsearched
    return tuple(
        each
        for each in facts.unsearched
        if each not in columns or (child and each.startswith(f"{child.label} "))
    )


def near_unsearched(evidence: Evidence) -> tuple[str, ...]:
    """Say that an id which is nowhere may be a mistyped one, where that was not looked into."""
    answered = filter(None, (evidence.found, *evidence.others))
    if all(each.near is not None for each in answered):
        return ()
    return ("of many IDs none is compared with similar ones: look it up alone to see near misses",)


def subject(evidence: Evidence) -> str:
    return f"Project {words.short(evidence.id or '')}"
