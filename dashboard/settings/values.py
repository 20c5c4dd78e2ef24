"""The configuration once it is right: values that are safe to keep, compare and print."""

import os
from collections.abc import Mapping
from dataclasses import field
from datetime import date, timedelta
from pathlib import Path

from dashboard import redaction
from dashboard.environments import Environment
from dashboard.settings.access import Access
from dashboard.settings.alerts import Alerts
from dashboard.settings.location import Location
from dashboard.settings.tokens import Token
from queries.records import dataclass


@dataclass(frozen=True, slots=True)
class Database:
    """Where an environment's data is; the address names no user and no password."""

    environment: Environment
    schema: str | None
    parameters: Mapping[str, str] = field(repr=False)
    address: str

    @property
    def place(self) -> str:
        """Tell it from every other: two schemas of one database are two environments."""
        return f"{self.address}?schema={self.schema}" if self.schema else self.address


@dataclass(frozen=True, slots=True)
class Thresholds:
    all_fail_ids: int = 3
    all_fail_window: timedelta = timedelta(hours=1)
    stuck: timedelta = timedelta(minutes=30)
    undeployed: timedelta = timedelta(days=30)
    race: timedelta = timedelta(seconds=10)
    replica_lag: timedelta = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class FailureSettings:
    """Which words of a status column mean failed, and the relation that lists failures."""

    statuses: tuple[str, ...] = (
        "failed",
        "failure",
        "error",
        "errored",
        "crashed",
        "deploy_failed",
        "deployment_failed",
        "build_failed",
        "timed_out",
    )
    relation: str = "deployment_failures"


@dataclass(frozen=True, slots=True)
class Mute:
    """A finding that is known; `environment` None: in all of them, `until` None: for good.

    What was muted on a page has an `id`, and who did it; `seen`: its finding stays listed.
    """

    code: str
    environment: str | None
    reason: str
    until: date | None
    by: str = ""
    seen: bool = False
    id: str = ""

    def covers(self, code: str, environment: str | None, today: date) -> bool:
        return (
            self.code == code
            and self.environment in (None, environment)
            and (self.until is None or today <= self.until)
        )


@dataclass(frozen=True, slots=True)
class Example:
    """What can be looked up to see what comes of it; `button` is the label of one that does so."""

    title: str
    text: str
    environment: str
    button: str | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """`history` is the file that snapshots are kept in; None where there is to be none.

    `state` is the database that several processes keep it in, in place of the file.
    `rehearsal` is the folder that the throw-away server is kept in; None where none is to run.
    `nouns` are, by a table's name, what one of its rows is called, and several where that is given.
    `warnings` are what was read in spite of something.
    """

    databases: Mapping[str, Database]
    constraint: str
    migrations: tuple[Path, ...]
    columns: Mapping[str, str]
    history: Path | None
    thresholds: Thresholds
    mutes: tuple[Mute, ...]
    source: Path | None
    failures: FailureSettings = FailureSettings()
    examples: tuple[Example, ...] = ()
    nouns: Mapping[str, tuple[str, str | None]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    tokens: tuple[Token, ...] = ()
    secrets: frozenset[str] = field(default=frozenset(), repr=False)
    access: Access = field(default_factory=Access)
    rehearsal: Path | None = None
    state: Location | None = None
    keeps_history: bool = True
    alerts: Alerts = field(default_factory=Alerts)

    @property
    def environments(self) -> tuple[Environment, ...]:
        return tuple(database.environment for database in self.databases.values())

    @property
    def migrations_folder(self) -> str | None:
        """The migrations folder as commands name it: from the root of its repository."""
        folder = next(iter(self.migrations), None)
        if folder is None:
            return None
        roots = (each for each in folder.parents if os.access(each / ".git", os.F_OK))
        root = next(roots, None)
        return str(folder.relative_to(root) if root else folder)

    def redact(self, text: str) -> str:
        return redaction.redact(text, self.secrets)
