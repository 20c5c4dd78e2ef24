"""What the history adds in words; nothing, where it is not kept or cannot be read."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from dashboard.diagnosis.finding import Finding, Severity
from dashboard.history import History, HistoryError, Place
from dashboard.serving import Serving
from dashboard.ui.ages import minute
from dashboard.ui.severities import LOOKS

R = TypeVar("R")


def since(served: Serving, finding: Finding) -> str:
    """Tell since when something of the finding's code is there without interruption."""
    for seen in _told(served, finding.environment, History.first_seen):
        if seen.code == finding.code:
            earlier = ", and maybe before: nothing older is kept" if seen.or_earlier else ""
            return f"`{seen.code}` is seen here since {minute(seen.since)}{earlier}."
    return ""


def last_known(served: Serving, environment: str) -> str:
    """Tell how an environment was when that was last known."""
    for last in _told(served, environment, History.last_statuses):
        if last.status != Severity.UNKNOWN:
            word = LOOKS[Severity(last.status)].word
            return f"Before that it was last seen at {minute(last.at)}; then it was {word}."
    return ""


def _told(
    served: Serving,
    environment: str | None,
    question: Callable[[History, Iterable[Place]], tuple[R, ...]],
) -> tuple[R, ...]:
    places = [each for each in served.places if each.environment == environment]
    if served.history is None or not places:
        return ()
    try:
        return question(served.history, places)
    except HistoryError:
        return ()
