"""What is reported of all environments, and what they are compared with."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, field, replace
from functools import cached_property
from typing import Any

from dashboard.diagnose.facts import EnvironmentFacts, Kind, Relation, Unavailable
from dashboard.diagnose.finding import Finding, Severity
from dashboard.diagnose.health import drift
from dashboard.diagnose.health.answered import Answered
from dashboard.diagnose.health.case import Case
from dashboard.diagnose.health.plan import Step
from dashboard.diagnose.migrations import prisma
from dashboard.diagnose.migrations.contract import answers
from dashboard.diagnose.migrations.contract.packages import ContractFolder
from dashboard.diagnose.migrations.contract.state import statuses
from dashboard.diagnose.migrations.contract.view import ContractView
from dashboard.diagnose.migrations.folder import Folder, Majority
from dashboard.diagnose.migrations.schema import told
from dashboard.diagnose.migrations.schema.rehearsed import Rehearsed
from dashboard.diagnose.migrations.states import MigrationStatus
from dashboard.diagnose.migrations.view import LedgerView
from dashboard.diagnose.relationship import ConstraintSpec, strictest
from dashboard.environments import Environment
from queries.records import dataclass

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


@dataclass(frozen=True)
class HealthReport:
    """Every environment, and what concerns several of them.

    `facts` are those of all that were compared, shown or not. `strict` is what they are compared
    with; None where nobody has a strict constraint.
    """

    environments: tuple[EnvironmentHealth, ...]
    findings: tuple[Finding, ...]
    facts: FactsOfAll = field(default_factory=dict)
    strict: ConstraintSpec | None = None

    @cached_property
    def drift(self) -> tuple[drift.Row, ...]:
        """Compare the constraint of all, cell by cell."""
        return drift.table(
            {
                each: None if isinstance(said, Unavailable) else said
                for each, said in self.facts.items()
            }
        )

    @cached_property
    def grouped(self) -> dict[object, Any]:
        """Keep what was grouped by causes: a page asks for it several times."""
        return {}

    @cached_property
    def _answered(self) -> Answered:
        return Answered(each.facts for each in self.environments if each.facts)

    @property
    def statuses(self) -> set[Severity]:
        between = {finding.severity for finding in self.findings}
        return between | {each.status for each in self.environments}

    def case(self, health: EnvironmentHealth) -> Case | None:
        """Put one environment as the checks judged it; None where it did not answer."""
        if health.facts is None or health.ledger is None:
            return None
        rehearsed = health.rehearsed
        return Case(health.facts, health.ledger, self._answered, self.strict, rehearsed=rehearsed)


@dataclass(frozen=True, slots=True)
class Context:
    """What the environments are compared with.

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
    remembered: ConstraintSpec | None = None
    rehearsed: Mapping[Environment, Rehearsed] = field(default_factory=dict)
    is_muted: Callable[[Finding], bool] = lambda _finding: False


def answered_of(facts: FactsOfAll) -> Answered:
    return Answered(each for each in facts.values() if isinstance(each, EnvironmentFacts))


def strict_of_all(facts: FactsOfAll, answered: Answered, context: Context) -> ConstraintSpec | None:
    """Derive the strict constraint from those that have it.

    | somebody who answers has it   | somebody is silent | strict                |
    | ----------------------------- | ------------------ | --------------------- |
    | yes                           | any                | theirs                |
    | no                            | yes                | what was known before |
    | no                            | no                 | none                  |
    """
    known = strictest(each.constraint.spec for each in answered if each.constraint)
    return known or (context.remembered if len(answered) < len(facts) else None)


def ledgers(facts: FactsOfAll, context: Context) -> Mapping[Environment, LedgerView]:
    """Put the ledgers as they are judged, of those that answered."""
    answered = answered_of(facts)
    return {each.environment: view_of(each, answered, context) for each in answered}


def view_of(facts: EnvironmentFacts, answered: Answered, context: Context) -> LedgerView:
    """Put its ledger beside the folder, or else beside those of the others."""
    contract = ContractView.of(facts, context.contract, answered.by_contract(facts))
    usual = usual_migrations(facts, answered, context)
    return replace(
        _owned(facts, contract),
        reference=context.folder or (None if usual is None else Majority(usual)),
        folder_unread=context.folder_unread,
        migrations_folder=context.migrations_folder,
    )


def usual_migrations(
    facts: EnvironmentFacts, answered: Answered, context: Context
) -> tuple[str, ...] | None:
    """Name what most of the others have applied, where nothing else is gone by."""
    if context.folder or context.folder_unread:
        return None
    return answered.usual_migrations(facts)


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
