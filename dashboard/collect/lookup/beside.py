"""The other ids of one call, of which the error is about one: which of them the target lacks."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from dashboard.diagnose.lookup.evidence import Evidence, PresenceState
from dashboard.diagnose.paste import Paste


def unknown(seen: Sequence[Evidence]) -> list[Paste]:
    """Make a paste of each such id that was not looked up, of projects that are there."""
    looked_up = {each.id for each in seen}
    others = {
        other.text: replace(each.paste, kind="id", errors=(), ids=(other,), beside=())
        for each in seen
        if each.here.state is PresenceState.FOUND
        for other in each.paste.beside
        if other.text not in looked_up
    }
    return list(others.values())


def absent(evidence: Evidence, states: Mapping[str | None, PresenceState]) -> tuple[str, ...]:
    others = (each.text for each in evidence.paste.beside)
    return tuple(each for each in others if states.get(each) is PresenceState.ABSENT)
