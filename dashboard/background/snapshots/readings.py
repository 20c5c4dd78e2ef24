"""One environment as it is now: its survey, powers of the role, and how many rows it has."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from dashboard.collect.collector import Collector
from dashboard.collect.health.inspection import Surveyor
from dashboard.collect.lookup.plan import names_of
from dashboard.diagnose.evidence import Kind, Relation, Unavailable
from dashboard.diagnose.health.report import Context, Survey, Surveys
from dashboard.environments import Environment
from dashboard.postgres import Answers, Deadline, Limits
from queries import registry, rows
from queries.query import Row, Statement

DAYS = 90
COUNTING = Limits(deadline_s=2.5, statement_timeout_ms=1000)


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
    """What one environment said, and when."""

    at: datetime
    survey: Survey
    powers: tuple[rows.Power, ...] | Unavailable
    projects: Census
    deployments: Census

    @property
    def ms(self) -> float:
        """How long the look's round trip took."""
        return self.survey.look.ms

    @property
    def version(self) -> str:
        return self.survey.look.schema.server.version.split(" ")[0]

    @property
    def role(self) -> str:
        return self.survey.look.schema.server.role


class Reader:
    """Asks one environment, each question within its own limits."""

    def __init__(self, collector: Collector, surveyor: Surveyor, environment: Environment) -> None:
        self._collector = collector
        self._surveyor = surveyor
        self._environment = environment

    def read(
        self, others: Surveys, context: Context, previous: Reading | None
    ) -> Reading | Unavailable:
        """Survey it; the rows are estimates, or as they were last counted."""
        survey = self._surveyor.refresh(self._environment, others, context)
        if isinstance(survey, Unavailable):
            return survey
        schema = survey.look.schema
        return Reading(
            at=datetime.now(UTC),
            survey=survey,
            powers=self._collector.powers(self._environment),
            projects=previous.projects if previous else estimated(schema.parent),
            deployments=previous.deployments if previous else estimated(schema.child),
        )

    def count(self, survey: Survey) -> tuple[Census, Census]:
        """Count the rows of both tables."""
        schema = survey.look.schema
        return self._count(schema.parent), self._count(schema.child)

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

        answers = self._collector.ask_one(work, COUNTING, self._environment)
        return answers if isinstance(answers, Unavailable) else answers.rows(statement)


def estimated(relation: Relation | None) -> Census:
    """Take what the planner believes; that there are none is no belief of its own.

    A table that was never analysed, or last while it was empty, looks the same.
    """
    uncounted = Unavailable(Kind.SLOW, "not counted yet")
    if relation is None:
        absent = Unavailable(Kind.TABLE_ABSENT, "the table is not there")
        return Census(None, Precision.UNKNOWN, absent, absent)
    if relation.table.estimate <= 0:
        return Census(None, Precision.UNKNOWN, uncounted, uncounted)
    return Census(round(relation.table.estimate), Precision.ESTIMATE, uncounted, uncounted)


def _qualified(relation: Relation) -> tuple[str, str]:
    return (relation.table.schema, relation.table.name)
