"""All environments judged at once: what is wrong in each, and between them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dashboard.diagnose.evidence import Kind, Look, Relation, Unavailable
from dashboard.diagnose.finding import Confidence, Finding, Severity
from dashboard.diagnose.health.checks import (
    agreement,
    copies,
    drift,
    emptiness,
    ledger,
    preflight,
    same_database,
    sharing,
    silence,
    structure,
    visibility,
)
from dashboard.diagnose.health.checks.repairs import Blocker
from dashboard.diagnose.health.checks.samples import Sample, Sampled, Shared
from dashboard.diagnose.health.checks.scripts import StrictScript
from dashboard.diagnose.health.checks.shape import Inspection
from dashboard.diagnose.health.checks.strict import State, Strict, strict_of
from dashboard.diagnose.migrations import prisma
from dashboard.diagnose.migrations.folder import Folder, Majority
from dashboard.diagnose.migrations.states import Standing, majority, standings
from dashboard.diagnose.migrations.view import LedgerView
from dashboard.environments import Environment

LEDGER = "_prisma_migrations"
STANDBY = "a standby answered, not the primary"
WORST_FIRST = (Severity.ERROR, Severity.UNKNOWN, Severity.WARNING, Severity.INFO, Severity.OK)


@dataclass(frozen=True, slots=True)
class Survey:
    """What one environment said of itself, no id asked for.

    `blocking` counts the rows that a stricter constraint would stop at, where it was asked for.
    `sample` and `shared` are some of its projects, and which of the others' it has, too.
    """

    look: Look
    inspection: Inspection
    blocking: preflight.Answers | None = None
    sample: Sample | Unavailable | None = None
    shared: Shared | Unavailable | None = None

    @property
    def sampled(self) -> Sampled:
        return Sampled(self.look, self.sample, self.shared)


Surveys = Mapping[Environment, Survey | Unavailable]


@dataclass(frozen=True, slots=True)
class Health:
    """One environment's findings, worst first; `muted` are those somebody chose not to see.

    `between` are the findings about it and others that are told of it; the checkup lists them.
    `standings` are its migrations, none where there is no ledger that may be read. `earlier` is
    how it was judged when it last answered, where it does not answer now.
    """

    environment: Environment
    findings: tuple[Finding, ...] = ()
    muted: tuple[Finding, ...] = ()
    unavailable: Unavailable | None = None
    survey: Survey | None = None
    ledger: LedgerView | None = None
    standings: tuple[Standing, ...] = ()
    earlier: "Health | None" = None
    between: tuple[Finding, ...] = ()

    @property
    def status(self) -> Severity:
        """The worst of its findings; what could not be asked is never better than unknown."""
        seen = {finding.severity for finding in (*self.findings, *self.between)}
        if self.unavailable:
            seen.add(Severity.UNKNOWN)
        return next((each for each in WORST_FIRST if each in seen), Severity.OK)


@dataclass(frozen=True, slots=True)
class Checkup:
    """Every environment, and what concerns several of them.

    `strict` is what they are compared with; None where nobody knows a strict constraint.
    """

    environments: tuple[Health, ...]
    findings: tuple[Finding, ...]
    drift: tuple[drift.Row, ...]
    strict: Strict | None = None

    @property
    def statuses(self) -> set[Severity]:
        between = {finding.severity for finding in self.findings}
        return between | {each.status for each in self.environments}


@dataclass(frozen=True, slots=True)
class Context:
    """What the environments are compared with; `strict` is the strict migration's script.

    `folder_unread` is why the configured folder could not be read. `remembered` is the strict
    constraint that was known before, for as long as somebody who may have it is silent.
    """

    folder: Folder | None = None
    folder_unread: str | None = None
    migrations_folder: str | None = None
    strict: StrictScript | None = None
    remembered: Strict | None = None
    is_muted: Callable[[Finding], bool] = lambda _finding: False


def open_questions(surveys: Surveys, context: Context) -> Mapping[Environment, Sequence[Blocker]]:
    """Name what has to be counted, where the constraint is not as strict as elsewhere."""
    strict = _strict(surveys, context)
    if strict is None:
        return {}
    return {
        each.look.environment: preflight.to_count(each.inspection)
        for each in _answered(surveys)
        if strict.state(each.inspection) in (State.S0, State.DRIFT)
    }


def judge(
    surveys: Surveys,
    context: Context,
    before: Checkup | None = None,
    beside: Iterable[Finding] = (),
) -> Checkup:
    """Judge them all; the ledgers against the folder, or else against one another.

    What was judged `before` is remembered of an environment that does not answer any more.
    `beside` is what was found otherwise, of environments that answered.
    """
    cases = _cases(surveys, context)
    own = (finding for case in cases for finding in case.findings)
    found = [*_structure(cases), *own, *beside]
    views = {case.survey.look.environment: case.view for case in cases}
    healths = tuple(
        _health(survey, views[environment], found, context)
        if isinstance(survey, Survey)
        else _silent(environment, survey, context, before)
        for environment, survey in surveys.items()
    )
    between = tuple(_between([case.survey.sampled for case in cases]))
    drifted = drift.table(
        {
            each: survey.inspection if isinstance(survey, Survey) else None
            for each, survey in surveys.items()
        }
    )
    muted = tuple(each for each in between if context.is_muted(each))
    told = tuple(each for each in between if each not in muted)
    return Checkup(
        tuple(_beside(health, told, muted) for health in healths),
        told,
        drifted,
        cases[0].strict if cases else None,
    )


def _beside(health: Health, told: Sequence[Finding], muted: Sequence[Finding]) -> Health:
    """Count with the environment what concerns it and others."""
    name = health.environment.name
    own, quiet = (
        tuple(each for each in found if each.environment == name) for found in (told, muted)
    )
    return replace(health, between=own, muted=(*health.muted, *quiet))


def _between(seen: Sequence[Sampled]) -> Iterator[Finding]:
    yield from same_database.check([each.look for each in seen])
    yield from copies.check(seen)
    yield from sharing.check(seen)


def _answered(surveys: Surveys) -> list[Survey]:
    return [each for each in surveys.values() if isinstance(each, Survey)]


def _strict(surveys: Surveys, context: Context) -> Strict | None:
    """Derive the strict constraint from those that have it, or from the folder.

    | somebody who answers knows it | somebody is silent | strict                |
    | ----------------------------- | ------------------ | --------------------- |
    | yes                           | any                | theirs                |
    | no                            | yes                | what was known before |
    | no                            | no                 | none                  |
    """
    known = strict_of([each.inspection for each in _answered(surveys)], context.strict)
    silent = any(isinstance(each, Unavailable) for each in surveys.values())
    return known or (context.remembered if silent else None)


@dataclass(frozen=True, slots=True)
class _Case:
    """One environment that answered, with what its ledger and the others add to it."""

    survey: Survey
    view: LedgerView
    inspection: Inspection
    strict: Strict | None
    foretold: Finding | None = None

    @classmethod
    def of(cls, survey: Survey, view: LedgerView, strict: Strict | None) -> "_Case":
        migration = strict.migration if strict else None
        inspection = agreement.with_ledger(survey.inspection, view, migration)
        if strict is None or survey.blocking is None:
            return cls(survey, view, inspection, strict)
        rewriting = agreement.rewriting(view, strict)
        foretold = preflight.judge(inspection, strict, survey.blocking, rewriting)
        return cls(survey, view, inspection, strict, foretold)

    @property
    def findings(self) -> Iterator[Finding]:
        yield from [self.foretold] if self.foretold else []
        yield from emptiness.check(self.survey.sampled, self.inspection.constraint)
        yield from ledger.check(self.view, agreement.effects(self.inspection, self.strict))


def _cases(surveys: Surveys, context: Context) -> list[_Case]:
    answered, strict = _answered(surveys), _strict(surveys, context)
    return [_foreseen(_Case.of(each, _view(each, answered, context), strict)) for each in answered]


def _foreseen(case: _Case) -> _Case:
    """Add what is proven of the migration still to come: Prisma would run into it."""
    if case.strict is None:
        return case
    fails = agreement.would_fail(case.view, case.inspection, case.strict, case.foretold)
    return replace(case, view=replace(case.view, would_fail=fails))


def _structure(cases: Sequence[_Case]) -> Iterator[Finding]:
    strict = cases[0].strict if cases else None
    return structure.check([case.inspection for case in cases], strict)


def _health(survey: Survey, view: LedgerView, found: Sequence[Finding], context: Context) -> Health:
    environment = survey.look.environment
    own = (each for each in found if each.environment == environment.name)
    here = (*visibility.check(survey.look), *own)
    if survey.look.proof.in_recovery:
        here = tuple(_from_standby(each) for each in here)
    health = _sorted(environment, here, context)
    return replace(health, survey=survey, ledger=view, standings=standings(view))


def _from_standby(finding: Finding) -> Finding:
    """Doubt what only a standby shows: it lags, and who holds a lock on the primary is not seen."""
    if STANDBY in finding.caveats or finding.severity is Severity.UNKNOWN:
        return finding
    sure = finding.confidence is Confidence.CERTAIN
    confidence = Confidence.LIKELY if sure else finding.confidence
    return replace(finding, confidence=confidence, caveats=(*finding.caveats, STANDBY))


def _silent(
    environment: Environment, reason: Unavailable, context: Context, before: Checkup | None
) -> Health:
    health = _sorted(environment, [silence.check(environment, reason)], context)
    return replace(health, unavailable=reason, earlier=_earlier(environment, before))


def _earlier(environment: Environment, before: Checkup | None) -> Health | None:
    healths = before.environments if before else ()
    known = (each.earlier or each for each in healths if each.environment == environment)
    return next((each for each in known if each.survey), None)


def _sorted(environment: Environment, found: Iterable[Finding], context: Context) -> Health:
    """Put the worst first, and what is muted aside."""
    here = sorted(found, key=lambda finding: WORST_FIRST.index(finding.severity))
    return Health(
        environment,
        tuple(each for each in here if not context.is_muted(each)),
        tuple(each for each in here if context.is_muted(each)),
    )


def _view(survey: Survey, answered: Sequence[Survey], context: Context) -> LedgerView:
    look, schema = survey.look, survey.look.schema
    others = [each.look.migrations for each in answered if each is not survey]
    known = [each for each in others if each is not None]
    usual = Majority(majority(known)) if known and not context.folder_unread else None
    return LedgerView(
        environment=look.environment.name,
        rows=look.migrations,
        table_exists=schema.ledger is not None,
        readable=schema.ledger_readable,
        unread=_unread(look),
        other_tables=any(
            each.schema == schema.name and each.kind == "r" and each.name != LEDGER
            for each in schema.tables
        ),
        lock_held=look.proof.locked_by_migration,
        reference=context.folder or usual,
        folder_unread=context.folder_unread,
        as_of=look.proof.as_of,
        ms=round(look.ms, 1),
        schema=schema.name,
        elsewhere=tuple(
            each.schema
            for each in schema.tables
            if each.name == LEDGER and each.schema != schema.name
        ),
        role=schema.server.role,
        migrations_folder=context.migrations_folder,
    )


def _unread(look: Look) -> Unavailable | None:
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
    schema, ledger = look.schema, look.schema.ledger
    if look.proof.prisma_8:
        words = "Prisma 8 keeps the state of the migrations here; it is not read yet"
        return Unavailable(Kind.PRISMA_8, words)
    if schema.server.schema_exists and not schema.usable:
        return Unavailable(Kind.FORBIDDEN, f'the role may not use the schema "{schema.name}"')
    if ledger is None or not schema.ledger_readable:
        return None
    if ledger.row_security:
        return Unavailable(Kind.ROWS_HIDDEN, f'row security hides rows of "{ledger.name}"')
    if look.migrations is None:
        return Unavailable(Kind.SLOW, look.reduced or "it was not asked for")
    return None


def to_json(checkup: Checkup) -> dict[str, Any]:
    """Return the object that `check --json` prints."""
    return {
        "environments": {each.environment.name: _json(each) for each in checkup.environments},
        "findings": [finding.to_dict() for finding in checkup.findings],
        "drift": [_drift(row) for row in checkup.drift if not row.agreed],
    }


def _drift(row: drift.Row) -> dict[str, Any]:
    return {
        "name": row.name,
        "usual": row.usual,
        "values": {cell.environment.name: cell.value for cell in row.cells},
    }


def _json(health: Health) -> dict[str, Any]:
    reason = health.unavailable
    return {
        "status": health.status.value,
        "counts": _counts(health.survey),
        "findings": [finding.to_dict() for finding in health.findings],
        "muted": [finding.code for finding in health.muted],
        "migrations": _migrations(health.ledger, health.standings) if health.ledger else None,
        "unavailable": {"kind": reason.kind.value, "message": reason.message} if reason else None,
    }


def _counts(survey: Survey | None) -> dict[str, Any]:
    """Count by the planner's estimate: a check never scans a table."""
    schema = survey.look.schema if survey else None
    return {
        "projects": _estimate(schema.parent if schema else None),
        "deployments": _estimate(schema.child if schema else None),
    }


def _estimate(relation: Relation | None) -> dict[str, Any] | None:
    if relation is None or relation.table.estimate <= 0:  # never analysed, or while empty
        return None
    return {"number": int(relation.table.estimate), "precision": "estimate"}


def _migrations(view: LedgerView, found: Sequence[Standing]) -> dict[str, Any]:
    return {
        "states": {each.name: each.state.value for each in found},
        "flags": {each.name: [flag.value for flag in each.flags] for each in found if each.flags},
        "reference": None if view.reference is None else _called(view),
        "prisma": {
            "status": {
                engine.value: _answer(prisma.status(view, engine)) for engine in prisma.Engine
            },
            "deploy": _answer(prisma.deploy(view)),
        },
    }


def _called(view: LedgerView) -> str:
    return "folder" if isinstance(view.reference, Folder) else "majority"


def _answer(answer: prisma.Answer | None) -> dict[str, Any] | None:
    return {"exit": answer.exit, "outcome": answer.outcome.value} if answer else None
