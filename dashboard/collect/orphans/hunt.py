"""Count one environment's orphan candidates, each kind within its budget, and show their rows."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from dashboard.collect import migrations
from dashboard.collect.collector import Collector, Pivot
from dashboard.collect.lookup.plan import suitable
from dashboard.collect.migrations import strict_script
from dashboard.collect.orphans import plan
from dashboard.collect.result import LastResult
from dashboard.diagnose.cascades import OF_ANOTHER_TABLE, Cascades, Graph
from dashboard.diagnose.evidence import Answer, Kind, Relation, Unavailable, rightful_target
from dashboard.diagnose.health.checks.shape import Inspection
from dashboard.diagnose.orphans import (
    Ages,
    Asked,
    Cardinality,
    Count,
    Form,
    Grounds,
    Orphans,
    Precision,
    Present,
    Question,
    counts,
    deletes,
    explained,
    kinds,
    questions,
    sightings,
)
from dashboard.diagnose.paste import read
from dashboard.environments import Environment
from dashboard.history import Measure
from dashboard.postgres import BACKGROUND, LOOKUP, Answers, Deadline, Limits
from dashboard.settings import Settings
from queries import rows
from queries.query import Statement

Hunted = LastResult[Orphans]

NO_ID = read("")
SERIAL = (("max_parallel_workers_per_gather", "0"),)  # the cores are the application's
HUNTING = Limits(deadline_s=45.0, statement_timeout_ms=1500, planner=SERIAL)
FIRST_HIT = Limits(deadline_s=45.0, statement_timeout_ms=500, planner=SERIAL)
PAGING = Limits(deadline_s=6.0, statement_timeout_ms=4000, planner=SERIAL)
OTHERS_WAIT_S = 3.0  # an environment that is down says so by then
SPARE_S = 3.0  # what one more question may take, its cancelling included
FEW_ROWS = 2_000_000  # of so many, all of a kind can be counted in time
MOST = 1_000  # of more, counting stops there
MOST_LOST = 1_000
# what one question may run into while the environment itself answers
ONE_QUESTION = (
    Kind.SLOW,
    Kind.LOCKED,
    Kind.CANCELLED,
    Kind.FORBIDDEN,
    Kind.SCHEMA_CHANGED,
    Kind.UNSUITABLE_ID,
)
LEADING_TO_PROJECTS = (kinds.GHOST_CHILD, kinds.SOFT_LINK_GHOST)


def collect(
    collector: Collector,
    environment: Environment,
    deadline: Deadline,
    pivot: Pivot,
) -> Orphans | Unavailable:
    """Count every kind in one environment; run it where somebody watches the deadline."""
    started = time.perf_counter()
    grounds = read_grounds(collector, environment, deadline, pivot)
    if isinstance(grounds, Unavailable):
        return grounds
    hunt = Hunt(collector, grounds, deadline)
    asked = tuple(hunt.asked(each) for each in questions(grounds))
    if hunt.failure:
        return hunt.failure
    lost, all_lost = hunt.lost(asked)
    return Orphans(
        environment=environment,
        as_of=grounds.inspection.as_of or datetime.now(UTC),
        ms=round((time.perf_counter() - started) * 1000),
        sightings=sightings(environment, asked),
        hidden=_hidden(asked),
        lost=lost,
        all_lost=all_lost,
    )


def hunt(
    collector: Collector,
    environments: Sequence[Environment] | None = None,
    pivot: Pivot | None = None,
) -> Iterator[tuple[Environment, Orphans | Unavailable]]:
    """Yield each environment as it answers, and where lost projects live once all have.

    `pivot` is what all of them said before, where not all are asked.
    """
    known = pivot or Pivot(collector.settings.databases)

    def work(environment: Environment, deadline: Deadline) -> Orphans | Unavailable:
        return collect(collector, environment, deadline, known)

    seen: dict[Environment, Orphans] = {}
    for environment, answer in collector.ask_all(work, HUNTING, environments):
        yield environment, answer
        if isinstance(answer, Orphans):
            seen[environment] = answer
    yield from with_whereabouts(collector, seen).items()


def measures(hunted: Hunted) -> Iterator[Measure]:
    """Give the history a number for each kind; what is not known has none."""
    if hunted.value is None or hunted.failure:
        return
    for kind, sighting in hunted.value.sightings.items():
        count = sighting.count
        if count.number is not None:
            yield Measure(measure(kind.code), count.number, count.precision.value)


def measure(code: str) -> str:
    """Name a kind of orphans as the history does."""
    return f"orphans:{code}"


def read_grounds(
    collector: Collector,
    environment: Environment,
    deadline: Deadline,
    pivot: Pivot,
) -> Grounds | Unavailable:
    """Read, as it is now, what the catalog says of every column that points somewhere."""
    look = _look(collector, environment, deadline, pivot)
    if isinstance(look, Unavailable):
        return look
    inspection = Inspection.of(look, collector.settings.constraint)
    if inspection.ends is None:
        reason = inspection.schema.unclear or "the constraint's tables are not there"
        return Unavailable(Kind.TABLE_ABSENT, f"{environment.name}: {reason}, or not for this role")
    shape = plan.GroundsPlan(inspection)
    answers = collector.ask(environment, shape.statements, LOOKUP, deadline)
    if isinstance(answers, Unavailable):
        return answers
    statuses = dict(_statuses(collector, inspection, deadline))
    return shape.grounds(answers, _cardinality(collector.settings, pivot), statuses)


def _cardinality(settings: Settings, pivot: Pivot) -> Cardinality:
    """Take it from all that answered, this environment too, and from the migrations folder."""
    folder = migrations.read(settings.migrations)
    script = strict_script(folder, settings.constraint, settings.strict_migration)
    return Cardinality.of(pivot.elsewhere(OTHERS_WAIT_S), script.after if script else None)


def _statuses(
    collector: Collector, inspection: Inspection, deadline: Deadline
) -> Iterator[tuple[int, tuple[rows.StatusValue, ...] | Unavailable]]:
    """Read what status columns say, each on its own: one that is locked must not hide the rest."""
    schema = inspection.schema
    for each in filter(None, (schema.child, *schema.links)):
        if "status" in each.columns and not each.table.row_security:
            statement = plan.status_values(each)
            answers = collector.ask(inspection.environment, [statement], LOOKUP, deadline)
            if isinstance(answers, Unavailable):
                yield each.table.oid, answers
            else:
                yield each.table.oid, answers.rows(statement)


def _look(
    collector: Collector, environment: Environment, deadline: Deadline, pivot: Pivot
) -> Answer:
    """Look again where the constraint points at another table than it does elsewhere."""
    look = collector.look(environment, NO_ID, pivot, deadline)
    if isinstance(look, Unavailable) or look.own_target is None:
        return look
    others = [each.target for each in pivot.of_others(environment.name, OTHERS_WAIT_S)]
    target = rightful_target(look.own_target, others, collector.settings.constraint)
    return collector.look_again(environment, NO_ID, deadline, target) if target else look


class Hunt:
    """One environment's questions, asked one after the other.

    `failure` is set once the environment itself does not answer any more.
    """

    def __init__(self, collector: Collector, grounds: Grounds, deadline: Deadline) -> None:
        self._collector = collector
        self._grounds = grounds
        self._environment = grounds.inspection.environment
        self._as_of = grounds.inspection.as_of or datetime.now(UTC)
        self._deadline = deadline
        self._ages = ages(collector)
        self.failure: Unavailable | None = None

    def asked(self, question: Question) -> Asked:
        count = self.count(question)
        return Asked(question, count, self._cascades(question, count))

    def _cascades(self, question: Question, count: Count) -> Cascades:
        """Count what goes along with the rows, where a statement that deletes them is given."""
        if not deletes(question):
            return Cascades()
        schema = self._grounds.inspection.schema
        if schema.namesake:
            return OF_ANOTHER_TABLE
        graph = Graph.below(question.counted.table, schema, self._grounds.foreign_keys)
        if reason := graph.reason or self._uncountable(question, count, graph):
            return Cascades(unknown=reason)
        if not graph.legs:
            return Cascades()
        removed = plan.removed(question, self._found(question))
        answer = self._ask(plan.cascading(removed, graph, schema), HUNTING)
        if isinstance(answer, Unavailable):
            return Cascades(unknown=answer.message)
        return graph.counted(answer[0])

    def _uncountable(self, question: Question, count: Count, graph: Graph) -> str | None:
        """Say what keeps from counting what goes along, where anything does."""
        own, schema = question.counted, self._grounds.inspection.schema
        reasons = (
            (count.none, "there is no such row"),
            (count.number is None, "the rows themselves were not counted"),
            (
                own.row_key is None or own.row_key != schema.row_keys.get(own.table.oid),
                f"no column that may be read tells the rows of {own.table.name} apart",
            ),
            (self._deadline.remaining_s < SPARE_S, "the time for all kinds was over"),
        )
        return next((reason for holds, reason in reasons if holds and graph.legs), None)

    def count(self, question: Question) -> Count:
        if question.closed:
            return counts.unknown(question.closed)
        if question.proven:
            return counts.by_proof(self._as_of)
        if self.failure or self._deadline.remaining_s < SPARE_S:
            return counts.unknown(f"the {self._deadline.seconds:g} s for all kinds were over")
        return self._counted(question)

    def lost(self, asked: Sequence[Asked]) -> tuple[tuple[str, ...], bool]:
        """Return the ids of projects that are not there, and whether these are all."""
        wanted = [each for each in asked if each.question.kind in LEADING_TO_PROJECTS]
        ids: set[str] = set()
        complete = True
        for each in wanted:
            some = () if each.count.none else self._lost(each.question)
            ids |= set(some or ())
            complete = complete and some is not None and len(some) < MOST_LOST
        return tuple(sorted(ids)[:MOST_LOST]), complete and len(ids) <= MOST_LOST

    def _lost(self, question: Question) -> tuple[str, ...] | None:
        if question.closed or self._deadline.remaining_s < SPARE_S:
            return None
        answers = self._ask(plan.lost_ids(self._found(question), MOST_LOST), HUNTING)
        return None if isinstance(answers, Unavailable) else tuple(each.id for each in answers[0])

    def _counted(self, question: Question) -> Count:
        """Count all where that is quick, else up to a number; what takes too long is narrowed."""
        few = 0 <= question.counted.table.estimate <= FEW_ROWS
        most = None if few else MOST
        answer = self._ask(plan.counting(self._found(question), most), HUNTING)
        if isinstance(answer, Unavailable):
            return self._narrowed(question, answer)
        (row,), ms = answer
        return counts.counted(row, most, ms)

    def _narrowed(self, question: Question, why: Unavailable) -> Count:
        """Look for a first row, then estimate how many; without either it is unknown."""
        if why.kind is not Kind.SLOW:
            return counts.unknown(why.message)
        first = self._first(question)
        if first and first.precision is Precision.EXACT:
            return first
        limit_s = HUNTING.statement_timeout_ms / 1000
        estimate = self._estimated(question, f"counting was stopped after {limit_s:g} s")
        return estimate if estimate.number or first is None else first

    def _first(self, question: Question) -> Count | None:
        """Count up to a number within a shorter time, or at least find one."""
        for most in (MOST, 1):
            answer = self._ask(plan.counting(self._found(question), most), FIRST_HIT)
            if not isinstance(answer, Unavailable):
                (row,), ms = answer
                return counts.counted(row, most, ms)
        return None

    def _estimated(self, question: Question, reason: str) -> Count:
        match question.form:
            case Form.WITHOUT_PARENT:
                return self._sampled(question, reason)
            case Form.WITHOUT_KEY:
                return self._believed(question, reason)
            case _:
                return counts.unknown(reason)

    def _sampled(self, question: Question, reason: str) -> Count:
        statement, percent = plan.sampling(question)
        answer = self._ask(statement, HUNTING)
        if isinstance(answer, Unavailable):
            return counts.unknown(reason)
        (seen,), _ = answer
        of = seen.rows * 100 / percent
        return counts.sampled(seen.hits, seen.rows, of, seen.as_of, reason)

    def _believed(self, question: Question, reason: str) -> Count:
        answer = self._ask(plan.null_share(question), LOOKUP)
        if isinstance(answer, Unavailable) or not answer[0]:
            return counts.unknown(reason)
        (believed,), _ = answer
        rows_there = question.counted.table.estimate
        return counts.estimated(believed.share, rows_there, believed.as_of, reason)

    def _found(self, question: Question) -> Statement[rows.Orphan]:
        return plan.found(question, self._as_of, self._ages)

    def _ask(
        self, statement: Statement[Any], limits: Limits
    ) -> tuple[tuple[Any, ...], float] | Unavailable:
        answers = self._collector.ask(self._environment, [statement], limits, self._deadline)
        if isinstance(answers, Answers):
            return answers.rows(statement), round(answers.ms, 1)
        if answers.kind not in ONE_QUESTION:
            self.failure = answers
        return answers


def ages(collector: Collector) -> Ages:
    thresholds = collector.settings.thresholds
    return Ages(undeployed=thresholds.undeployed, stuck=thresholds.stuck)


def page_of(
    collector: Collector,
    environment: Environment,
    question: Question,
    after: str | None,
    most: int,
) -> tuple[rows.Orphan, ...] | Unavailable:
    """Read the next rows of a kind, in the order of their ids."""
    found = plan.found(question, datetime.now(UTC), ages(collector))
    statement = plan.paging(found, after, most)

    def work(environment: Environment, deadline: Deadline) -> Answers | Unavailable:
        return collector.ask(environment, [statement], PAGING, deadline)

    ((_, answers),) = collector.ask_all(work, PAGING, (environment,))
    return answers if isinstance(answers, Unavailable) else answers.rows(statement)


def with_whereabouts(
    collector: Collector, hunted: Mapping[Environment, Orphans]
) -> Mapping[Environment, Orphans]:
    """Look for every environment's lost projects in all others."""
    wanted = sorted({lost for each in hunted.values() for lost in each.lost})
    pivot = Pivot(collector.settings.databases)

    def work(environment: Environment, deadline: Deadline) -> frozenset[str] | Unavailable:
        return _present(collector, environment, wanted, pivot, deadline)

    present: Present = dict(collector.ask_all(work, BACKGROUND)) if wanted else {}
    asked = {each: present.get(each, frozenset()) for each in collector.settings.environments}
    return {each: explained(orphans, asked) for each, orphans in hunted.items()}


def _present(
    collector: Collector,
    environment: Environment,
    ids: list[str],
    pivot: Pivot,
    deadline: Deadline,
) -> frozenset[str] | Unavailable:
    schema = collector.schema(environment, pivot, deadline)
    if isinstance(schema, Unavailable):
        return schema
    parent = schema.parent
    if parent is None or not _answering(parent):
        return Unavailable(Kind.ROWS_HIDDEN, f"{environment.name}: its projects cannot be seen")
    statement = plan.present(parent, suitable(ids, parent.key_type))
    answers = collector.ask(environment, [statement], LOOKUP, deadline)
    if isinstance(answers, Unavailable):
        return answers
    return frozenset(each.id for each in answers.rows(statement))


def _answering(parent: Relation) -> bool:
    """Whether an index answers for ids that mean the same everywhere, and every row is seen."""
    visible = not parent.forbidden and not parent.table.row_security
    return visible and parent.key_indexed and not parent.numbered


def _hidden(asked: Iterable[Asked]) -> tuple[str, ...]:
    relations = (
        relation
        for each in asked
        for relation in (each.question.counted, each.question.other)
        if relation
    )
    return tuple(sorted({each.table.name for each in relations if each.table.row_security}))
