"""What the tab says of a look-up: cmuh3z… not in staging."""

from dashboard.diagnose.lookup.evidence import Evidence, PresenceState

MOST = 12  # characters that an id is written in full with
BEGINNING = 6
WHERE = {
    PresenceState.FOUND: "in",
    PresenceState.ABSENT: "not in",
    PresenceState.UNKNOWN: "not known in",
}


def of(evidence: Evidence) -> str:
    if evidence.id is None:
        return f"Without an ID in {evidence.target.name}"
    where = WHERE[evidence.presence(evidence.target).state]
    return f"{_short(evidence.id)} {where} {evidence.target.name}"


def of_many(number: int, name: str) -> str:
    return f"{number:,} IDs in {name}"


def _short(identifier: str) -> str:
    return identifier if len(identifier) <= MOST else f"{identifier[:BEGINNING]}…"
