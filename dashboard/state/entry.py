"""What is kept of one look at one environment, in plain words and numbers."""

from datetime import datetime

from queries.records import dataclass


@dataclass(frozen=True, slots=True)
class RecordedEnvironment:
    """An environment's name and where its data is: another database is another history."""

    environment: str
    address: str


@dataclass(frozen=True, slots=True)
class Noted:
    """One finding; several of one code may be noted."""

    code: str
    severity: str
    muted: bool = False


@dataclass(frozen=True, slots=True)
class Measure:
    """A number and how far to trust it: exact, estimate ..."""

    name: str
    value: int
    precision: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One look: `ms` is how long an answer took, `unavailable` the kind of fault without one."""

    at: datetime
    environment: str
    address: str
    status: str
    ms: float | None = None
    unavailable: str | None = None
    findings: tuple[Noted, ...] = ()
    measures: tuple[Measure, ...] = ()

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("an entry needs a time with its zone")
