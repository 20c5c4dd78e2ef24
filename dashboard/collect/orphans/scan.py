"""Count one environment's orphan candidates, each kind within its budget, and read their rows."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from dashboard.collect.catalog import Definitions
from dashboard.collect.collector import Collector
from dashboard.collect.environment import Inspection
from dashboard.collect.lookup.ids import suitable
from dashboard.collect.orphans import statements
from dashboard.collect.result import LastResult
from dashboard.diagnose.cascades import OF_ANOTHER_TABLE, Cascades, Graph
from dashboard.diagnose.facts import EnvironmentFacts, Kind, Relation, Unavailable, expected_parent
from dashboard.diagnose.orphans import (
    Ages,
    Cardinality,
    ColumnCount,
    Count,
    CountedColumn,
    Orphans,
    Precision,
    Present,
    Relationship,
    Roles,
    by_kind,
    counted_columns,
    counts,
    with_matches,
)
from dashboard.diagnose.orphans.kind import WITHOUT_KEY, WITHOUT_PARENT
from dashboard.environments import Environment
from dashboard.postgres import BACKGROUND, LOOKUP, Answers, Ask, Conversation, Deadline, Limits
from dashboard.state import Measure
from queries import registry, rows
from queries.query import Statement

LastOrphans = LastResult[Orphans]

SERIAL = (("max_parallel_workers_per_gather", "0"),)  # the cores are the application's
SCAN_LIMITS = Limits(deadline_s=45.0, statement_timeout_ms=1500, planner=SERIAL)
FIRST_HIT = Limits(deadline_s=45.0, statement_timeout_ms=500, planner=SERIAL)
PAGING = Limits(deadline_s=6.0, statement_timeout_ms=4000, planner=SERIAL)
MOST_AT_ONCE = 16  # of those counted with nobody waiting: servers have others to answer
OTHERS_WAIT_S = 3.0  # an environment that is down says so by then
SPARE_S = 3.0  # what one more column may take, its cancelling included
FEW_ROWS = 2_000_000  # of so many, all of a kind can be counted in time
MOST = 1_000  # of more, counting stops there
MOST_LOST = 1_000
# what one column may run into while the environment itself answers
ONE_COLUMN = (
    Kind.SLOW,
    Kind.LOCKED,
    Kind.CANCELLED,
    Kind.FORBIDDEN,
    Kind.SCHEMA_CHANGED,
    Kind.UNSUITABLE_ID,
)


def collect(
    collector: Collector, environment: Environment, deadline: Deadline, definitions: Definitions
) -> Conversation[Orphans | Unavailable]:
    """Count every kind in one environment."""
    started = time.perf_counter()
    read = yield from read_relationship(collector, environment, deadline, definitions)
    if isinstance(read, Unavailable):
        return read
    relationship, roles = read
    scan = OrphanScan(relationship, ages(collector), deadline)
    columns: list[ColumnCount] = []
    for each in counted_columns(relationship, roles):
        columns.append((yield from scan.counted(each)))
    if scan.failure:
        return scan.failure
    lost, all_lost = yield from scan.lost(columns)
    return Orphans(
        environment=environment,
        as_of=relationship.facts.proof.as_of,
        ms=round((time.perf_counter() - started) * 1000),
        kinds=by_kind(columns),
        hidden=_hidden(columns),
        lost=lost,
        all_lost=all_lost,
    )


def count_all(
    collector: Collector,
    environments: Sequence[Environment] | None = None,
    definitions: Definitions | None = None,
) -> Iterator[tuple[Environment, Orphans | Unavailable]]:
    """Yield each environment as it answers, and with the matches of all once all have.

    `definitions` are what all of them said before, where not all are asked, or not all at once.
    """
    known = definitions or Definitions(collector.settings.databases)
    count = partial(collect, collector, definitions=known)
    asked = environments or collector.settings.environments
    at_once = MOST_AT_ONCE if definitions else max(1, len(asked))
    counted: dict[Environment, Orphans] = {}
    for some in (asked[first : first + at_once] for first in range(0, len(asked), at_once)):
        for environment, answer in collector.fleet.run(count, SCAN_LIMITS, some):
            yield environment, answer
            if isinstance(answer, Orphans):
                counted[environment] = answer
    yield from matched(collector, counted).items()


def measures(last: LastOrphans) -> Iterator[Measure]:
    """Give the history a number for each kind; what is not known has none."""
    if last.value is None or last.failure:
        return
    for kind, counted in last.value.kinds.items():
        count = counted.count
        if count.number is not None:
            yield Measure(measure(kind.code), count.number, count.precision.value)


def measure(code: str) -> str:
    """Name a kind of orphans as the history does."""
    return f"orphans:{code}"


def read_relationship(
    collector: Collector, environment: Environment, deadline: Deadline, definitions: Definitions
) -> Conversation[tuple[Relationship, Roles] | Unavailable]:
    """Read, as it is now, what the catalog says of every column that points somewhere."""
    facts = yield from _facts(collector, environment, deadline, definitions)
    if isinstance(facts, Unavailable):
        return facts
    catalog = facts.catalog
    if facts.ends is None:
        reason = catalog.unclear or "the constraint's tables do not exist"
        return Unavailable(
            Kind.TABLE_ABSENT, (f"{environment.name}: {reason}, or this role cannot see them")
        )
    plan = statements.RelationshipPlan(facts)
    answers = yield Ask(plan.statements, LOOKUP)
    if isinstance(answers, Unavailable):
        return answers
    statuses = yield from _statuses(facts)
    cardinality = yield from _cardinality(catalog.constraint, definitions)
    roles = Roles(catalog.owners, catalog.owner_columns, statuses)
    return plan.relationship(answers, cardinality), roles


def _facts(
    collector: Collector, environment: Environment, deadline: Deadline, definitions: Definitions
) -> Conversation[EnvironmentFacts | Unavailable]:
    """Ask again where the constraint points at another table than it does elsewhere."""
    inspection = Inspection(collector.catalogs, definitions)
    facts = yield from inspection.facts(environment, deadline)
    if isinstance(facts, Unavailable) or facts.own_target is None:
        return facts
    others = yield from definitions.of_others(
        environment.name, facts.catalog.constraint, OTHERS_WAIT_S
    )
    expected = expected_parent(facts, [each.target for each in others])
    if expected is None:
        return facts
    return (yield from inspection.expecting(environment, deadline, expected))


def _statuses(
    facts: EnvironmentFacts,
) -> Conversation[Mapping[int, tuple[rows.StatusValue, ...] | Unavailable]]:
    """Read what status columns say, each on its own: one that is locked must not hide the rest."""
    catalog = facts.catalog
    statuses: dict[int, tuple[rows.StatusValue, ...] | Unavailable] = {}
    for each in filter(None, (catalog.child, *catalog.references)):
        if "status" in each.columns and not each.table.row_security:
            statement = statements.status_values(each)
            answers = yield Ask([statement], LOOKUP)
            statuses[each.table.oid] = (
                answers if isinstance(answers, Unavailable) else answers.rows(statement)
            )
    return statuses


def _cardinality(constraint: str, definitions: Definitions) -> Conversation[Cardinality]:
    """Take it from all that answered, this environment too."""
    _, known = yield from definitions.elsewhere([constraint], OTHERS_WAIT_S)
    return Cardinality.of(known)


class OrphanScan:
    """One environment's columns, counted one after the other.

    `failure` is set once the environment itself does not answer any more.
    """

    def __init__(self, relationship: Relationship, ages: Ages, deadline: Deadline) -> None:
        self._relationship = relationship
        self._as_of = relationship.facts.proof.as_of
        self._ages = ages
        self._deadline = deadline
        self.failure: Unavailable | None = None

    def counted(self, column: CountedColumn) -> Conversation[ColumnCount]:
        count = yield from self.count(column)
        cascades = yield from self._cascades(column, count)
        return ColumnCount(column, count, cascades)

    def _cascades(self, column: CountedColumn, count: Count) -> Conversation[Cascades]:
        """Count what goes along with the rows, where a statement that deletes them is given."""
        cleanup = column.kind.cleanup
        if cleanup is None or not cleanup.deletes:
            return Cascades()
        catalog = self._relationship.facts.catalog
        if catalog.expected_parent:
            return OF_ANOTHER_TABLE
        graph = Graph.below(column.counted.table, catalog, self._relationship.foreign_keys)
        if reason := graph.reason or self._uncountable(column, count, graph):
            return Cascades(unknown=reason)
        if not graph.acting:
            return Cascades()
        removed = statements.removed(column, self._found(column))
        answer = yield from self._ask(statements.cascading(removed, graph, catalog), SCAN_LIMITS)
        if isinstance(answer, Unavailable):
            return Cascades(unknown=answer.message)
        return graph.counted(answer[0], count.sure_of)

    def _uncountable(self, column: CountedColumn, count: Count, graph: Graph) -> str | None:
        """Say what keeps from counting what goes along, where anything does."""
        own, catalog = column.counted, self._relationship.facts.catalog
        reasons = (
            (count.none, "no such rows"),
            (count.number is None, "the rows themselves were not counted"),
            (
                own.row_key is None or own.row_key != catalog.row_keys.get(own.table.oid),
                f"no readable column identifies the rows of {own.table.name}",
            ),
            (self._deadline.remaining_s < SPARE_S, "the time limit for all kinds was reached"),
        )
        return next((reason for holds, reason in reasons if holds and graph.acting), None)

    def count(self, column: CountedColumn) -> Conversation[Count]:
        if column.closed:
            return counts.unknown(column.closed)
        if column.proven:
            return counts.by_proof(self._as_of)
        if self.failure or self._deadline.remaining_s < SPARE_S:
            return counts.unknown(f"the {self._deadline.seconds:g} s for all kinds are used up")
        return (yield from self._count(column))

    def lost(self, columns: Sequence[ColumnCount]) -> Conversation[tuple[tuple[str, ...], bool]]:
        """Return the ids of projects that are not there, and whether these are all."""
        ids: set[str] = set()
        complete = True
        for each in columns:
            if each.column.to_projects:
                some = () if each.count.none else (yield from self._lost(each.column))
                ids |= set(some or ())
                complete = complete and some is not None and len(some) < MOST_LOST
        return tuple(sorted(ids)[:MOST_LOST]), complete and len(ids) <= MOST_LOST

    def _lost(self, column: CountedColumn) -> Conversation[tuple[str, ...] | None]:
        several = column.counted.key.single is None  # which no list of ids is compared with
        if column.closed or several or self._deadline.remaining_s < SPARE_S:
            return None
        keys = registry.LOST_IDS.bind({"found": self._found(column)}, most=MOST_LOST)
        answers = yield from self._ask(keys, SCAN_LIMITS)
        return None if isinstance(answers, Unavailable) else tuple(each.id for each in answers[0])

    def _count(self, column: CountedColumn) -> Conversation[Count]:
        """Count all where that is quick, else up to a number; what takes too long is narrowed."""
        few = 0 <= column.counted.table.estimate <= FEW_ROWS
        most = None if few else MOST
        answer = yield from self._ask(statements.counting(self._found(column), most), SCAN_LIMITS)
        if isinstance(answer, Unavailable):
            return (yield from self._narrowed(column, answer))
        (row,), ms = answer
        return counts.counted(row, most, ms)

    def _narrowed(self, column: CountedColumn, why: Unavailable) -> Conversation[Count]:
        """Look for a first row, then estimate how many; without either it is unknown."""
        if why.kind is not Kind.SLOW:
            return counts.unknown(why.message)
        first = yield from self._first(column)
        if first and first.precision is Precision.EXACT:
            return first
        limit_s = SCAN_LIMITS.statement_timeout_ms / 1000
        estimate = yield from self._estimated(column, f"counting stopped after {limit_s:g} s")
        return estimate if estimate.number or first is None else first

    def _first(self, column: CountedColumn) -> Conversation[Count | None]:
        """Count up to a number within a shorter time, or at least find one."""
        for most in (MOST, 1):
            answer = yield from self._ask(statements.counting(self._found(column), most), FIRST_HIT)
            if not isinstance(answer, Unavailable):
                (row,), ms = answer
                return counts.counted(row, most, ms)
        return None

    def _estimated(self, column: CountedColumn, reason: str) -> Conversation[Count]:
        if column.query == WITHOUT_PARENT:
            return (yield from self._sampled(column, reason))
        if column.query == WITHOUT_KEY:
            return (yield from self._believed(column, reason))
        return counts.unknown(reason)

    def _sampled(self, column: CountedColumn, reason: str) -> Conversation[Count]:
        statement, percent = statements.sampling(column, self._as_of, self._ages)
        answer = yield from self._ask(statement, SCAN_LIMITS)
        if isinstance(answer, Unavailable):
            return counts.unknown(reason)
        (seen,), _ = answer
        of = seen.rows * 100 / percent
        return counts.sampled(seen.hits, seen.rows, of, seen.as_of, reason)

    def _believed(self, column: CountedColumn, reason: str) -> Conversation[Count]:
        answer = yield from self._ask(statements.null_share(column), LOOKUP)
        if isinstance(answer, Unavailable) or not answer[0]:
            return counts.unknown(reason)
        (believed,), _ = answer
        rows_there = column.counted.table.estimate
        return counts.estimated(believed.share, rows_there, believed.as_of, reason)

    def _found(self, column: CountedColumn) -> Statement[rows.Orphan]:
        return statements.found(column, self._as_of, self._ages)

    def _ask(
        self, statement: Statement[Any], limits: Limits
    ) -> Conversation[tuple[tuple[Any, ...], float] | Unavailable]:
        answers = yield Ask([statement], limits)
        if isinstance(answers, Answers):
            return answers.rows(statement), round(answers.ms, 1)
        if answers.kind not in ONE_COLUMN:
            self.failure = answers
        return answers


def ages(collector: Collector) -> Ages:
    thresholds = collector.settings.thresholds
    return Ages(undeployed=thresholds.undeployed, stuck=thresholds.stuck)


def page_of(
    collector: Collector,
    environment: Environment,
    column: CountedColumn,
    after: str | None,
    most: int,
) -> tuple[rows.Orphan, ...] | Unavailable:
    """Read the next rows of a kind, in the order of their ids."""
    if why := collector.unlisted(environment):
        return why
    found = statements.found(column, datetime.now(UTC), ages(collector))
    statement = statements.paging(found, after, most)

    answers = collector.fleet.ask_one(environment, [statement], PAGING)
    return answers if isinstance(answers, Unavailable) else answers.rows(statement)


def matched(
    collector: Collector, counted: Mapping[Environment, Orphans]
) -> Mapping[Environment, Orphans]:
    """Look for every environment's lost projects in all others."""
    wanted = sorted({lost for each in counted.values() for lost in each.lost})
    definitions = Definitions(collector.settings.databases)
    ask = partial(_present, collector, ids=wanted, definitions=definitions)
    present: Present = dict(collector.fleet.run(ask, BACKGROUND)) if wanted else {}
    asked = {each: present.get(each, frozenset()) for each in collector.settings.environments}
    return {each: with_matches(orphans, asked) for each, orphans in counted.items()}


def _present(
    collector: Collector,
    environment: Environment,
    deadline: Deadline,
    ids: list[str],
    definitions: Definitions,
) -> Conversation[frozenset[str] | Unavailable]:
    catalog = yield from collector.catalogs.read(environment, deadline, definitions)
    if isinstance(catalog, Unavailable):
        return catalog
    parent = catalog.parent
    if parent is None or not _answering(parent):
        many = catalog.nouns.parent.many
        return Unavailable(Kind.ROWS_HIDDEN, f"{environment.name}: its {many} are not visible")
    statement = statements.present(parent, suitable(ids, parent.key))
    answers = yield Ask([statement], LOOKUP)
    if isinstance(answers, Unavailable):
        return answers
    return frozenset(each.id for each in answers.rows(statement))


def _answering(parent: Relation) -> bool:
    """Whether an index answers for ids that mean the same everywhere, and every row is seen."""
    visible = not parent.forbidden and not parent.table.row_security
    return bool(visible and parent.plain_key and parent.key_indexed and not parent.numbered)


def _hidden(columns: Iterable[ColumnCount]) -> tuple[str, ...]:
    relations = (
        relation
        for each in columns
        for relation in (each.column.counted, each.column.other)
        if relation
    )
    return tuple(sorted({each.table.name for each in relations if each.table.row_security}))
