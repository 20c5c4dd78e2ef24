"""Failed deployments of an environment, from every source that can be read there."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeVar

from dashboard.collect.catalog import Definitions
from dashboard.collect.collector import Collector
from dashboard.collect.failure_sources import (
    Cursor,
    FailurePlan,
    Source,
    SourceKind,
    SourceState,
    Span,
)
from dashboard.collect.result import LastResult
from dashboard.diagnose.facts import Unavailable
from dashboard.diagnose.failures import Burst, Failure, Group, Signature, densest, judge
from dashboard.diagnose.finding import Finding
from dashboard.environments import Environment
from dashboard.postgres import Ask, Conversation, Deadline, Limits
from dashboard.state import Measure
from queries import rows
from queries.records import dataclass

FAILURES = Limits(deadline_s=5.0, statement_timeout_ms=2000)
RECENT = 1_000  # failures of a source that are looked at one by one
HEALTH_DAYS = 7


@dataclass(frozen=True, slots=True)
class Counted:
    """What one source said; `reach` is how far back a log goes, where it tells."""

    source: Source
    counts: tuple[rows.FailureCount, ...]
    recent: tuple[Failure, ...]
    reach: rows.LogReach | None = None

    @property
    def total(self) -> int:
        return sum(each.failures for each in self.level("bucket"))

    def covers(self, span: Span) -> bool:
        """Whether it would have told of any failure in that time; a status has no failed insert.

        | kind          | reaches back to the start | covers |
        | ------------- | ------------------------- | ------ |
        | own table     | -                         | yes    |
        | server log    | yes                       | yes    |
        | server log    | no, or it does not tell   | no     |
        | status column | -                         | no     |
        """
        if self.source.kind is SourceKind.LOG:
            start = self.reach.covered_from if self.reach else None
            return start is not None and start <= span.since
        return self.source.kind is SourceKind.TABLE

    def level(self, name: str) -> Iterator[rows.FailureCount]:
        return (each for each in self.counts if each.level == name)

    def groups(self, environment: str) -> Iterator[Group]:
        """Yield what is behind its failures, cause by cause."""
        for each in self.level("cause"):
            if each.first_at and each.last_at:
                cause, times = signature(each), (each.first_at, each.last_at)
                label = self.source.label
                yield Group(environment, cause, label, each.failures, each.ids, *times)


@dataclass(frozen=True, slots=True)
class Failures:
    """All that one environment said; without a source that is on, nothing is known of failures."""

    environment: Environment
    at: datetime
    span: Span
    sources: tuple[Source, ...]
    counted: tuple[Counted, ...]
    bursts: tuple[Burst, ...]
    aborted_inserts: int | None = None
    counted_since: datetime | None = None

    @property
    def total(self) -> int | None:
        """Count them; None where no source could be read: that is not zero."""
        return sum(each.total for each in self.counted) if self.counted else None

    @property
    def complete(self) -> bool:
        """Whether none counted means that there was none: some source covers all of the time."""
        telling = [each for each in self.counted if each.source.kind is not SourceKind.STATUS]
        covered = bool(telling) and all(each.covers(self.span) for each in telling)
        return covered and not self.unread

    @property
    def words(self) -> str:
        """Write the number as what it is: all there were, or as many as could be told."""
        return f"{'' if self.complete else '≥ '}{self.total or 0:,}"

    @property
    def reach(self) -> datetime | None:
        """Return since when its logs tell, where that is not all of the time."""
        starts = [each.reach.covered_from for each in self.counted if each.reach]
        latest = max((each for each in starts if each), default=None)
        return latest if latest and latest > self.span.since else None

    @property
    def unread(self) -> tuple[Source, ...]:
        """The sources that are there and could not be read."""
        return tuple(each for each in self.sources if each.state is SourceState.OFF)


@dataclass(frozen=True, slots=True)
class Page:
    """Some failures, the newest first; `missing` are the sources that did not answer."""

    failures: tuple[tuple[str, Failure], ...]
    missing: tuple[Source, ...] = ()


def last_days(days: int, now: datetime, zone: str = "UTC") -> Span:
    """Span so many days up to now, counted per hour where they are few."""
    unit = "hour" if days <= 2 else "day"
    return Span(now - timedelta(days=days), now, unit, zone)


def of_health(now: datetime | None = None) -> Span:
    return last_days(HEALTH_DAYS, now or datetime.now(UTC))


def collect(
    collector: Collector,
    environment: Environment,
    deadline: Deadline,
    span: Span,
    definitions: Definitions | None = None,
) -> Conversation[Failures | Unavailable]:
    """Count the failures of every source; one that is slow or forbidden hides no other."""
    asking = _Asking(collector, environment)
    found = yield from asking.find(deadline, definitions)
    if isinstance(found, Unavailable):
        return found
    plan, sources, logging = found
    answers: list[Counted | Source] = []
    for each in sources:
        answers.append((yield from asking.count(plan, each, span)))
    counted = tuple(answer for answer in answers if isinstance(answer, Counted))
    window = collector.settings.thresholds.all_fail_window
    recent = [failure for source in counted for failure in source.recent]
    bursts = yield from asking.with_successes(plan, densest(recent, window))
    return Failures(
        environment=environment,
        at=datetime.now(UTC),
        span=span,
        sources=tuple(
            answer.source if isinstance(answer, Counted) else answer for answer in answers
        ),
        counted=counted,
        bursts=bursts,
        aborted_inserts=logging.aborted_inserts,
        counted_since=logging.counted_since,
    )


def of_all(
    collector: Collector,
    span: Span,
    environments: Sequence[Environment] | None = None,
    definitions: Definitions | None = None,
) -> Iterator[tuple[Environment, Failures | Unavailable]]:
    """Count in every environment, or in some, each as it answers.

    `definitions` are what all of them said before, where not all are asked.
    """
    known = definitions or Definitions(collector.settings.databases)
    count = partial(collect, collector, span=span, definitions=known)
    return collector.fleet.run(count, FAILURES, environments)


def findings(kept: LastResult[Failures], collector: Collector) -> Iterator[Finding]:
    """Speak where an environment as a whole fails; what it said earlier does not count."""
    settings = collector.settings
    folder = settings.migrations_folder
    for burst in kept.value.bursts if kept.value and not kept.failure else ():
        if finding := judge(burst, settings.thresholds.all_fail_ids, collector.nouns, folder):
            yield finding


def measures(kept: LastResult[Failures]) -> Iterator[Measure]:
    """Give the history the failures of a week; what is not known has no number."""
    if kept.value and not kept.failure and kept.value.total is not None:
        yield Measure("failures", kept.value.total, "exact")


def page(
    collector: Collector,
    environment: Environment,
    deadline: Deadline,
    question: "PageRequest",
    definitions: Definitions | None = None,
) -> Conversation[Page | Unavailable]:
    """Read failures one by one, from a place on, out of every source."""
    if why := collector.unlisted(environment):
        return why
    asking = _Asking(collector, environment)
    found = yield from asking.find(deadline, definitions)
    if isinstance(found, Unavailable):
        return found
    plan, sources, _ = found
    listed: list[tuple[str, Failure]] = []
    missing: list[Source] = []
    for source in sources:
        if source.names:
            answer = yield from asking.one_by_one(plan, source, question)
            if isinstance(answer, Unavailable):
                missing.append(source)
            else:
                listed += answer
    return Page(tuple(listed), tuple(missing))


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which failures to list; `code` is "unrecorded" for those without one."""

    span: Span
    most: int
    code: str | None = None
    after: Cursor | None = None


def newest(pages: Iterable[Page], most: int) -> tuple[tuple[str, Failure], ...]:
    """Merge pages into one; failures that cannot be told apart are never torn apart."""
    listed = sorted((each for page in pages for each in page.failures), key=_position, reverse=True)
    end = _position(listed[most - 1]) if len(listed) > most else None
    return tuple(each for each in listed if end is None or _position(each) >= end)


def _position(listed: tuple[str, Failure]) -> tuple[datetime, str]:
    return listed[1].at, listed[0]


_Found = tuple[FailurePlan, tuple[Source, ...], rows.Logging]


@dataclass(frozen=True, slots=True)
class _Asking:
    """Asks one environment, each source on its own."""

    collector: Collector
    environment: Environment

    def find(
        self, deadline: Deadline, definitions: Definitions | None
    ) -> Conversation[_Found | Unavailable]:
        settings = self.collector.settings
        catalog = yield from self.collector.catalogs.read(
            self.environment, deadline, definitions or Definitions()
        )
        if isinstance(catalog, Unavailable):
            return catalog
        plan = FailurePlan(catalog, settings.failures, settings.columns)
        answers = yield Ask([plan.columns, plan.logging], FAILURES)
        if isinstance(answers, Unavailable):
            return answers
        logging = answers.one(plan.logging)
        return plan, plan.sources(answers.rows(plan.columns), logging), logging

    def count(
        self, plan: FailurePlan, source: Source, span: Span
    ) -> Conversation[Counted | Source]:
        """Count one source; what could not be read is off."""
        if source.names is None:
            return source
        summary, recent = plan.summary(source, span), plan.page(source, span, RECENT)
        reach = plan.reach(source)
        answers = yield Ask([summary, recent, *([reach] if reach else [])], FAILURES)
        if isinstance(answers, Unavailable):
            return replace(source, state=SourceState.OFF, says=answers.message)
        return Counted(
            source,
            tuple(_of_source(each, source) for each in answers.rows(summary)),
            tuple(failure for _, failure in self._failures(source, answers.rows(recent))),
            next(iter(answers.rows(reach)), None),
        )

    def one_by_one(
        self, plan: FailurePlan, source: Source, question: PageRequest
    ) -> Conversation[list[tuple[str, Failure]] | Unavailable]:
        statement = plan.page(source, question.span, question.most, question.code, question.after)
        answers = yield Ask([statement], FAILURES)
        if isinstance(answers, Unavailable):
            return answers
        return self._failures(source, answers.rows(statement))

    def with_successes(
        self, plan: FailurePlan, bursts: Sequence[Burst]
    ) -> Conversation[tuple[Burst, ...]]:
        """Count what succeeded meanwhile, where enough ids failed for that to matter."""
        at_least = self.collector.settings.thresholds.all_fail_ids
        counted: list[Burst] = []
        for each in bursts:
            if each.ids >= at_least:
                counted.append((yield from self._with_successes(plan, each)))
        return tuple(counted)

    def _with_successes(self, plan: FailurePlan, burst: Burst) -> Conversation[Burst]:
        statement = plan.successes(burst.first_at, burst.last_at)
        if statement is None:
            return burst
        answers = yield Ask([statement], FAILURES)
        if isinstance(answers, Unavailable):
            return burst
        return replace(burst, successes=answers.one(statement).rows)

    def _failures(
        self, source: Source, listed: Sequence[rows.FailureRow]
    ) -> list[tuple[str, Failure]]:
        name = self.environment.name
        return [
            (
                each.id,
                Failure(
                    each.failed_at,
                    name,
                    each.project_id,
                    signature(_of_source(each, source)),
                    source.label,
                ),
            )
            for each in listed
        ]


def signature(row: rows.FailureRow | rows.FailureCount) -> Signature:
    return Signature(row.code, row.constraint_name, row.subject, row.operation)


_Row = TypeVar("_Row", rows.FailureRow, rows.FailureCount)


def _of_source(row: _Row, source: Source) -> _Row:
    return replace(row, subject=_subject(row.subject, source))


def _subject(named: str | None, source: Source) -> str | None:
    """Name the table that a status is of, which says nothing of the table that refused a row."""
    if named or source.names is None:
        return named
    relation = source.names["failures"]
    named_by_status = isinstance(relation, tuple) and source.names["status"]
    return str(relation[-1]) if isinstance(relation, tuple) and named_by_status else None
