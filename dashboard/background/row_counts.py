"""How many rows the tables of an environment have, and on which days they came."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum

from dashboard.collect.collector import Collector
from dashboard.collect.lookup.ids import names_of
from dashboard.diagnose.facts import Kind, Relation, Unavailable
from dashboard.environments import Environment
from dashboard.postgres import Limits
from queries import registry, rows
from queries.query import Row, Statement
from queries.records import dataclass

DAYS = 90
COUNTING = Limits(deadline_s=2.5, statement_timeout_ms=1000)


class Precision(StrEnum):
    EXACT = "exact"
    ESTIMATE = "estimate"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class RowCount:
    """How many rows a table has, and on which days they came; `reason` is why not exactly."""

    number: int | None
    precision: Precision
    per_day: tuple[rows.DayCount, ...] | Unavailable
    reason: Unavailable | None = None


def count(collector: Collector, environment: Environment, relation: Relation | None) -> RowCount:
    """Count the rows, each question within its own limits."""
    estimate = estimated(relation)
    if relation is None:
        return estimate
    names = names_of(relation, "counted")
    qualified = (relation.table.schema, relation.table.name)
    total = registry.ROW_COUNT.bind({**names, "counted": qualified})
    counted = _ask(collector, environment, total)
    per_day = _per_day(collector, environment, relation)
    if isinstance(counted, Unavailable):
        return RowCount(estimate.number, estimate.precision, per_day, counted)
    return RowCount(counted[0].rows, Precision.EXACT, per_day)


def estimated(relation: Relation | None) -> RowCount:
    """Take what the planner believes; that there are none is no belief of its own.

    A table that was never analysed, or last while it was empty, looks the same.
    """
    uncounted = Unavailable(Kind.SLOW, "not counted yet")
    if relation is None:
        absent = Unavailable(Kind.TABLE_ABSENT, "the table does not exist")
        return RowCount(None, Precision.UNKNOWN, absent, absent)
    if relation.table.estimate <= 0:
        return RowCount(None, Precision.UNKNOWN, uncounted, uncounted)
    return RowCount(round(relation.table.estimate), Precision.ESTIMATE, uncounted, uncounted)


def _per_day(
    collector: Collector, environment: Environment, relation: Relation
) -> tuple[rows.DayCount, ...] | Unavailable:
    if "created_at" not in relation.columns:
        words = f'"{relation.table.name}" has no readable column with the creation time'
        return Unavailable(Kind.TABLE_ABSENT, words)
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    since = today - timedelta(days=DAYS - 1)
    statement = registry.ROWS_PER_DAY.bind(names_of(relation, "counted"), since=since)
    return _ask(collector, environment, statement)


def _ask(
    collector: Collector, environment: Environment, statement: Statement[Row]
) -> tuple[Row, ...] | Unavailable:
    answers = collector.fleet.ask_one(environment, [statement], COUNTING)
    return answers if isinstance(answers, Unavailable) else answers.rows(statement)
