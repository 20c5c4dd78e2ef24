"""All environments judged at once: what is wrong in each, and between them.

Whoever judges again and again keeps a `Judging`: what is as it was is not judged anew, so that it
costs the same for each that was asked, however many there are.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import replace

from dashboard.diagnose.facts import STANDBY, EnvironmentFacts, Unavailable
from dashboard.diagnose.finding import Confidence, Finding, Severity
from dashboard.diagnose.health import checks
from dashboard.diagnose.health.answered import Answered, counted_by
from dashboard.diagnose.health.between import Between
from dashboard.diagnose.health.case import Case
from dashboard.diagnose.health.checks import reachable
from dashboard.diagnose.health.foreseen import foreseen
from dashboard.diagnose.health.plan import plan
from dashboard.diagnose.health.report import (
    WORST_FIRST,
    Context,
    EnvironmentHealth,
    FactsOfAll,
    HealthReport,
    answered_of,
    strict_of_all,
    usual_migrations,
    view_of,
)
from dashboard.diagnose.migrations.package_statuses import package_statuses
from dashboard.diagnose.migrations.schema.applied import applied_set, to_come
from dashboard.diagnose.migrations.schema.rehearsed import CannotRehearse, SchemaComparison
from dashboard.diagnose.migrations.states import MigrationStatus, migration_statuses
from dashboard.diagnose.migrations.view import LedgerView
from dashboard.diagnose.relationship import ConstraintSpec
from dashboard.environments import Environment
from queries.records import dataclass

UNDEFINED_OBJECT = "42704"

Findings = tuple[Finding, ...]
ByName = Mapping[str, Sequence[Finding]]  # of environments


def judge(
    facts: FactsOfAll,
    context: Context,
    before: HealthReport | None = None,
    additional: Iterable[Finding] = (),
) -> HealthReport:
    """Judge them all, once."""
    return Judging(before).judge(facts, context, additional)


@dataclass(slots=True)
class _Judged:
    """One that answered, and what was found in it; `beside` is all else that this hangs on."""

    facts: EnvironmentFacts
    beside: tuple[object, ...]
    own: Findings
    bare: EnvironmentHealth
    key_demanded: bool
    together: Findings = ()


@dataclass(frozen=True, slots=True)
class _Added:
    """What is told of environments beside their own findings."""

    is_muted: Callable[[Finding], bool]
    more: ByName
    shown: ByName
    muted: ByName

    def other_than(self, before: "_Added") -> Set[str]:
        """Name those of whom something else was told before."""
        told = ((self.more, before.more), (self.shown, before.shown), (self.muted, before.muted))
        return {
            name
            for now, then in told
            for name in now.keys() | then.keys()
            if now.get(name) != then.get(name)
        }


@dataclass(frozen=True, slots=True)
class _Common:
    """What all are judged by: where it is as it was, only who was asked is judged again."""

    names: tuple[str, ...]
    counted: Mapping[str, tuple[object, ...]]
    silent: bool
    context: Context


class Judging:
    """What was judged last; what was judged `before` is remembered of one that is silent now."""

    def __init__(self, before: HealthReport | None = None) -> None:
        self._judged: dict[Environment, _Judged] = {}
        self._common: _Common | None = None
        self._answered = Answered(())
        self._strict: ConstraintSpec | None = None
        self._between = Between()
        self._facts: FactsOfAll = {}
        self._added: _Added | None = None
        self._healths: dict[Environment, EnvironmentHealth] = {}
        healths = before.environments if before else ()
        known = (each.earlier or each for each in healths)
        self._last = {each.environment: each for each in known if each.facts}

    def judge(
        self, facts: FactsOfAll, context: Context, additional: Iterable[Finding] = ()
    ) -> HealthReport:
        """Judge them all; the ledgers against the folder, or else against one another.

        `additional` is what was found otherwise, of environments that answered.
        """
        asked = self._learned(facts, context)
        anew = {each.name for each in asked if self._judged_anew(each, context)}
        found = self._told(asked)
        muted = tuple(each for each in found if context.is_muted(each))
        shown = tuple(each for each in found if not context.is_muted(each)) if muted else found
        added = _Added(context.is_muted, *map(_by_environment, (additional, shown, muted)))
        for each in self._changed(facts, added, anew):
            said = facts[each]
            self._healths[each] = (
                self._silent(each, said, context)
                if isinstance(said, Unavailable)
                else self._health(each, added)
            )
        self._facts, self._added = dict(facts), added
        strict = self._strict if self._answered else None
        return HealthReport(tuple(self._healths.values()), shown, facts, strict)

    def _learned(self, facts: FactsOfAll, context: Context) -> Sequence[EnvironmentFacts]:
        """Take in what was said; return whom to judge: all, where what is common has changed."""
        answered = answered_of(facts)
        new = [each for each in answered if self._said(each.environment) is not each]
        before = self._common.counted if self._common else {}
        known = {**before, **{each.name: counted_by(each) for each in new}}
        names = tuple(each.name for each in answered)
        counted = {name: known[name] for name in names}
        common = _Common(names, counted, len(answered) < len(facts), context)
        if common == self._common:
            self._answered = self._answered.again(answered)
            return new
        self._common, self._answered = common, answered
        self._strict = strict_of_all(facts, answered, context)
        there = {each.environment for each in answered}
        self._judged = {each: known for each, known in self._judged.items() if each in there}
        return answered

    def _said(self, environment: Environment) -> EnvironmentFacts | None:
        known = self._judged.get(environment)
        return known.facts if known else None

    def _judged_anew(self, facts: EnvironmentFacts, context: Context) -> bool:
        """Judge one, unless all that it hangs on is as it was; tell whether it was judged."""
        answered, strict = self._answered, self._strict
        beside = _beside(facts, answered, strict, context)
        known = self._judged.get(facts.environment)
        if known and known.facts is facts and known.beside == beside:
            return False
        case = Case(facts, view_of(facts, answered, context), answered, strict)
        case = foreseen(_with_rehearsal(case, context), context.scripts)
        own = tuple(each for each in checks.judge(case) if each.environment == facts.name)
        bare = EnvironmentHealth(
            facts.environment,
            facts=facts,
            ledger=case.ledger,
            migration_statuses=_statuses(case.ledger),
            rehearsed=case.rehearsed,
        )
        judged = _Judged(facts, beside, own, bare, _key_demanded(case))
        self._judged[facts.environment] = judged
        return True

    def _told(self, asked: Iterable[EnvironmentFacts]) -> Findings:
        """Tell what is between them, with the one that is listed later."""
        answered = self._answered
        for each in asked:
            judged = self._judged[each.environment]
            if judged.bare.ledger:
                case = Case(each, judged.bare.ledger, answered, self._strict)
                judged.together = tuple(checks.judge_together(case))
        pairs = self._between.told(answered)
        found: list[Finding] = []
        for each in answered:
            found += self._judged[each.environment].together
            found += pairs[each.name]
        return tuple(found)

    def _changed(self, facts: FactsOfAll, added: _Added, anew: Set[str]) -> Sequence[Environment]:
        """List those whose health is not as it was: all, where there are others or other mutes."""
        before, known = self._facts, self._added
        if known is None or known.is_muted != added.is_muted or [*before] != [*facts]:
            self._healths = {}
            return [*facts]
        names = anew | added.other_than(known)
        return [
            each
            for (each, said), then in zip(facts.items(), before.values(), strict=True)
            if said is not then or each.name in names
        ]

    def _health(self, environment: Environment, added: _Added) -> EnvironmentHealth:
        """Put the worst first, what is muted aside, and count with it what concerns others, too."""
        known, name = self._judged[environment], environment.name
        found = (*known.own, *added.more.get(name, ()))
        muted = [added.is_muted(each) for each in found]
        doubted = [_from_standby(each) for each in found] if _standby(known) else found
        shown, quiet = _sorted(zip(doubted, muted, strict=True))
        health = replace(
            known.bare,
            findings=shown,
            muted=(*quiet, *added.muted.get(name, ())),
            between=tuple(added.shown.get(name, ())),
            plan=plan(shown, key_demanded=known.key_demanded),
        )
        self._last[environment] = health
        return health

    def _silent(
        self, environment: Environment, reason: Unavailable, context: Context
    ) -> EnvironmentHealth:
        found = reachable.silent(environment, reason)
        shown, muted = _sorted([(found, context.is_muted(found))])
        earlier = self._last.get(environment)
        return EnvironmentHealth(environment, shown, muted, reason, earlier=earlier)


def _beside(
    facts: EnvironmentFacts,
    answered: Answered,
    strict: ConstraintSpec | None,
    context: Context,
) -> tuple[object, ...]:
    """Gather what one environment is judged by, apart from what it said itself."""
    return (
        strict,
        context.folder,
        context.contract,
        context.scripts,
        context.folder_unread,
        context.migrations_folder,
        context.rehearsed.get(facts.environment),
        answered.usual_action(facts),
        usual_migrations(facts, answered, context),
        [(each.name, each.markers, each.contract_edges) for each in answered.by_contract(facts)],
        [(each.first.name, each.first.all_keys, each.number) for each in answered.unlike(facts)],
    )


def _by_environment(found: Iterable[Finding]) -> Mapping[str, list[Finding]]:
    grouped: defaultdict[str, list[Finding]] = defaultdict(list)
    for each in found:
        if each.environment:
            grouped[each.environment].append(each)
    return grouped


def _with_rehearsal(case: Case, context: Context) -> Case:
    """Add what was rehearsed, unless other scripts are applied by now, or to come."""
    said = context.rehearsed.get(case.facts.environment)
    if said and isinstance(said.schema, SchemaComparison):
        current = applied_set(case.ledger, context.scripts) == said.schema.applied
        said = said if current else None
    if said and said.scripts:
        waiting = to_come(case.ledger, context.scripts)
        if isinstance(waiting, CannotRehearse) or waiting.scripts != said.scripts:
            said = None
    return replace(case, rehearsed=said)


def _key_demanded(case: Case) -> bool:
    """Whether a migration still to come stops because the key is not there."""
    tried = case.rehearsed.tried.values() if case.rehearsed else ()
    wanted = f'"{case.facts.catalog.constraint}"'
    failures = (each.failure for each in tried if each.failure)
    return case.facts.key is None and any(
        sqlstate == UNDEFINED_OBJECT and wanted in message for sqlstate, message in failures
    )


def _statuses(view: LedgerView) -> tuple[MigrationStatus, ...]:
    if view.contract and view.by_contract:
        return () if view.unknown else package_statuses(view.contract)
    return migration_statuses(view)


def _standby(judged: _Judged) -> bool:
    return judged.facts.proof.in_recovery


def _from_standby(finding: Finding) -> Finding:
    """Doubt what only a standby shows: it lags, and who holds a lock on the primary is not seen."""
    if STANDBY in finding.caveats or finding.severity is Severity.UNKNOWN:
        return finding
    sure = finding.confidence is Confidence.CERTAIN
    confidence = Confidence.LIKELY if sure else finding.confidence
    return replace(finding, confidence=confidence, caveats=(*finding.caveats, STANDBY))


def _sorted(found: Iterable[tuple[Finding, bool]]) -> tuple[Findings, Findings]:
    """Put the worst first, and what is muted aside."""
    here = sorted(found, key=lambda each: WORST_FIRST.index(each[0].severity))
    return (
        tuple(finding for finding, muted in here if not muted),
        tuple(finding for finding, muted in here if muted),
    )
