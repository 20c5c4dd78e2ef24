"""Environments inspected in rounds: most want the answers that the others gave in one before.

| round    | asks                                          | needs of the others               |
| -------- | --------------------------------------------- | --------------------------------- |
| facts    | catalog, foreign key, its column, ledger      | the constraint, where it was lost |
| expected | the same, with the table that should be there | where their constraint points     |
| objects  | what the pending scripts mention              | nothing                           |
| sample   | whether there is a project, and the last ones | nothing                           |
| share    | which of the others' samples are there, too   | their samples                     |
"""

import contextlib
from collections.abc import Callable, Iterable, MutableMapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial

from dashboard.collect import migrations
from dashboard.collect.catalog import Definitions
from dashboard.collect.collector import Collector
from dashboard.collect.environment import Inspection
from dashboard.collect.health import confirming
from dashboard.collect.health.confirming import Said
from dashboard.collect.health.plan import SamplePlan
from dashboard.collect.health.sampled import SampledIds
from dashboard.collect.held_once import held_once
from dashboard.collect.rehearsing import Rehearser, left_out
from dashboard.diagnose.facts import (
    EnvironmentFacts,
    Kind,
    Unavailable,
    expected_parent,
)
from dashboard.diagnose.finding import Finding
from dashboard.diagnose.health.judging import judge
from dashboard.diagnose.health.report import (
    Context,
    FactsOfAll,
    HealthReport,
)
from dashboard.diagnose.migrations.definition import definition
from dashboard.environments import Environment
from dashboard.postgres import BACKGROUND, Ask, Conversation, Deadline
from dashboard.settings import Mute, Settings
from queries.records import dataclass

HELD_ONCE = ("foreign_keys", "migrations", "column", "indexes", "all_keys")
FEW_LEFT = 10  # connections of a server

Seen = MutableMapping[Environment, EnvironmentFacts | Unavailable]


def check(
    collector: Collector,
    environments: tuple[Environment, ...] | None = None,
    *,
    rehearsed: bool = True,
) -> HealthReport:
    """Judge the environments, each compared with all others, and report those asked for."""
    settings = collector.settings
    context = context_of(settings)
    seen = Inspector(collector).inspect(settings.environments, {}, context)
    shown = settings.environments if environments is None else environments
    with contextlib.closing(Rehearser(settings, collector.fleet)) as rehearser:
        told = rehearser.rehearse(shown, seen, context) if rehearsed else left_out(shown)
    context = replace(context, rehearsed=collector.rehearsed(told))
    report = judge({each: seen[each] for each in settings.environments}, context)
    wanted = tuple(each for each in report.environments if each.environment in shown)
    return replace(report, environments=wanted)


@dataclass(frozen=True, slots=True)
class _Round:
    """What is asked of one environment beside what all said before, and what holds without it."""

    ask: Callable[..., Conversation[EnvironmentFacts | Unavailable]]
    without: Callable[[EnvironmentFacts, Unavailable], EnvironmentFacts | Unavailable]


class Inspector:
    def __init__(self, collector: Collector) -> None:
        self._collector = collector
        settings = collector.settings
        self._sampled = SampledIds()
        self._said: dict[Environment, Said] = {}
        self._left: dict[Environment, int] = {}
        folder = migrations.read(settings.migrations)
        written = definition(folder.scripts if folder else {}, settings.constraint)
        self.definitions = Definitions(settings.databases, written)
        self._rounds = (
            _Round(self._expected, lambda _facts, why: why),
            _Round(self._sample, lambda facts, why: replace(facts, sample=why)),
            _Round(self._share, lambda facts, why: replace(facts, shared=why)),
        )

    def inspect(
        self, asked: Iterable[Environment], others: FactsOfAll, context: Context
    ) -> FactsOfAll:
        """Ask the environments in all rounds, beside what the others said last."""
        wanted, run = tuple(asked), self._collector.fleet.run
        seen: Seen = dict(others)
        seen.update(run(self._inspection.facts, BACKGROUND, wanted))
        for each in self._rounds:
            before = dict(seen)
            there = tuple(place for place in wanted if not isinstance(seen[place], Unavailable))
            ask = partial(each.ask, seen=before, context=context)
            for place, outcome in run(ask, BACKGROUND, there):
                if isinstance(outcome, Unavailable):
                    outcome = each.without(_of(before, place), outcome)
                seen[place] = outcome
        return seen

    def again(
        self, environment: Environment, others: FactsOfAll, context: Context
    ) -> tuple[EnvironmentFacts | Unavailable, bool]:
        """Ask one environment again; tell whether all is as it was."""
        said, run_one = self._said.get(environment), self._collector.fleet.run_one
        ask = partial(confirming.state, before=said.facts if said else None)
        now = run_one(ask, BACKGROUND, environment)
        if isinstance(now, Unavailable):
            if now.kind not in confirming.ANSWERED:
                return now, False
            return self.inspect([environment], others, context)[environment], False
        self._left[environment] = now.state.connections_left
        confirmed = said and said.confirmed(now)
        if said and confirmed and self._wanted(confirmed, others) == said.wanted:
            self._collector.catalogs.confirm(environment)
            return self._with_new_ids(said, confirmed, others), True
        self._said.pop(environment, None)
        self._collector.catalogs.outdate(environment)
        facts = self.inspect([environment], others, context)[environment]
        if isinstance(facts, Unavailable):
            return facts, False
        known = [*([said.facts] if said else ()), *_answered(others)]
        facts = held_once(facts, known, HELD_ONCE)
        if confirming.whole(facts):
            wanted = self._wanted(facts, others)
            self._said[environment] = Said.now(now.state, facts, wanted)
        return facts, False

    def outdate(self, environment: Environment | None = None) -> None:
        """Believe nothing of what one, or any, said: the next time all of it is asked."""
        for each in [environment] if environment else [*self._said]:
            self._said.pop(each, None)

    def rest(self, environment: Environment) -> None:
        """Keep no connection where others may need it, nor one that has become large."""
        few_left = self._left.get(environment, FEW_LEFT) < FEW_LEFT
        if self._sampled.sent_many(environment.name) or few_left:
            self._collector.fleet.let_go(environment)

    def _with_new_ids(
        self, said: Said, facts: EnvironmentFacts, others: FactsOfAll
    ) -> EnvironmentFacts:
        """Look for projects that others have by now."""
        answered = _answered(others)
        if not self._sampled.outgrown(facts, answered):
            return facts
        asked = {**others, facts.environment: facts}
        share = partial(self._share, seen=asked)
        shared = self._collector.fleet.run_one(share, BACKGROUND, facts.environment)
        if isinstance(shared, Unavailable):
            return replace(facts, shared=shared)
        self._said[facts.environment] = replace(said, facts=shared)
        return shared

    def _wanted(self, facts: EnvironmentFacts, others: FactsOfAll) -> tuple[object, ...]:
        """Name what the others' answers make it be asked for."""
        answered = _answered(others)
        targets = (each.own_target for each in answered)
        lenders = answered if facts.catalog.borrowed else ()
        return (
            tuple(each.catalog.definition for each in lenders),
            expected_parent(facts, targets),
        )

    @property
    def _inspection(self) -> Inspection:
        return Inspection(self._collector.catalogs, self.definitions)

    def _expected(
        self, environment: Environment, deadline: Deadline, seen: FactsOfAll, context: Context
    ) -> Conversation[EnvironmentFacts | Unavailable]:
        """Ask again where the constraint points at another table than it does elsewhere."""
        facts = _of(seen, environment)
        others = (each.own_target for each in _answered(seen) if each is not facts)
        expected = expected_parent(facts, others)
        if expected is None:
            return facts
        inspection = self._inspection
        return (yield from inspection.expecting(environment, deadline, expected))

    def _sample(
        self, environment: Environment, _deadline: Deadline, seen: FactsOfAll, context: Context
    ) -> Conversation[EnvironmentFacts]:
        """Look at one end of the key's index; only what can be seen whole is looked at."""
        facts = _of(seen, environment)
        plan = SamplePlan(facts)
        if not plan.statements:
            many = facts.catalog.nouns.parent.many
            why = Unavailable(Kind.ROWS_HIDDEN, f"the role cannot see all {many}")
            return replace(facts, sample=why)
        answers = yield Ask(plan.statements, BACKGROUND)
        if isinstance(answers, Unavailable):
            return replace(facts, sample=answers)
        return replace(facts, sample=self._sampled.held_once(plan.sample(answers)))

    def _share(
        self,
        environment: Environment,
        _deadline: Deadline,
        seen: FactsOfAll,
        context: Context | None = None,  # as of every round
    ) -> Conversation[EnvironmentFacts]:
        """Look for the projects of the others' samples, where there are any."""
        facts = _of(seen, environment)
        others = [each for each in _answered(seen) if each is not facts]
        return replace(facts, shared=(yield from self._sampled.ask(facts, others)))


def _of(seen: FactsOfAll, environment: Environment) -> EnvironmentFacts:
    facts = seen[environment]
    if isinstance(facts, Unavailable):
        raise TypeError("only who answered is asked more")
    return facts


def _answered(seen: FactsOfAll) -> list[EnvironmentFacts]:
    return [each for each in seen.values() if isinstance(each, EnvironmentFacts)]


def context_of(settings: Settings, more_mutes: Sequence[Mute] = ()) -> Context:
    """Read what the environments are compared with; the folder may have changed meanwhile."""
    mutes = (*settings.mutes, *more_mutes)
    seen = migrations.read(settings.migrations)
    return Context(
        folder=seen.folder if seen else None,
        contract=seen.contract if seen else None,
        scripts=seen.scripts if seen else {},
        folder_unread=seen.unread if seen else None,
        migrations_folder=settings.migrations_folder,
        is_muted=_Muted(mutes, datetime.now(UTC).date()),
    )


@dataclass(frozen=True, slots=True)
class _Muted:
    """Whether somebody chose not to see a finding; as before, where these are equal."""

    mutes: tuple[Mute, ...]
    today: date

    def __call__(self, finding: Finding) -> bool:
        covering = (
            each.covers(finding.code, finding.environment, self.today) for each in self.mutes
        )
        return any(covering)
