"""What the history answers: one frozen row class per question, with its columns in SQL's order."""

from datetime import datetime

from queries.records import dataclass


@dataclass(frozen=True, slots=True)
class FindingCount:
    """What the last entries tell in the bucket that starts `at`, one of each environment.

    | last entries in the bucket | rows                                          |
    | -------------------------- | --------------------------------------------- |
    | there are none             | none: nobody looked                           |
    | some could not look        | one: `unavailable`, how many                  |
    | some found nothing         | one: severity None, number 0                  |
    | some found something       | one a severity: how many, without muted ones  |
    """

    at: datetime
    unavailable: bool
    severity: str | None
    number: int


@dataclass(frozen=True, slots=True)
class MeasuredValue:
    """The last value in the bucket that starts `at`."""

    environment: str
    at: datetime
    value: int
    precision: str


@dataclass(frozen=True, slots=True)
class AnswerTime:
    """The answers in the bucket that starts `at`."""

    environment: str
    at: datetime
    median_ms: float
    slowest_ms: float
    answers: int


@dataclass(frozen=True, slots=True)
class Reach:
    """The first entry that is kept, and the last."""

    environment: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class FirstSeen:
    """A finding that is still there; `or_earlier` where the history knows no time without it."""

    environment: str
    code: str
    since: datetime
    or_earlier: bool


@dataclass(frozen=True, slots=True)
class LastStatus:
    environment: str
    status: str
    at: datetime


@dataclass(frozen=True, slots=True)
class FoundThen:
    """A finding of the last entry that `looked`, or of a later one that could not look.

    | until the moment            | rows                                           |
    | --------------------------- | ---------------------------------------------- |
    | there is no entry           | none                                           |
    | one looked, found nothing   | one: code, severity None                       |
    | one looked, found something | one a code                                     |
    | none looked since           | those of the silence besides, `looked` is False |
    """

    environment: str
    looked: bool
    code: str | None
    severity: str | None
    muted: bool
