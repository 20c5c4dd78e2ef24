"""What one environment said about all the ids asked for, taken apart again id by id."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Protocol, TypeVar

from dashboard.collect.lookup.ids import asked_of, spellings_of
from dashboard.collect.lookup.near import columns_unsearched, similar_unsearched
from dashboard.diagnose.facts import (
    Answer,
    EntityHit,
    EnvironmentFacts,
    IdFacts,
    TraceHit,
    Unavailable,
)
from dashboard.diagnose.paste import Paste, PastedError
from queries import rows
from queries.records import dataclass

MOST_COUNTED = 1_000
NO_SPELLING = ""


class HasSpelling(Protocol):
    """A row that tells the spelling of an id that it was found by."""

    @property
    def asked(self) -> str: ...


A = TypeVar("A", bound=HasSpelling)
BySpelling = Mapping[str, Sequence[A]]


def by_spelling(found: Iterable[A]) -> BySpelling[A]:
    grouped: defaultdict[str, list[A]] = defaultdict(list)
    for row in found:
        grouped[row.asked].append(row)
    return dict(grouped)


@dataclass(frozen=True)
class BatchResult:
    """What one environment said of all ids; `refused` could not be sent, None was not asked."""

    facts: EnvironmentFacts
    refused: Mapping[str, Unavailable]
    projects: BySpelling[rows.AskedProject] | None
    rightful_projects: Mapping[int, BySpelling[rows.AskedProject]]
    other_parents: Mapping[str, BySpelling[rows.AskedProject]]
    deployments: BySpelling[rows.AskedDeployment] | None
    owners: BySpelling[rows.Asked] | None
    entities: BySpelling[rows.Entity]
    traces: BySpelling[rows.Trace]
    near: Mapping[str, tuple[rows.Project, ...]]
    by_prefix: Mapping[str, tuple[rows.Project, ...]]
    other_case: Mapping[str, tuple[rows.OtherCase, ...]]
    near_searched: bool
    named_columns: Mapping[PastedError, tuple[rows.ColumnPresence, ...]]

    def of(self, paste: Paste) -> Answer:
        """Take what was said about one of the ids: the same as if it had been asked alone."""
        if paste.id and paste.id.text in self.refused:
            return self.refused[paste.id.text]
        spellings, asked = spellings_of(paste, self.facts.catalog), asked_of(paste)
        alike = bool(spellings) and not self.near_searched and not paste.error
        if alike and self._answering.isdisjoint(asked):
            return self._nothing
        return self._facts(spellings, asked, paste.error)

    @cached_property
    def _answering(self) -> frozenset[str]:
        """Collect the spellings under which anything was found."""
        found = (
            self.projects,
            self.deployments,
            self.entities,
            self.traces,
            *self.rightful_projects.values(),
            *self.other_parents.values(),
        )
        return frozenset(spelling for each in found for spelling in each or ())

    @cached_property
    def _nothing(self) -> IdFacts:
        """Make what is said about each of the ids that nothing was found of, which are many."""
        return self._facts((NO_SPELLING,), (NO_SPELLING,), None)

    def _facts(
        self, spellings: Sequence[str], asked: Sequence[str], error: PastedError | None
    ) -> IdFacts:
        identifier = spellings[0] if spellings else NO_SPELLING
        unasked, other_case = not spellings, next(iter(self.other_case.get(identifier, ())), None)
        return IdFacts(
            self.facts,
            projects=_found(self.projects, spellings),
            rightful_projects={
                each.table.oid: _found(self.rightful_projects.get(each.table.oid), spellings)
                for each in self.facts.catalog.rightful_parents
            },
            deployments=None if unasked else _deployments(self.deployments, spellings),
            owner_found=None if unasked else _any(self.owners, spellings),
            other_parents={
                name: None if unasked else _any(self.other_parents.get(name), (identifier,))
                for name in self.facts.catalog.other_parents
            },
            entities=tuple(self._entity(hit) for hit in _once(self.entities, asked, _stored)),
            traces=tuple(self._traces(_once(self.traces, asked, _stored))),
            near=self.near.get(identifier, ()) if self.near_searched else None,
            by_prefix=self.by_prefix.get(identifier, ()) if self.near_searched else None,
            named_columns=self.named_columns.get(error) if error else None,
            other_case=other_case,
            unsearched=tuple(self._unsearched(identifier, other_case)),
        )

    def _unsearched(self, identifier: str, other_case: rows.OtherCase | None) -> Iterator[str]:
        yield from columns_unsearched(identifier, self.facts)
        if self.near_searched and identifier != NO_SPELLING:
            yield from similar_unsearched(identifier, self.facts, other_case)

    def _entity(self, hit: rows.Entity) -> EntityHit:
        key, parent = self.facts.catalog.entities[hit.branch], self.facts.catalog.parent
        of_parent = parent is not None and key.table.oid == parent.table.oid
        return EntityHit(key.table.name, key.column.name, hit.id, hit.project_id, of_parent)

    def _traces(self, found: Sequence[rows.Trace]) -> Iterable[TraceHit]:
        """Count the rows of each column under all spellings together."""
        for branch in sorted({each.branch for each in found}):
            key = self.facts.catalog.unguarded_references[branch]
            hits = [each for each in found if each.branch == branch]
            number = min(sum(each.rows for each in hits), MOST_COUNTED)
            moments = [each.last_at for each in hits if each.last_at]
            yield TraceHit(key.table.name, key.column.name, number, max(moments, default=None))


def answer(result: BatchResult | Unavailable, paste: Paste) -> Answer:
    """Take what was said about one of the ids; an environment that said nothing says none of it."""
    return result if isinstance(result, Unavailable) else result.of(paste)


def _stored(row: rows.Entity | rows.Trace) -> tuple[int, str]:
    return row.branch, row.id


def _once(found: BySpelling[A], spellings: Sequence[str], stored: Callable[[A], object]) -> list[A]:
    """Take the rows of each stored id by one spelling only: several may be equal to it."""
    hits = [row for spelling in spellings for row in found.get(spelling, ())]
    first = {stored(row): row.asked for row in reversed(hits)}
    return [row for row in hits if first[stored(row)] == row.asked]


def _found(
    found: BySpelling[rows.AskedProject] | None, spellings: Sequence[str]
) -> tuple[rows.Found, ...] | None:
    if found is None:
        return None
    hits = _once(found, spellings, lambda row: row.id)
    return tuple(_project(row, spellings[0]) for row in sorted(hits, key=lambda row: row.id))


def _project(row: rows.AskedProject, identifier: str) -> rows.Found:
    return rows.Found(
        row.id,
        row.name,
        row.owner_id,
        row.created_at,
        row.updated_at,
        row.deleted_at,
        row.deleted,
        exact=row.asked == identifier,
    )


def _deployments(
    found: BySpelling[rows.AskedDeployment] | None, spellings: Sequence[str]
) -> tuple[rows.Deployment, ...] | None:
    if found is None:
        return None
    return tuple(_once(found, spellings, lambda row: row.project_id))


def _any(found: BySpelling[A] | None, spellings: Sequence[str]) -> bool | None:
    return None if found is None else any(each in found for each in spellings)
