"""All environments judged at once: what is wrong in each, and between them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from dashboard.diagnose.facts import STANDBY, Blocker, EnvironmentFacts, Kind, Relation, Unavailable
from dashboard.diagnose.finding import Confidence, Finding, Severity
from dashboard.diagnose.health import checks, drift
from dashboard.diagnose.health.case import Case
from dashboard.diagnose.health.checks import reachable
from dashboard.diagnose.health.foreseen import foreseen
from dashboard.diagnose.health.plan import Step, plan
from dashboard.diagnose.health.strict import prediction
from dashboard.diagnose.migrations import prisma
from dashboard.diagnose.migrations.contract import answers
from dashboard.diagnose.migrations.contract.packages import ContractFolder
from dashboard.diagnose.migrations.contract.state import statuses
from dashboard.diagnose.migrations.contract.view import ContractView
from dashboard.diagnose.migrations.folder import Folder, Majority
from dashboard.diagnose.migrations.package_statuses import package_statuses
from dashboard.diagnose.migrations.schema import told
from dashboard.diagnose.migrations.schema.applied import applied_set, to_come
from dashboard.diagnose.migrations.schema.rehearsed import (
    CannotRehearse,
    Rehearsed,
    SchemaComparison,
)
from dashboard.diagnose.migrations.states import MigrationStatus, majority, migration_statuses
from dashboard.diagnose.migrations.strict.migration import StrictMigration, StrictState, strict_of
from dashboard.diagnose.migrations.strict.scripts import StrictScript
from dashboard.diagnose.migrations.view import LedgerView
from dashboard.environments import Environment

LEDGER = "_prisma_migrations"
WORST_FIRST = (Severity.ERROR, Severity.UNKNOWN, Severity.WARNING, Severity.INFO, Severity.OK)

FactsOfAll = Mapping[Environment, EnvironmentFacts | Unavailable]


@dataclass(frozen=True, slots=True)
class EnvironmentHealth:
    """One environment's findings, worst first; `muted` are those somebody chose not to see.

    `between` are the findings about it and others that are told of it; the report lists them.
    `migration_statuses` are there where there is a ledger that may be read. `earlier` is how it was
    judged when it last answered, where it does not answer now. `plan` is the order of its fixes,
    where there are several.
    """

    environment: Environment
    findings: tuple[Finding, ...] = ()
    muted: tuple[Finding, ...] = ()
    unavailable: Unavailable | None = None
    facts: EnvironmentFacts | None = None
    ledger: LedgerView | None = None
    migration_statuses: tuple[MigrationStatus, ...] = ()
    earlier: "EnvironmentHealth | None" = None
    between: tuple[Finding, ...] = ()
    plan: tuple[Step, ...] = ()
    rehearsed: Rehearsed | None = None

    @property
    def status(self) -> Severity:
        """The worst of its findings; what could not be asked is never better than unknown.

        What is only worth knowing of many keys does not count: ordinary schemas have some.
        """
        found = (*self.findings, *self.between)
        seen = {each.severity for each in found if not each.only_notes}
        if self.unavailable:
            seen.add(Severity.UNKNOWN)
        return next((each for each in WORST_FIRST if each in seen), Severity.OK)


@dataclass(frozen=True, slots=True)
class HealthReport:
    """Every environment, and what concerns several of them.

    `strict` is what they are compared with; None where nobody knows a strict constraint.
    """

    environments: tuple[EnvironmentHealth, ...]
    findings: tuple[Finding, ...]
    drift: tuple[drift.Row, ...]
    strict: StrictMigration | None = None

    @property
    def statuses(self) -> set[Severity]:
        between = {finding.severity for finding in self.findings}
        return between | {each.status for each in self.environments}

    def case(self, health: EnvironmentHealth) -> Case | None:
        """Put one environment as the checks judged it; None where it did not answer."""
        if health.facts is None or health.ledger is None:
            return None
        answered = tuple(each.facts for each in self.environments if each.facts)
        rehearsed = health.rehearsed
        return Case(health.facts, health.ledger, answered, self.strict, rehearsed=rehearsed)


@dataclass(frozen=True, slots=True)
class Context:
    """What the environments are compared with; `strict` is the strict migration's script.

    `scripts` are the texts of the folder's, `contract` is what Prisma 8 has there. `folder_unread`
    is why the configured folder could not be read. `remembered` is the strict constraint that was
    known before, for as long as somebody who may have it is silent. `rehearsed` is what the
    throw-away server said of each environment.
    """

    folder: Folder | None = None
    contract: ContractFolder | None = None
    scripts: Mapping[str, str] = field(default_factory=dict)
    folder_unread: str | None = None
    migrations_folder: str | None = None
    strict: StrictScript | None = None
    remembered: StrictMigration | None = None
    rehearsed: Mapping[Environment, Rehearsed] = field(default_factory=dict)
    is_muted: Callable[[Finding], bool] = lambda _finding: False


def open_questions(facts: FactsOfAll, context: Context) -> Mapping[Environment, Sequence[Blocker]]:
    """Name what has to be counted, where the constraint is not as strict as elsewhere."""
    strict = _strict(facts, context)
    if strict is None:
        return {}
    return {
        each.environment: prediction.to_count(each)
        for each in _answered(facts)
        if strict.state(each) in (StrictState.S0, StrictState.DRIFT)
    }


def judge(
    facts: FactsOfAll,
    context: Context,
    before: HealthReport | None = None,
    additional: Iterable[Finding] = (),
) -> HealthReport:
    """Judge them all; the ledgers against the folder, or else against one another.

    What was judged `before` is remembered of an environment that does not answer any more.
    `additional` is what was found otherwise, of environments that answered.
    """
    strict, cases = _strict(facts, context), _cases(facts, context)
    own = (finding for case in cases for finding in checks.judge(case, between=False))
    found = [*own, *additional]
    by_environment = {case.facts.environment: case for case in cases}
    healths = [
        _silent(environment, said, context, before)
        if isinstance(said, Unavailable)
        else _health(by_environment[environment], found, context)
        for environment, said in facts.items()
    ]
    between = [finding for case in cases for finding in checks.judge(case, between=True)]
    muted = tuple(each for each in between if context.is_muted(each))
    told = tuple(each for each in between if each not in muted)
    return HealthReport(
        tuple(_with_between(health, told, muted) for health in healths),
        told,
        drift.table(
            {each: None if isinstance(said, Unavailable) else said for each, said in facts.items()}
        ),
        strict if cases else None,
    )


def _with_between(
    health: EnvironmentHealth, told: Sequence[Finding], muted: Sequence[Finding]
) -> EnvironmentHealth:
    """Count with the environment what concerns it and others."""
    name = health.environment.name
    own, quiet = (
        tuple(each for each in found if each.environment == name) for found in (told, muted)
    )
    return replace(health, between=own, muted=(*health.muted, *quiet))


def _answered(facts: FactsOfAll) -> tuple[EnvironmentFacts, ...]:
    return tuple(each for each in facts.values() if isinstance(each, EnvironmentFacts))


def _strict(facts: FactsOfAll, context: Context) -> StrictMigration | None:
    """Derive the strict constraint from those that have it, or from the folder.

    | somebody who answers knows it | somebody is silent | strict                |
    | ----------------------------- | ------------------ | --------------------- |
    | yes                           | any                | theirs                |
    | no                            | yes                | what was known before |
    | no                            | no                 | none                  |
    """
    known = strict_of(_answered(facts), context.strict)
    silent = any(isinstance(each, Unavailable) for each in facts.values())
    return known or (context.remembered if silent else None)


def _cases(facts: FactsOfAll, context: Context) -> list[Case]:
    answered, strict = _answered(facts), _strict(facts, context)
    cases = (Case(each, _view(each, answered, context), answered, strict) for each in answered)
    return [foreseen(_with_rehearsal(case, context), context.scripts) for case in cases]


def _with_rehearsal(case: Case, context: Context) -> Case:
    """Add what was rehearsed, unless other scripts are applied by now, or to come."""
    said = context.rehearsed.get(case.facts.environment)
    if said and isinstance(said.schema, SchemaComparison):
        current = applied_set(case.ledger, context.scripts) == said.schema.applied
        said = said if current else None
    if said and said.scripts:
        waiting = to_come(case.ledger, context.scripts)
        current = not isinstance(waiting, CannotRehearse) and waiting[0] == said.scripts
        said = said if current else None
    return replace(case, rehearsed=said)


def _health(case: Case, found: Sequence[Finding], context: Context) -> EnvironmentHealth:
    facts = case.facts
    own = [each for each in found if each.environment == facts.name]
    if facts.proof.in_recovery:
        own = [_from_standby(each) for each in own]
    health = _sorted(facts.environment, own, context)
    return replace(
        health,
        facts=facts,
        ledger=case.ledger,
        migration_statuses=_statuses(case.ledger),
        plan=plan(health.findings, key_demanded=_key_demanded(case)),
        rehearsed=case.rehearsed,
    )


def _key_demanded(case: Case) -> bool:
    """Whether a migration still to come begins by dropping the key, and it is not there."""
    script = case.strict.script if case.strict else None
    demanded = script is not None and script.demands_key and not case.strict_applied
    return demanded and case.facts.key is None


def _statuses(view: LedgerView) -> tuple[MigrationStatus, ...]:
    if view.contract and view.by_contract:
        return () if view.unknown else package_statuses(view.contract)
    return migration_statuses(view)


def _from_standby(finding: Finding) -> Finding:
    """Doubt what only a standby shows: it lags, and who holds a lock on the primary is not seen."""
    if STANDBY in finding.caveats or finding.severity is Severity.UNKNOWN:
        return finding
    sure = finding.confidence is Confidence.CERTAIN
    confidence = Confidence.LIKELY if sure else finding.confidence
    return replace(finding, confidence=confidence, caveats=(*finding.caveats, STANDBY))


def _silent(
    environment: Environment, reason: Unavailable, context: Context, before: HealthReport | None
) -> EnvironmentHealth:
    health = _sorted(environment, [reachable.silent(environment, reason)], context)
    return replace(health, unavailable=reason, earlier=_earlier(environment, before))


def _earlier(environment: Environment, before: HealthReport | None) -> EnvironmentHealth | None:
    healths = before.environments if before else ()
    known = (each.earlier or each for each in healths if each.environment == environment)
    return next((each for each in known if each.facts), None)


def _sorted(
    environment: Environment, found: Iterable[Finding], context: Context
) -> EnvironmentHealth:
    """Put the worst first, and what is muted aside."""
    here = sorted(found, key=lambda finding: WORST_FIRST.index(finding.severity))
    return EnvironmentHealth(
        environment,
        tuple(each for each in here if not context.is_muted(each)),
        tuple(each for each in here if context.is_muted(each)),
    )


def ledgers(facts: FactsOfAll, context: Context) -> Mapping[Environment, LedgerView]:
    """Put the ledgers as they are judged, of those that answered."""
    answered = _answered(facts)
    return {each.environment: _view(each, answered, context) for each in answered}


def _view(
    facts: EnvironmentFacts, answered: Sequence[EnvironmentFacts], context: Context
) -> LedgerView:
    others = [each for each in answered if each is not facts]
    contract = ContractView.of(facts, context.contract, others)
    known = [
        each.migrations
        for each in others
        if each.migrations is not None and not each.contract_edges
    ]
    usual = Majority(majority(known)) if known and not context.folder_unread else None
    return replace(
        _owned(facts, contract),
        reference=context.folder or usual,
        folder_unread=context.folder_unread,
        migrations_folder=context.migrations_folder,
    )


def _owned(facts: EnvironmentFacts, contract: ContractView) -> LedgerView:
    """Take the ledger where it still counts; after the hand-over it is inert."""
    view = replace(ledger_of(facts), contract=contract)
    if view.by_contract:
        return view
    return replace(view, rows=facts.migrations, unread=_older_unread(facts))


def ledger_of(facts: EnvironmentFacts) -> LedgerView:
    """Take what the environment shows of its ledger, compared with nothing yet."""
    catalog = facts.catalog
    return LedgerView(
        environment=facts.name,
        rows=facts.ledger,
        table_exists=catalog.ledger is not None,
        readable=catalog.ledger_readable,
        unread=_unread(facts),
        other_tables=any(
            each.schema == catalog.ledger_schema and each.kind == "r" and each.name != LEDGER
            for each in catalog.tables
        ),
        lock_held=facts.proof.locked_by_migration,
        reference=None,
        as_of=facts.proof.as_of,
        ms=round(facts.ms, 1),
        schema=catalog.ledger_schema,
        elsewhere=tuple(
            each.schema
            for each in catalog.tables
            if each.name == LEDGER and each.schema != catalog.ledger_schema
        ),
        role=catalog.server.role,
    )


def _unread(facts: EnvironmentFacts) -> Unavailable | None:
    """Say why the ledger says nothing, though the role may read it if it is there.

    | Prisma 8 | the schema    | the ledger | its rows    | reason        |
    | -------- | ------------- | ---------- | ----------- | ------------- |
    | yes      | -             | -          | -           | Prisma 8      |
    | no       | not usable    | -          | -           | forbidden     |
    | no       | usable        | none       | -           | -             |
    | no       | usable        | is there   | hidden      | rows hidden   |
    | no       | usable        | is there   | not read    | what happened |
    | no       | usable        | is there   | read        | -             |
    """
    if facts.proof.prisma_8:
        return Unavailable(Kind.PRISMA_8, "Prisma 8 keeps the state of the migrations here")
    return _older_unread(facts)


def _older_unread(facts: EnvironmentFacts) -> Unavailable | None:
    catalog, ledger = facts.catalog, facts.catalog.ledger
    if catalog.server.schema_exists and not catalog.usable:
        return Unavailable(Kind.FORBIDDEN, f'the role may not use the schema "{catalog.name}"')
    if ledger is None or not catalog.ledger_readable:
        return None
    if ledger.row_security:
        return Unavailable(Kind.ROWS_HIDDEN, f'row security hides rows of "{ledger.name}"')
    if facts.migrations is None:
        return Unavailable(Kind.SLOW, facts.reduced or "it was not requested")
    return None


def to_json(report: HealthReport) -> dict[str, Any]:
    """Return the object that `check --json` prints."""
    return {
        "environments": {each.environment.name: _json(each) for each in report.environments},
        "findings": [finding.to_dict() for finding in report.findings],
        "drift": [_drift(row) for row in report.drift if not row.agreed],
    }


def _drift(row: drift.Row) -> dict[str, Any]:
    return {
        "name": row.name,
        "usual": row.usual,
        "values": {cell.environment.name: cell.value for cell in row.cells},
    }


def _json(health: EnvironmentHealth) -> dict[str, Any]:
    reason = health.unavailable
    return {
        "status": health.status.value,
        "counts": _counts(health.facts),
        "findings": [finding.to_dict() for finding in health.findings],
        "muted": [finding.code for finding in health.muted],
        "plan": [_step(number, step) for number, step in enumerate(health.plan, start=1)],
        "migrations": _migrations(health.ledger, health.migration_statuses)
        if health.ledger
        else None,
        "rehearsal": told.to_json(health.rehearsed) if health.rehearsed else None,
        "unavailable": {"kind": reason.kind.value, "message": reason.message} if reason else None,
    }


def _step(number: int, step: Step) -> dict[str, Any]:
    return {
        "step": number,
        "title": step.title,
        "codes": list(step.codes),
        "condition": step.condition,
        "commands": [asdict(command) for command in step.commands],
    }


def _counts(facts: EnvironmentFacts | None) -> dict[str, Any]:
    """Count by the planner's estimate: a check never scans a table."""
    catalog = facts.catalog if facts else None
    return {
        "projects": _estimate(catalog.parent if catalog else None),
        "deployments": _estimate(catalog.child if catalog else None),
    }


def _estimate(relation: Relation | None) -> dict[str, Any] | None:
    if relation is None or relation.table.estimate <= 0:  # never analysed, or while empty
        return None
    return {"number": int(relation.table.estimate), "precision": "estimate"}


def _migrations(view: LedgerView, found: Sequence[MigrationStatus]) -> dict[str, Any]:
    contract = view.contract if view.by_contract else None
    return {
        "owner": view.contract.owner.value if view.contract else None,
        "contract": _contract(contract) if contract else None,
        "states": {each.name: each.state.value for each in found},
        "flags": {each.name: [flag.value for flag in each.flags] for each in found if each.flags},
        "reference": _called(view) if view.compared else None,
        "prisma": {
            "status": {
                engine.value: _answer(prisma.status(view, engine)) for engine in prisma.Engine
            },
            "deploy": _answer(prisma.deploy(view)),
        },
    }


def _contract(view: ContractView) -> dict[str, Any]:
    """Say where each space is and is to be, and what Prisma 8's own commands would answer."""
    said = {
        "migration status": answers.status(view),
        "db migrate --show": answers.show(view),
        "db verify": answers.verify(view),
    }
    judged = () if view.unreadable else statuses(view)
    return {
        "spaces": {
            each.space: {
                "state": each.state.value,
                "marker": each.marker or None,
                "target": each.target.hash if each.target else None,
            }
            for each in judged
        },
        "prisma": {
            command: {"exit": answer.exit, "outcome": answer.outcome.value} if answer else None
            for command, answer in said.items()
        },
    }


def _called(view: LedgerView) -> str:
    return "folder" if view.by_contract or isinstance(view.reference, Folder) else "majority"


def _answer(answer: prisma.Answer | None) -> dict[str, Any] | None:
    return {"exit": answer.exit, "outcome": answer.outcome.value} if answer else None
