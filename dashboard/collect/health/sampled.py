"""Which projects of the others' samples an environment has, too: what is new is asked for alone.

All ids are asked for once, and again from time to time: a row may come under an old id. What was
found is asked for every time, for it may be gone.
"""

import random
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from dashboard.collect.health.plan import sharing
from dashboard.collect.held_once import one_of
from dashboard.diagnose.asked_ids import AskedIds, IdList
from dashboard.diagnose.facts import EnvironmentFacts, Sample, Shared, Unavailable
from dashboard.diagnose.health.samples import comparable
from dashboard.postgres import BACKGROUND, Ask, Conversation
from queries import rows
from queries.records import dataclass

ALL_ANEW_S = 600.0
FEW = 2_000  # ids are no burden, sent or kept

_random = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a table said of the first so many ids; `own` are those that it was not asked for.

    `fitted`: it can have any of them at all.
    """

    table: object
    ids: IdList
    until: float
    number: int = 0
    found: tuple[rows.Project, ...] = ()
    own: tuple[str, ...] = ()
    fitted: bool = False


class SampledIds:
    """The ids in the samples of all, and what each environment said of them."""

    def __init__(self) -> None:
        self._ids = IdList()
        self._samples: dict[str, Sample] = {}
        self._asked: dict[str, _Asked] = {}
        self._lock = threading.Lock()
        self._sent_many: set[str] = set()

    def ask(
        self, facts: EnvironmentFacts, others: Sequence[EnvironmentFacts]
    ) -> Conversation[Shared | Unavailable | None]:
        """Ask one for what the others have; None where they have nothing, or it means another."""
        ids = self.known((facts, *others))
        before, number = self._before(facts, ids), len(ids)
        own = {each.id: each for each in _projects(facts)}
        again = {*before.own, *(each.id for each in before.found)}
        asked = [each for each in (*ids.after(before.number), *again) if each not in own]
        if not any(map(_projects, others)):
            return None
        fitted = before.fitted or _any_in(own, others)
        found: list[rows.Project] = []
        for each in sharing(facts, asked):
            fitted = True
            if len(asked) > FEW:
                self._sent_many.add(facts.name)
            answers = yield Ask([each], BACKGROUND)
            if isinstance(answers, Unavailable):
                return answers
            found += answers.rows(each)
        if not fitted:
            return None
        said = _Asked(before.table, ids, before.until, number, tuple(found), tuple(own), fitted)
        self._asked[facts.name] = said
        return Shared(AskedIds(ids, number), (*found, *own.values()))

    def sent_many(self, name: str) -> bool:
        """Whether one was sent a long list since this was asked: its connection keeps the room."""
        sent = name in self._sent_many
        self._sent_many.discard(name)
        return sent

    def outgrown(self, facts: EnvironmentFacts, others: Sequence[EnvironmentFacts]) -> bool:
        """Whether there are ids that one was not asked for, though others have projects."""
        if not any(map(_projects, others)):
            return facts.shared is not None
        ids, asked = self.known((facts, *others)), self._asked.get(facts.name)
        if asked is None:
            return comparable(facts) is not None
        return asked.ids is not ids or asked.number < len(ids)

    def known(self, answered: Iterable[EnvironmentFacts]) -> IdList:
        """Take in what is new, and begin anew where most of what is kept is in no sample."""
        with self._lock:
            for each in answered:
                if (
                    isinstance(each.sample, Sample)
                    and self._samples.get(each.name) is not each.sample
                ):
                    self._samples[each.name] = each.sample
                    self._ids.add(project.id for project in each.sample.projects or ())
            current = [each.projects or () for each in self._samples.values()]
            if len(self._ids) > FEW + 2 * sum(map(len, current)):
                self._ids = IdList({project.id: None for each in current for project in each})
            return self._ids

    def held_once(self, sample: Sample) -> Sample:
        """Take the projects from another sample that has the same: copies have."""
        with self._lock:
            known = [each.projects for each in self._samples.values()]
        return replace(sample, projects=one_of(sample.projects, known))

    def _before(self, facts: EnvironmentFacts, ids: IdList) -> _Asked:
        parent = facts.catalog.own_parent
        table = facts.identity, parent and parent.table.oid
        before, now = self._asked.get(facts.name), time.monotonic()
        if before and before.ids is ids and before.table == table and now < before.until:
            return before
        # not all in the same minute
        return _Asked(table, ids, now + ALL_ANEW_S * _random.uniform(0.5, 1.0))


def within_reach(facts: EnvironmentFacts, others: Iterable[EnvironmentFacts]) -> EnvironmentFacts:
    """Keep, of the ids that it was asked for, those of samples that it has something of.

    What it has nothing of is compared with nothing: so other processes are told a few hundred ids,
    and not all that there are.
    """
    shared = facts.shared
    if not isinstance(shared, Shared):
        return facts
    here = {each.id for each in shared.found}
    near = [each for each in map(_projects, others) if any(project.id in here for project in each)]
    asked = {project.id for each in near for project in each if project.id in shared.asked}
    return replace(facts, shared=Shared(frozenset(asked), shared.found))


def _projects(facts: EnvironmentFacts) -> Sequence[rows.Project]:
    sample = facts.sample
    return (sample.projects or ()) if isinstance(sample, Sample) else ()


def _any_in(own: Mapping[str, rows.Project], others: Iterable[EnvironmentFacts]) -> bool:
    """Whether one of its own projects is in another's sample, too: that need not be asked for."""
    return any(each.id in own for other in others for each in _projects(other))
