"""One environment as it is now: server, powers of the role, and how many rows its tables have."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from dashboard.collector import Collector, Pivot
from dashboard.connections import LOOKUP, Answers, Deadline, Limits
from dashboard.diagnosis.evidence import Kind, Relation, Schema, Unavailable
from dashboard.environments import Environment
from dashboard.lookup_plan import names_of
from queries import registry, rows
from queries.query import Row, Statement

DAYS = 90
COUNTING = Limits(deadline_s=2.5, statement_timeout_ms=1000)

R = TypeVar("R")


class Precision(StrEnum):
    EXACT = "exact"
    ESTIMATE = "estimate"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Census:
    """How many rows a table has, and on which days they came; `reason` is why not exactly."""

    number: int | None
    precision: Precision
    per_day: tuple[rows.DayCount, ...] | Unavailable
    reason: Unavailable | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What one environment said; `ms` is a round trip, `problem` is what its catalog lacks."""

    at: datetime
    ms: float
    version: str
    role: str
    powers: tuple[rows.Power, ...] | Unavailable
    projects: Census
    deployments: Census
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class _Seen:
    ms: float
    server: rows.Server
    schema: Schema


class Reader:
    """Asks one environment, each question within its own limits."""

    def __init__(self, collector: Collector, environment: Environment, pivot: Pivot) -> None:
        self._collector = collector
        self._environment = environment
        self._pivot = pivot
        self._schema: Schema | None = None

    def read(self, previous: Reading | None) -> Reading | Unavailable:
        """Read what the catalog knows; the rows are estimates, or as they were last counted."""
        seen = self._within(LOOKUP, self._see)
        if isinstance(seen, Unavailable):
            return seen
        self._schema = seen.schema
        return Reading(
            at=datetime.now(UTC),
            ms=seen.ms,
            version=seen.server.version.split(" ")[0],
            role=seen.server.role,
            powers=self._collector.powers(self._environment),
            projects=previous.projects if previous else estimated(seen.schema.parent),
            deployments=previous.deployments if previous else estimated(seen.schema.child),
            problem=_problem(seen.schema, self._environment.name),
        )

    def count(self) -> tuple[Census, Census]:
        """Count the rows of both tables that were seen last."""
        if self._schema is None:
            return estimated(None), estimated(None)
        return self._count(self._schema.parent), self._count(self._schema.child)

    def _see(self, environment: Environment, deadline: Deadline) -> _Seen | Unavailable:
        database = self._collector.settings.databases[environment.name]
        server = registry.SERVER.bind(schema=database.schema)
        answers = self._collector.ask(environment, [server], LOOKUP, deadline)
        schema = self._collector.schema(environment, self._pivot, deadline)
        if isinstance(answers, Unavailable):
            return answers
        if isinstance(schema, Unavailable):
            return schema
        return _Seen(answers.ms, answers.one(server), schema)

    def _count(self, relation: Relation | None) -> Census:
        census = estimated(relation)
        if relation is None:
            return census
        names = {**names_of(relation, "counted"), "counted": _qualified(relation)}
        total = self._rows(registry.ROW_COUNT.bind(names))
        per_day = self._per_day(relation)
        if isinstance(total, Unavailable):
            return Census(census.number, census.precision, per_day, total)
        return Census(total[0].rows, Precision.EXACT, per_day)

    def _per_day(self, relation: Relation) -> tuple[rows.DayCount, ...] | Unavailable:
        if "created_at" not in relation.columns:
            words = f'"{relation.table.name}" has no readable column that says when a row was made'
            return Unavailable(Kind.TABLE_ABSENT, words)
        today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        names = names_of(relation, "counted")
        since = today - timedelta(days=DAYS - 1)
        return self._rows(registry.ROWS_PER_DAY.bind(names, since=since))

    def _rows(self, statement: Statement[Row]) -> tuple[Row, ...] | Unavailable:
        def work(environment: Environment, deadline: Deadline) -> Answers | Unavailable:
            return self._collector.ask(environment, [statement], COUNTING, deadline)

        answers = self._within(COUNTING, work)
        return answers if isinstance(answers, Unavailable) else answers.rows(statement)

    def _within(
        self, limits: Limits, work: Callable[[Environment, Deadline], R]
    ) -> R | Unavailable:
        """Run it where somebody watches its deadline."""
        ((_, outcome),) = self._collector.ask_all(work, limits, (self._environment,))
        return outcome


def estimated(relation: Relation | None) -> Census:
    """Take what the planner believes, which is nothing where the table was never analysed."""
    uncounted = Unavailable(Kind.SLOW, "not counted yet")
    if relation is None:
        absent = Unavailable(Kind.TABLE_ABSENT, "the table is not there")
        return Census(None, Precision.UNKNOWN, absent, absent)
    if relation.table.estimate < 0:
        return Census(None, Precision.UNKNOWN, uncounted, uncounted)
    return Census(round(relation.table.estimate), Precision.ESTIMATE, uncounted, uncounted)


def _qualified(relation: Relation) -> tuple[str, str]:
    return (relation.table.schema, relation.table.name)


def _problem(schema: Schema, name: str) -> str | None:
    if not schema.server.schema_exists:
        return f'{name} has no schema "{schema.name}"'
    if schema.definition is None:
        return "no environment has the constraint"
    if schema.borrowed:
        return "the constraint is missing here; other environments have it"
    if schema.parent is None or schema.child is None:
        return "a table of the constraint is not there"
    return None
