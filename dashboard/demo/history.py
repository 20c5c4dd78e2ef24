"""Ninety days of plausible history of one environment: the same on every machine."""

import hashlib
import itertools
import json
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from typing import TypeVar

from dashboard.demo.scenarios import LOCAL, PRODUCTION, STAGING
from queries.records import dataclass

DAYS = 90
DAY = timedelta(days=1)
BASE_36 = "0123456789abcdefghijklmnopqrstuvwxyz"
COLUMNS = {
    "users": ("id", "email", "name", "createdAt", "updatedAt"),
    "teams": ("id", "name", "slug", "createdAt", "updatedAt"),
    "Project": ("id", "name", "userId", "teamId", "deletedAt", "createdAt", "updatedAt"),
    "deployments": (
        "id", "appId", "name", "url", "files", "userId", "projectId", "published",
        "createdAt", "updatedAt", "lastAccessed",
    ),
    "uploads": ("id", "userId", "projectId", "key", "fileName", "url", "sizeBytes", "createdAt"),
    "convex_deployments": (
        "id", "projectId", "convexDeploymentName", "status", "lastDeployError", "lastDeployedAt",
        "createdAt", "updatedAt",
    ),
}  # fmt: skip


BUILD_FAILURES = (
    "Build timed out after 300 seconds",
    "Could not push functions: schema validation failed",
)
FOREIGN_KEY_FAILURE = (
    "Foreign key constraint violated on the constraint: `deployments_projectId_fkey`"
)
MOODS = ("Bright", "Calm", "Clever", "Cosy", "Daily", "Early", "Fresh", "Hidden", "Kind", "Little")
PLACES = ("Bakery", "Garden", "Harbour", "Island", "Kitchen", "Library", "Market", "Museum")
THINGS = ("blog", "calendar", "gallery", "guide", "journal", "menu", "planner", "shop")
FILES = ("cover.png", "logo.svg", "menu.pdf", "notes.md", "team.jpg")


@dataclass(frozen=True, slots=True)
class Size:
    people: int
    teams: int
    projects: int
    deployed: float  # the share of projects that are
    failing: float
    failures: tuple[str, ...] = (*BUILD_FAILURES, FOREIGN_KEY_FAILURE)


SIZES = {
    LOCAL: Size(people=9, teams=2, projects=260, deployed=0.45, failing=0.08),
    STAGING: Size(people=80, teams=12, projects=1_300, deployed=0.6, failing=0.05),
    PRODUCTION: Size(1_100, 140, 4_200, deployed=0.75, failing=0.01, failures=BUILD_FAILURES),
}
T = TypeVar("T")


class Dice:
    """Chance that falls the same way everywhere: the same seed, the same numbers."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._rolls = 0

    def number(self) -> int:
        self._rolls += 1
        roll = hashlib.blake2b(f"{self._seed} {self._rolls}".encode(), digest_size=16)
        return int.from_bytes(roll.digest())

    def share(self) -> float:
        return self.number() / 2**128

    def one_of(self, choices: Sequence[T]) -> T:
        return choices[self.number() % len(choices)]


def base36(number: int, length: int) -> str:
    """Write the last `length` digits of a number."""
    digits = []
    for _ in range(length):
        number, digit = divmod(number, 36)
        digits.append(BASE_36[digit])
    return "".join(reversed(digits))


def cuid(at: datetime, dice: Dice) -> str:
    """Make an ID as the application does: its first digits are the time."""
    return f"c{base36(round(at.timestamp() * 1000), 8)}{base36(dice.number(), 16)}"


def moments(count: int, now: datetime, dice: Dice) -> Iterator[datetime]:
    """Spread moments over the days up to now: more and more of them, and fewer at weekends."""
    today = datetime.combine(now, time(), tzinfo=now.tzinfo)
    starts = [today - age * DAY for age in reversed(range(DAYS))]
    spans = [min(DAY, now - start) for start in starts]
    weights = [
        (1 + number / 60)
        * (0.35 if start.weekday() >= 5 else 1)
        * (span / DAY)
        * (0.8 + 0.4 * dice.share())
        for number, (start, span) in enumerate(zip(starts, spans, strict=True))
    ]
    until = list(itertools.accumulate(weights))
    for number in range(count):
        day = bisect_left(until, (number + 0.5) / count * until[-1])
        yield starts[day] + spans[day] * dice.share()


class SeedRows:
    """What the tables of one environment hold, row by row."""

    def __init__(self, environment: str, now: datetime) -> None:
        self.size = SIZES[environment]
        self.now = now
        self.dice = Dice(environment)
        self.rows: dict[str, list[tuple[object, ...]]] = {table: [] for table in COLUMNS}
        self._people = [self._person(number) for number in range(self.size.people)]
        self._teams = [self._team(number) for number in range(self.size.teams)]
        for at in moments(self.size.projects, now, self.dice):
            self._project(at)

    def add(self, table: str, **values: object) -> None:
        self.rows[table].append(tuple(values.get(column) for column in COLUMNS[table]))

    def deploy(self, key: str, app_id: str, at: datetime, **values: object) -> None:
        """Add a deployment of the project named in `values`."""
        self.add(
            "deployments",
            id=key,
            appId=app_id,
            url=f"https://{app_id.replace('_', '-')}.apps.example.com",
            files=json.dumps([{"path": "index.html", "bytes": 900 + self.dice.number() % 9_000}]),
            createdAt=at,
            updatedAt=self.after(at),
            lastAccessed=self.now - (self.now - at) * self.dice.share() ** 4,
            **values,
        )

    def upload(self, at: datetime, **values: object) -> None:
        key, name = self.new_id(at), self.dice.one_of(FILES)
        path = f"{key}/{name}"
        address = f"https://files.example.com/{path}"
        size = 2_000 + self.dice.number() % 900_000
        self.add(
            "uploads",
            id=key,
            key=path,
            fileName=name,
            url=address,
            sizeBytes=size,
            createdAt=at,
            **values,
        )

    def backend(self, project_id: str, at: datetime, status: str) -> None:
        """Add the project's row of the service that runs its functions."""
        number = len(self.rows["convex_deployments"])
        name = f"{self.dice.one_of(MOODS)}-{self.dice.one_of(PLACES)}-{number}"
        deployed = self.after(at)
        self.add(
            "convex_deployments",
            id=self.new_id(at),
            projectId=project_id,
            convexDeploymentName=name.lower(),
            status=status,
            lastDeployError=self.dice.one_of(self.size.failures) if status == "ERROR" else None,
            lastDeployedAt=deployed,
            createdAt=at,
            updatedAt=deployed,
        )

    def new_id(self, at: datetime) -> str:
        return cuid(at, self.dice)

    def after(self, at: datetime) -> datetime:
        """Pick a moment between then and now, rather sooner than later."""
        return at + (self.now - at) * self.dice.share() ** 3

    def _person(self, number: int) -> str:
        at = self.now - DAY * (DAYS + 1 + 200 * self.dice.share())
        key = self.new_id(at)
        self.add(
            "users",
            id=key,
            email=f"person{number}@example.com",
            name=f"Person {number}",
            createdAt=at,
            updatedAt=self.after(at),
        )
        return key

    def _team(self, number: int) -> str:
        at = self.now - DAY * (DAYS + 1 + 150 * self.dice.share())
        key = self.new_id(at)
        place = self.dice.one_of(PLACES)
        self.add(
            "teams",
            id=key,
            name=f"{place} {number}",
            slug=f"{place.lower()}-{number}",
            createdAt=at,
            updatedAt=self.after(at),
        )
        return key

    def _project(self, at: datetime) -> None:
        dice, key = self.dice, self.new_id(at)
        owner = self._people[int(len(self._people) * dice.share() ** 2)]  # some do much more
        name = f"{dice.one_of(MOODS)} {dice.one_of(PLACES)} {dice.one_of(THINGS)}"
        deleted = self.after(at) if dice.share() < 0.03 else None
        self.add(
            "Project",
            id=key,
            name=name,
            userId=owner,
            teamId=dice.one_of(self._teams) if dice.share() < 0.3 else None,
            deletedAt=deleted,
            createdAt=at,
            updatedAt=deleted or self.after(at),
        )
        for _ in range(dice.number() % 4):
            self.upload(self.after(at), userId=owner, projectId=key)
        if not deleted and dice.share() < self.size.deployed:
            self._deployment(key, name, owner, self.after(at))

    def _deployment(self, project_id: str, name: str, owner: str, at: datetime) -> None:
        dice = self.dice
        app_id = f"app_{base36(dice.number(), 12)}"
        published = dice.share() < 0.96
        self.deploy(
            self.new_id(at),
            app_id,
            at,
            name=name,
            userId=owner,
            projectId=project_id,
            published=published,
        )
        if dice.share() < 0.4:
            failing = dice.share() < self.size.failing
            self.backend(project_id, self.after(at), "ERROR" if failing else "ACTIVE")
