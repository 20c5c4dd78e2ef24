"""What every verdict on a target that answered has in common."""

from collections import defaultdict

from dashboard.diagnose import words
from dashboard.diagnose.finding import Finding
from dashboard.diagnose.lookup.evidence import Evidence, PresenceState
from dashboard.diagnose.lookup.seen import gather
from dashboard.environments import Environment

MANY = "typo search is skipped above ten IDs: look up an ID alone for it"


def make_finding(evidence: Evidence, finding: Finding, *caveats: str) -> Finding:
    """Add the evidence and the caveats, and lower the confidence by each condition not proven."""
    return finding.but(
        confidence=finding.confidence.lowered(len(evidence.here.missing)),
        environment=evidence.target.name,
        evidence=lambda: gather(evidence),
        caveats=(*finding.caveats, *caveats, *common_caveats(evidence)),
    )


def common_caveats(evidence: Evidence) -> tuple[str, ...]:
    """List what was not checked: conditions of a proof, columns, environments."""
    absent = evidence.here.state is PresenceState.ABSENT
    undetermined = evidence.undetermined_elsewhere if absent else ()
    elsewhere = (
        (f"{words.environments(undetermined)} could not be checked: the ID may exist there",)
        if undetermined
        else ()
    )
    return (*evidence.here.missing, *_unsearched(evidence), *elsewhere)


def _unsearched(evidence: Evidence) -> tuple[str, ...]:
    """List what was not searched; where an ID is there, only what tells whether it is deployed."""
    facts = evidence.facts
    if facts is None or not facts.unsearched:
        return ()
    if evidence.here.state is not PresenceState.FOUND:
        return facts.unsearched
    child, columns = facts.catalog.child, facts.catalog.unsearched
    return tuple(
        each
        for each in facts.unsearched
        if each not in columns or (child and each.startswith(f"{child.label} "))
    )


def unsearched(evidence: Evidence) -> tuple[str, ...]:
    """Say of an id which is nowhere what could hold it, or one like it, and was not searched."""
    answered = tuple(filter(None, (evidence.found, *evidence.others)))
    said: defaultdict[str, list[Environment]] = defaultdict(list)
    for each in answered:
        for sentence in each.unsearched:
            said[sentence].append(each.environment)
    many = any(each.near is None for each in answered)
    return (
        *((MANY,) if many else ()),
        *(
            sentence
            if len(places) == len(answered)
            else f"in {words.environments(places)} {sentence}"
            for sentence, places in said.items()
        ),
    )


def subject(evidence: Evidence) -> str:
    return f"{evidence.nouns.parent.title} {words.short(evidence.id or '')}"
