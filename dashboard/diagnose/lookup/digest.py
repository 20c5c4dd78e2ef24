"""Many look-ups at a glance: one sentence, how many of each verdict, and a line for each id."""

from collections import Counter
from collections.abc import Iterator, Sequence

from dashboard.diagnose import words
from dashboard.diagnose.finding import Finding, Severity
from dashboard.diagnose.health.report import WORST_FIRST
from dashboard.diagnose.lookup.evidence import Evidence, PresenceState
from dashboard.diagnose.lookup.report import standing
from queries.records import dataclass

# how an answer about an id is called: a customer's typo is no critical state of anything
RESULT_WORDS = {
    Severity.OK: "Fine",
    Severity.INFO: "Fine",
    Severity.WARNING: "Attention",
    Severity.ERROR: "Problem",
    Severity.UNKNOWN: "Unknown",
}
MOST_CAVEATS = 10
Judged = tuple[Evidence, Finding]


@dataclass(frozen=True, slots=True)
class Tally:
    """How many ids have a verdict."""

    code: str
    severity: Severity
    number: int


def tally(judged: Sequence[Judged]) -> tuple[Tally, ...]:
    """Count the verdicts, the rarest first: of many alike those that differ matter."""
    counted = Counter((verdict.code, verdict.severity) for _, verdict in judged)
    tallies = (Tally(code, severity, number) for (code, severity), number in counted.items())
    return tuple(
        sorted(tallies, key=lambda each: (each.number, WORST_FIRST.index(each.severity), each.code))
    )


def sentence(judged: Sequence[Judged]) -> str:
    """Say how many of the ids the environment deployed to has, lacks, and could not tell of."""
    states = Counter(evidence.here.state for evidence, _ in judged)
    target = judged[0][0].target.name
    parts = (
        (PresenceState.FOUND, "found"),
        (PresenceState.ABSENT, "missing"),
        (PresenceState.UNKNOWN, "unknown"),
    )
    said = [f"{states[state]:,} {what}" for state, what in parts if states[state]]
    return f"{len(judged):,} IDs looked up in {target}: {words.listed(said)}."


def places(judged: Sequence[Judged]) -> str:
    """Say in words where those are that the environment deployed to lacks: 1 exists in local."""
    lacking = [each for each, _ in judged if each.here.state is PresenceState.ABSENT]
    found = Counter(place.environment.name for each in lacking for place in each.found_elsewhere)
    said = [
        f"{number:,} {'exists' if number == 1 else 'exist'} in {name}"
        for name, number in found.items()
    ]
    return f"Of the missing, {words.listed(said)}." if said else ""


def caveats(judged: Sequence[Judged]) -> tuple[str, ...]:
    """List what could make verdicts wrong, and of how many ids that is said."""
    counted = Counter(each for _, verdict in judged for each in dict.fromkeys(verdict.caveats))
    rest = len(counted) - MOST_CAVEATS
    return (
        *(
            f"{said} ({number:,} {'ID' if number == 1 else 'IDs'})"
            for said, number in counted.most_common(MOST_CAVEATS)
        ),
        *((f"{rest:,} more: look up an ID alone to see its own",) if rest > 0 else ()),
    )


def to_text(judged: Sequence[Judged]) -> str:
    """Write them for a terminal: a line for each id, then the counts."""
    lines = (
        f"{standing(evidence, each)}: {words.line(each.summary)} [{each.code}]"
        for evidence, each in judged
    )
    return "\n".join((*lines, "", counts(judged)))


def counts(judged: Sequence[Judged]) -> str:
    return "\n".join(_counts(judged))


def _counts(judged: Sequence[Judged]) -> Iterator[str]:
    yield " ".join(filter(None, (sentence(judged), places(judged))))
    tallies = tally(judged)
    width = max(len(f"{each.number:,}") for each in tallies)
    for each in tallies:
        yield f"  {each.number:>{width},}  {each.code} ({RESULT_WORDS[each.severity]})"
    if said := caveats(judged):
        yield "\nWhat could make this wrong"
        yield from (f"  {words.line(each)}" for each in said)
