"""A failed deployment as any source tells it, and what failures have in common."""

from datetime import datetime

from queries.records import dataclass

INSERT = "insert or update"
DELETE = "update or delete"


@dataclass(frozen=True, slots=True)
class Signature:
    """One cause: never the message, whose text differs between versions and languages.

    `code` is an SQLSTATE or one of Prisma's codes, `subject` a table, or a model where Prisma
    names only that, `operation` Prisma's call, or the statements PostgreSQL's sentence is about.
    """

    code: str | None = None
    constraint: str | None = None
    subject: str | None = None
    operation: str | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """One failure; `project_id` is None where its source does not say."""

    at: datetime
    environment: str
    project_id: str | None
    signature: Signature
    source: str


@dataclass(frozen=True, slots=True)
class Group:
    """All failures of one cause in one environment, as one source counts them."""

    environment: str
    signature: Signature
    source: str
    failures: int
    ids: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Burst:
    """The densest moment of one cause: how many distinct ids failed, and between when.

    `successes` are deployments made meanwhile, None where they could not be counted.
    """

    environment: str
    signature: Signature
    source: str
    ids: int
    failures: int
    first_at: datetime
    last_at: datetime
    successes: int | None = None
