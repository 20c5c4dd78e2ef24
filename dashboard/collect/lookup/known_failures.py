"""The failures of the ids that are looked up, from every source that answers in no time."""

import time
from collections.abc import Sequence

from dashboard.collect.catalog import CatalogReader, Definitions
from dashboard.collect.failure_sources import (
    FailurePlan,
    Source,
    SourceKind,
    SourceState,
    Span,
    Wanted,
)
from dashboard.diagnose.facts import Catalog, Unavailable
from dashboard.diagnose.failures import Group, KnownFailures, Signature, by_id
from dashboard.environments import Environment
from dashboard.postgres import Ask, Conversation, Deadline, Limits
from dashboard.settings import Settings
from queries import rows
from queries.records import dataclass

KEPT_S = 60.0
# a log is read to its end, so that it comes when the others have answered
_ORDER = (SourceKind.STATUS, SourceKind.TABLE, SourceKind.LOG)
_Sources = tuple[FailurePlan, tuple[Source, ...]]
_Said = Sequence[tuple[str, Group]] | str  # or why nothing was


@dataclass(frozen=True, slots=True)
class Question:
    """Whose failures are asked for, of which time, and how long that may take."""

    wanted: Wanted
    span: Span
    limits: Limits

    @property
    def days(self) -> int:
        return round((self.span.until - self.span.since).total_seconds() / 86_400)


class KnownFailuresReader:
    """Asks one environment, each source on its own: one that is slow hides no other.

    Which sources there are is remembered for a minute.
    """

    def __init__(self, settings: Settings, catalogs: CatalogReader) -> None:
        self._settings = settings
        self._catalogs = catalogs
        self._kept: dict[tuple[str, str], tuple[Catalog, float, _Sources]] = {}

    def read(
        self,
        environment: Environment,
        deadline: Deadline,
        definitions: Definitions,
        question: Question,
    ) -> Conversation[KnownFailures | Unavailable]:
        """Ask its sources; what does not answer in time is named."""
        catalog = yield from self._catalogs.read(environment, deadline, definitions)
        if isinstance(catalog, Unavailable):
            return catalog
        found = yield from self._sources(environment, catalog, question.limits.within(deadline))
        if isinstance(found, Unavailable):
            return found
        plan, sources = found
        said: dict[str, _Said] = {}
        for source in sources:
            told = yield from _told(environment, plan, source, question, deadline)
            said[source.label] = told
        return KnownFailures(
            question.days,
            by_id(pair for each in said.values() if not isinstance(each, str) for pair in each),
            tuple(label for label, each in said.items() if not isinstance(each, str)),
            tuple(f"{label}: {each}" for label, each in said.items() if isinstance(each, str)),
        )

    def _sources(
        self, environment: Environment, catalog: Catalog, limits: Limits
    ) -> Conversation[_Sources | Unavailable]:
        key = environment.name, catalog.constraint
        kept = self._kept.get(key)
        if kept and kept[0] is catalog and time.monotonic() - kept[1] < KEPT_S:
            return kept[2]
        plan = FailurePlan(catalog, self._settings.failures, self._settings.columns)
        answers = yield Ask([plan.columns, plan.logging], limits)
        if isinstance(answers, Unavailable):
            return answers
        listed = plan.sources(answers.rows(plan.columns), answers.one(plan.logging))
        there = (each for each in listed if each.state is not SourceState.ABSENT)
        sources = plan, tuple(sorted(there, key=lambda each: _ORDER.index(each.kind)))
        self._kept[key] = catalog, time.monotonic(), sources
        return sources


def _told(
    environment: Environment,
    plan: FailurePlan,
    source: Source,
    question: Question,
    deadline: Deadline,
) -> Conversation[_Said]:
    """Ask one source, or say why not."""
    if source.names is None:
        return source.says
    if reason := _unbounded(source, question.wanted):
        return reason
    statement = plan.by_id(source, question.span, question.wanted)
    answers = yield Ask([statement], question.limits.within(deadline))
    if isinstance(answers, Unavailable):
        return answers.message
    return [_group(each, environment, source) for each in answers.rows(statement)]


def _unbounded(source: Source, wanted: Wanted) -> str | None:
    """Say why a status column would be read whole for a few ids."""
    if source.kind is not SourceKind.STATUS or source.names is None:
        return None
    if source.names["project_id"] is None:
        return "it does not contain the ID"
    return "no index covers the ID" if wanted.ids is not None and not source.indexed else None


def _group(row: rows.IdFailures, environment: Environment, source: Source) -> tuple[str, Group]:
    cause = Signature(row.code, row.constraint_name, row.subject, row.operation)
    times = row.first_at, row.last_at
    return row.project_id, Group(environment.name, cause, source.label, row.failures, 1, *times)
