"""What the history adds in words; nothing, where it is not kept or cannot be read."""

from collections.abc import Callable, Collection, Hashable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TypeVar

from dashboard.background.yesterday import known_then
from dashboard.diagnose.finding import Finding, Severity
from dashboard.diagnose.health.changes import Changes, Then, changes
from dashboard.diagnose.health.report import HealthReport
from dashboard.show.same import Same
from dashboard.show.shared.ages import day, minute
from dashboard.show.shared.history_answers import KEPT, asked, this_minute
from dashboard.show.shared.severities import STATUSES
from dashboard.state import FirstSeen, FoundThen, History, StateError
from dashboard.view import ServedView

KNOWN = {each.value: look.word for each, look in STATUSES.items() if each is not Severity.UNKNOWN}
YESTERDAY = timedelta(days=1)

R = TypeVar("R")


def since(served: ServedView, finding: Finding) -> str:
    """Tell since when all checks that could tell have found what has the finding's code.

    A check that could not compare yet, as one just after a start, did not find it either: it may
    well be older.
    """
    if finding.since:
        return f"Since {minute(finding.since)}."
    if seen := _first_seen(served, finding):
        return f"Seen in every check since {minute(seen.since)}; may have started earlier."
    return ""


def began(served: ServedView, finding: Finding) -> datetime | None:
    """Return when it began, where its evidence tells, or the history knows a time without it."""
    if finding.since:
        return finding.since
    seen = _first_seen(served, finding)
    return None if seen is None or seen.or_earlier else seen.since


def since_yesterday(served: ServedView, report: HealthReport) -> Changes | None:
    """Compare with what was found a day ago; None where the history does not reach back so far."""
    found = _told(served, History.found_then, this_minute() - YESTERDAY, served.places)
    return changes(report, _known_then(Same(found)), served.settings.environments)


def in_words(time: datetime) -> str:
    return f"since {day(time, datetime.now(UTC))}"


def last_known(served: ServedView, environments: Collection[str]) -> Mapping[str, str]:
    """Tell how environments were when that was last known, in one question for all."""
    words: dict[str, str] = {}
    places = tuple(each for each in served.places if each.environment in environments)
    for last in _told(served, History.last_statuses, places) if places else ():
        if word := KNOWN.get(last.status):
            words.setdefault(last.environment, f"Last known status: {word} ({minute(last.at)}).")
    return words


def _told(
    served: ServedView, question: Callable[..., tuple[R, ...]], *values: Hashable
) -> tuple[R, ...]:
    """Ask where a history is kept that can be read."""
    if served.history is None:
        return ()
    try:
        return asked(question, served.history, *values)
    except StateError:
        return ()


def _first_seen(served: ServedView, finding: Finding) -> FirstSeen | None:
    told = _by_finding(Same(_told(served, History.first_seen, served.places)))
    return told.get((finding.environment, finding.code))


@lru_cache(maxsize=KEPT)
def _by_finding(
    told: Same[tuple[FirstSeen, ...]],
) -> Mapping[tuple[str | None, str], FirstSeen]:
    return {(each.environment, each.code): each for each in told.thing}


@lru_cache(maxsize=KEPT)
def _known_then(found: Same[tuple[FoundThen, ...]]) -> Mapping[str, Then]:
    return known_then(found.thing)
