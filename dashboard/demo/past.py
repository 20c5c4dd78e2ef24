"""What a dashboard would have seen in the thirty days before the demo, look by look."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from dashboard.demo.databases import connect
from dashboard.demo.failures import Failed, bad_afternoon
from dashboard.demo.history import DAY, Dice
from dashboard.demo.scenarios import LOCAL, PREVIEW, PRODUCTION, STAGING
from dashboard.demo.seed import RECENTLY
from dashboard.diagnose.finding import Severity
from dashboard.postgres.cluster import Cluster
from dashboard.settings import parse_url
from dashboard.state import Entry, History, Measure, Noted, RecordedEnvironment
from queries.records import dataclass

DAYS = 30
WEEK = 7 * DAY
HOUR = timedelta(hours=1)
QUARTER = timedelta(minutes=15)
ANSWER_MS = {LOCAL: 2.4, STAGING: 9.0, PRODUCTION: 14.0, PREVIEW: 21.0}
BEGAN = {PREVIEW: 20 * DAY}  # how long ago somebody made it; the others are older
COUNTED = {"projects": "Project", "deployments": "deployments"}
WORST = (Severity.ERROR, Severity.WARNING)


@dataclass(frozen=True, slots=True)
class Episode:
    """A finding that was there from so long ago on, until so long ago; 0 is now."""

    environment: str
    code: str
    severity: Severity
    since: timedelta
    until: timedelta = timedelta()

    def covers(self, age: timedelta) -> bool:
        return self.until < age <= self.since


EPISODES = (
    Episode(STAGING, "failed", Severity.ERROR, DAYS * DAY),
    Episode(STAGING, "pending", Severity.ERROR, 17 * DAY),
    Episode(STAGING, "invalid-index", Severity.WARNING, 4 * DAY, 18 * HOUR),
    Episode(PRODUCTION, "pending", Severity.ERROR, 17 * DAY, 14 * DAY),
    Episode(LOCAL, "pending", Severity.ERROR, 26 * DAY, 25 * DAY),
    Episode(LOCAL, "db-ahead", Severity.WARNING, RECENTLY),
)
SILENT = (
    Episode(PRODUCTION, "env-unreachable", Severity.UNKNOWN, 6 * DAY, 6 * DAY - 2 * HOUR),
    Episode(LOCAL, "env-unreachable", Severity.UNKNOWN, 11 * DAY, 10 * DAY),
    Episode(PREVIEW, "env-unreachable", Severity.UNKNOWN, 3 * DAY),
)


def remember(
    history: Path,
    urls: Mapping[str, str],
    cluster: Cluster,
    failed: Sequence[Failed],
    now: datetime,
) -> None:
    """Fill a history of the environments at these addresses."""
    after = now - bad_afternoon(now)
    outage = Episode(STAGING, "all-fail", Severity.ERROR, after, after - WEEK)
    looks = [
        look
        for name, url in urls.items()
        for look in _looks(
            RecordedEnvironment(name, parse_url(url).address),
            [*EPISODES, outage],
            _growth(cluster, name, failed),
            now,
        )
    ]
    History.open(history).append(*sorted(looks, key=lambda each: each.at))


def _growth(cluster: Cluster, name: str, failed: Sequence[Failed]) -> Mapping[str, list[datetime]]:
    """List when the rows that are counted were made, and when something failed."""
    if name == PREVIEW:
        return {}  # nobody can ask it any more
    with connect(cluster, name) as connection:
        made = {
            measure: [at for (at,) in connection.execute(_made(table))]
            for measure, table in COUNTED.items()
        }
    return {**made, "failures": [each.at for each in failed if each.environment == name]}


def _made(table: str) -> bytes:
    return f"""select "createdAt" at time zone 'UTC' from "{table}" order by 1""".encode()  # noqa: S608  # our own


def _looks(
    place: RecordedEnvironment,
    episodes: Sequence[Episode],
    growth: Mapping[str, list[datetime]],
    now: datetime,
) -> Iterator[Entry]:
    name, dice = place.environment, Dice(f"looks {place.environment}")
    own = [each for each in episodes if each.environment == name]
    silent = [each for each in SILENT if each.environment == name]
    for age in _ages(BEGAN.get(name, DAYS * DAY)):
        unanswered = [each for each in silent if each.covers(age)]
        found = unanswered or [each for each in own if each.covers(age)]
        yield Entry(
            at=now - age,
            environment=name,
            address=place.address,
            status=_status(found),
            ms=None if unanswered else _ms(name, found, dice),
            unavailable="refused" if unanswered else None,
            findings=tuple(Noted(each.code, each.severity.value) for each in found),
            measures=() if unanswered else tuple(_measures(growth, now - age)),
        )


def _ages(began: timedelta) -> Iterator[timedelta]:
    """Look as often as the charts of a month, a week and a day show it."""
    age = began
    while age > timedelta():
        yield age
        age -= 3 * HOUR if age > 8 * DAY else HOUR if age > DAY else QUARTER


def _status(found: Sequence[Episode]) -> str:
    severities = {each.severity for each in found}
    if Severity.UNKNOWN in severities:
        return Severity.UNKNOWN.value
    return next((each for each in WORST if each in severities), Severity.OK).value


def _ms(name: str, found: Sequence[Episode], dice: Dice) -> float:
    """Answer more slowly where an index is missing."""
    slower = 3 if any(each.code == "invalid-index" for each in found) else 1
    return round(ANSWER_MS[name] * slower * (0.7 + 0.6 * dice.share()), 2)


def _measures(growth: Mapping[str, list[datetime]], at: datetime) -> Iterator[Measure]:
    for name, moments in growth.items():
        until = bisect_right(moments, at)
        since = bisect_right(moments, at - WEEK) if name == "failures" else 0
        yield Measure(name, until - since, "exact")
