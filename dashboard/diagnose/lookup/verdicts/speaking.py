"""What every verdict on a target that answered has in common."""

from dataclasses import replace

from dashboard.diagnose import facts, words
from dashboard.diagnose.evidence import Evidence, State
from dashboard.diagnose.finding import Finding


def say(evidence: Evidence, finding: Finding, *caveats: str) -> Finding:
    """Add the evidence and the caveats, and lower the confidence by each leg a proof lacks."""
    return replace(
        finding,
        confidence=finding.confidence.lowered(len(evidence.here.missing)),
        environment=evidence.target.name,
        evidence=facts.gather(evidence),
        caveats=(*finding.caveats, *caveats, *common_caveats(evidence)),
    )


def common_caveats(evidence: Evidence) -> tuple[str, ...]:
    """List what was not checked: proof legs, columns, environments."""
    look = evidence.look
    unsearched = look.unsearched if look else ()
    absent = evidence.here.state is State.ABSENT
    undetermined = evidence.undetermined_elsewhere if absent else ()
    elsewhere = (
        (f"{words.environments(undetermined)} could not be asked: the ID may exist there",)
        if undetermined
        else ()
    )
    return (*evidence.here.missing, *unsearched, *elsewhere)


def near_unsearched(evidence: Evidence) -> tuple[str, ...]:
    """Say that an id which is nowhere may be a mistyped one, where that was not looked into."""
    looks = [look for look in (evidence.look, *evidence.others) if look]
    if all(look.near is not None for look in looks):
        return ()
    return ("of many IDs none is compared with similar ones: look it up alone to see near misses",)
