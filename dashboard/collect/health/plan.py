"""A check of one environment: which statements to send, and what their rows say."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dashboard.collect.lookup.ids import chunks, names_of, suitable
from dashboard.diagnose.facts import EnvironmentFacts, Relation, Sample
from dashboard.diagnose.health.samples import comparable, rows_of
from dashboard.postgres import Answers
from queries import registry, rows
from queries.query import Name, Statement
from queries.text import Only


class SamplePlan:
    """Whether there is any project, and those at the end of the key's index."""

    def __init__(self, facts: EnvironmentFacts) -> None:
        parent, keyed = rows_of(facts), comparable(facts)
        self._any = registry.ANY_ROW.bind(_alone(parent)) if parent else None
        rivals = [each.table for each in facts.catalog.rivals]
        others = [each for each in rivals if parent and each != parent.table]
        self._others = {
            each: registry.ANY_ROW.bind({"parent": (each.schema, each.name)})
            for each in others
            if each.readable and not each.row_security
        }
        self._unseen = tuple(each for each in others if each not in self._others)
        self._last = registry.LAST_PROJECTS.bind(_alone(keyed)) if keyed else None

    @property
    def statements(self) -> list[Statement[Any]]:
        planned = [each for each in (self._any, self._last) if each is not None]
        return [*planned, *self._others.values()]

    def sample(self, answers: Answers) -> Sample:
        there = any(each.there for each in answers.rows(self._any))
        return Sample(
            not there,
            answers.rows(self._last) if self._last else None,
            tuple(each for each, asked in self._others.items() if answers.one(asked).there),
            self._unseen,
        )


def sharing(facts: EnvironmentFacts, ids: Sequence[str]) -> Iterator[Statement[rows.Project]]:
    """Ask for the ids of other environments; for none where they mean something else here.

    Each is made only when it is sent: the ids of hundreds of environments are megabytes.
    """
    if keyed := comparable(facts):
        named = _alone(keyed)
        for each in chunks(suitable(ids, keyed.key)):
            yield registry.PROJECTS_AMONG.bind(named, ids=each)


def _alone(relation: Relation) -> Mapping[str, Name]:
    """Name the table without those that inherit from it: no foreign key sees them."""
    names = names_of(relation, "parent")
    table = (relation.table.schema, relation.table.name)
    return {**names, "parent": Only(table) if relation.table.kind == "r" else table}
