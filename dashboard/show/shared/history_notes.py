"""What the history adds in words; nothing, where it is not kept or cannot be read."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TypeVar

from dashboard.diagnose.finding import Finding, Severity
from dashboard.history import History, HistoryError, RecordedEnvironment
from dashboard.show.shared.ages import minute
from dashboard.show.shared.severities import BADGES
from dashboard.view import ServedView

KNOWN = {each.value: look.word for each, look in BADGES.items() if each is not Severity.UNKNOWN}

R = TypeVar("R")


def since(served: ServedView, finding: Finding) -> str:
    """Tell since when all looks that could tell have found what has the finding's code.

    A look that could not compare yet, as one just after a start, did not find it either: it may
    well be older.
    """
    for seen in _told(served, {finding.environment}, History.first_seen):
        if seen.code == finding.code:
            found = f"that could tell found `{seen.code}` here; it may be older."
            return f"Every look since {minute(seen.since)} {found}"
    return ""


def last_known(served: ServedView, environments: Collection[str]) -> Mapping[str, str]:
    """Tell how environments were when that was last known, in one question for all."""
    words: dict[str, str] = {}
    for last in _told(served, environments, History.last_statuses):
        if word := KNOWN.get(last.status):
            known = f"How it was is last known of {minute(last.at)}: {word}."
            words.setdefault(last.environment, known)
    return words


def _told(
    served: ServedView,
    environments: Collection[str | None],
    question: Callable[[History, Iterable[RecordedEnvironment]], tuple[R, ...]],
) -> tuple[R, ...]:
    places = [each for each in served.places if each.environment in environments]
    if served.history is None or not places:
        return ()
    try:
        return question(served.history, places)
    except HistoryError:
        return ()
