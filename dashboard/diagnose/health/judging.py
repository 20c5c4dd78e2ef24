"""All environments judged at once: what is wrong in each, and between them.

Whoever judges again and again keeps a `Judging`: what is as it was is not judged anew, so that it
costs the same for each that was asked, however many there are.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
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
    told: tuple[object, ...] = ()
    health: EnvironmentHealth | None = None


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
        answered, strict = self._answered, self._strict
        for each in asked:
            self._judged[each.environment] = self._known(each, answered, strict, context)
        told = self._told(asked)
        muted = tuple(each for each in told if context.is_muted(each))
        shown = tuple(each for each in told if not context.is_muted(each)) if muted else told
        more, shown_of, muted_of = map(_by_environment, (additional, shown, muted))
        healths = tuple(
            self._silent(each, said, context)
            if isinstance(said, Unavailable)
            else self._health(
                each, context, more[each.name], (shown_of[each.name], muted_of[each.name])
            )
            for each, said in facts.items()
        )
        return HealthReport(healths, shown, facts, strict if answered else None)

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

    def _known(
        self,
        facts: EnvironmentFacts,
        answered: Answered,
        strict: ConstraintSpec | None,
        context: Context,
    ) -> _Judged:
        """Take what was found, where all that it hangs on is as it was."""
        beside = _beside(facts, answered, strict, context)
        known = self._judged.get(facts.environment)
        if known and known.facts is facts and known.beside == beside:
            return known
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
        return _Judged(facts, beside, own, bare, _key_demanded(case))

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

    def _health(
        self,
        environment: Environment,
        context: Context,
        more: Sequence[Finding],
        between: tuple[Sequence[Finding], Sequence[Finding]],
    ) -> EnvironmentHealth:
        """Put the worst first, what is muted aside, and count with it what concerns others, too."""
        known = self._judged[environment]
        told = (context.is_muted, more, *between)
        if known.health is None or known.told != told:
            found = (*known.own, *more)
            muted = [context.is_muted(each) for each in found]
            doubted = [_from_standby(each) for each in found] if _standby(known) else found
            shown, quiet = _sorted(zip(doubted, muted, strict=True))
            known.health = replace(
                known.bare,
                findings=shown,
                muted=(*quiet, *between[1]),
                between=tuple(between[0]),
                plan=plan(shown, key_demanded=known.key_demanded),
            )
            known.told = told
        self._last[environment] = known.health
        return known.health

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
