"""What the history adds in words; nothing, where it is not kept or cannot be read."""

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TypeVar

from dashboard.background.yesterday import known_then
from dashboard.diagnose.finding import Finding, Severity
from dashboard.diagnose.health.changes import Changes, changes
from dashboard.diagnose.health.report import HealthReport
from dashboard.show.shared.ages import day, minute
from dashboard.show.shared.severities import STATUSES
from dashboard.state import (
    FirstSeen,
    FoundThen,
    History,
    LastStatus,
    RecordedEnvironment,
    StateError,
)
from dashboard.view import ServedView

KNOWN = {each.value: look.word for each, look in STATUSES.items() if each is not Severity.UNKNOWN}
YESTERDAY = timedelta(days=1)
KEPT = 16  # of a few viewers' environments, now and a minute ago

R = TypeVar("R")
Places = tuple[RecordedEnvironment, ...]


def since(served: ServedView, finding: Finding) -> str:
    """Tell since when all checks that could tell have found what has the finding's code.

    A check that could not compare yet, as one just after a start, did not find it either: it may
    well be older.
    """
    if finding.since:
        return f"Since {minute(finding.since)}."
    if seen := _first_seen(served).get((finding.environment, finding.code)):
        return f"Seen in every check since {minute(seen.since)}; may have started earlier."
    return ""


def began(served: ServedView, finding: Finding) -> datetime | None:
    """Return when it began, where its evidence tells, or the history knows a time without it."""
    if finding.since:
        return finding.since
    seen = _first_seen(served).get((finding.environment, finding.code))
    return None if seen is None or seen.or_earlier else seen.since


def since_yesterday(served: ServedView, report: HealthReport) -> Changes | None:
    """Compare with what was found a day ago; None where the history does not reach back so far."""
    found = _told(served, served.settings.databases, _found_yesterday)
    return changes(report, known_then(found), served.settings.environments)


def in_words(time: datetime) -> str:
    return f"since {day(time, datetime.now(UTC))}"


def last_known(served: ServedView, environments: Collection[str]) -> Mapping[str, str]:
    """Tell how environments were when that was last known, in one question for all."""
    words: dict[str, str] = {}
    for last in _told(served, environments, _last_statuses):
        if word := KNOWN.get(last.status):
            words.setdefault(last.environment, f"Last known status: {word} ({minute(last.at)}).")
    return words


def _first_seen(served: ServedView) -> Mapping[tuple[str | None, str], FirstSeen]:
    told = _told(served, served.settings.databases, _first_seen_at)
    return {(each.environment, each.code): each for each in told}


def _told(
    served: ServedView,
    environments: Collection[str],
    question: Callable[[History, Places, int], tuple[R, ...]],
) -> tuple[R, ...]:
    """Ask the history; the same is not asked twice in a minute."""
    places = tuple(each for each in served.places if each.environment in environments)
    if served.history is None or not places:
        return ()
    try:
        return question(served.history, places, int(datetime.now(UTC).timestamp() // 60))
    except StateError:
        return ()


@lru_cache(maxsize=KEPT)
def _first_seen_at(history: History, places: Places, _minute: int) -> tuple[FirstSeen, ...]:
    return history.first_seen(places)


@lru_cache(maxsize=KEPT)
def _found_yesterday(history: History, places: Places, minute: int) -> tuple[FoundThen, ...]:
    return history.found_then(datetime.fromtimestamp(minute * 60, UTC) - YESTERDAY, places)


@lru_cache(maxsize=KEPT)
def _last_statuses(history: History, places: Places, _minute: int) -> tuple[LastStatus, ...]:
    return history.last_statuses(places)
