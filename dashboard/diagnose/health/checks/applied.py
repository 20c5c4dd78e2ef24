"""Family D, the ledger of one environment: what is not applied there, or not as it should be.

| seen                                             | finding            |
| ------------------------------------------------ | ------------------ |
| the configured folder cannot be read             | folder-unread      |
| Prisma 8 owns the migrations, or may own them    | see contract |
| it is signed for Prisma 8, and 7 goes on         | not-handed-over    |
| the schema may not be used                       | -, see visibility  |
| the ledger may not be read                       | table-forbidden    |
| row security hides its rows                      | rls-hides          |
| it was not read in time                          | check-timeout      |
| no ledger, and tables or nothing to compare with | no-ledger          |
| running                                          | migration-running  |
| failed                                           | failed             |
| rolled-back                                      | rolled-back-only   |
| pending                                          | pending            |
| broken-folder                                    | broken-folder      |
| by-hand, and the catalog lacks some or all of it | fake-applied       |
| not by hand, and the catalog has nothing of it   | fake-applied       |

What the catalog has of what a migration makes is known where that was rehearsed. Where it was run
and has since lost some of it, that is drift.
"""

from collections.abc import Iterator, Sequence

from dashboard.diagnose import unanswered, words
from dashboard.diagnose.facts import Kind, Unavailable
from dashboard.diagnose.finding import Confidence, Finding, Fix, Severity
from dashboard.diagnose.health.case import Case, Check
from dashboard.diagnose.health.effects import effects
from dashboard.diagnose.migrations import commands, repairs
from dashboard.diagnose.migrations.contract import findings, ownership
from dashboard.diagnose.migrations.effects import NO_EFFECTS, Effects, Extent, extent
from dashboard.diagnose.migrations.states import (
    IN_DATABASE,
    Flag,
    MigrationState,
    MigrationStatus,
    counted,
    in_state,
    migration_statuses,
    name_behind,
    named,
)
from dashboard.diagnose.migrations.view import LedgerView
from queries.rows import Migration

BY_HAND = (
    "It was marked by hand (prisma migrate resolve --applied): Prisma never ran its script and "
    "never will."
)
UNDONE = (
    "Prisma ran it. It was undone by hand, or the ledger and the tables come from different "
    "databases. prisma migrate deploy does not run it again."
)


def judge(case: Case) -> Iterator[Finding]:
    """Judge the ledger of one environment that answered, beside its catalog."""
    view = case.ledger
    if view.contract and view.by_contract:
        yield from findings.wrong(view.contract, view.folder_unread)
        return
    if view.contract and view.contract.signed:
        yield ownership.signed(view.contract)
    yield from compare(view, effects(case))


def compare(view: LedgerView, seen: Effects = NO_EFFECTS) -> Iterator[Finding]:
    """Judge a ledger, the worst first; `seen` is what the catalog has of the migrations."""
    if view.folder_unread:
        yield _without_folder(view, view.folder_unread)
    if finding := _unjudged(view):
        yield finding
    if finding or view.unseen:
        return
    found = migration_statuses(view)
    yield from _running(view, found)
    yield from _failed(view, found, seen)
    yield from _rolled_back(view, found, seen)
    yield from _pending(view, found, seen)
    yield from _broken(view, found)
    yield from _fake(view, found, seen)


def _without_folder(view: LedgerView, why: str) -> Finding:
    return Finding(
        code="folder-unread",
        severity=Severity.UNKNOWN,
        environment=view.environment,
        summary=f"It is unknown which migrations are pending in {view.environment}: {why}.",
        explanation="There is nothing to compare the ledger with: other environments may miss "
        "the same migrations.",
        fix=repairs.correct_folder(),
        resolves_when="the folder is readable",
    )


def _unjudged(view: LedgerView) -> Finding | None:
    if view.unread:
        return _unread(view, view.unread)
    if view.denied:
        return _forbidden(view)
    if view.table_exists:
        return None
    expected = view.reference is not None and view.reference.scripts
    return _no_ledger(view) if view.other_tables or not expected else None


def _forbidden(view: LedgerView) -> Finding:
    return Finding(
        code="table-forbidden",
        severity=Severity.UNKNOWN,
        environment=view.environment,
        summary=f"The dashboard may not read the migrations ledger of {view.environment}.",
        explanation="The state of its migrations is unknown.",
        evidence=view.facts(f"no right to read {commands.TABLE}"),
        fix=repairs.grant(view),
        resolves_when="the role may read the ledger",
    )


def _unread(view: LedgerView, reason: Unavailable) -> Finding | None:
    match reason.kind:
        case Kind.FORBIDDEN:
            return None
        case Kind.PRISMA_8:
            return None
        case Kind.ROWS_HIDDEN:
            return _hidden(view)
        case _:
            return _delayed(view, reason)


def _hidden(view: LedgerView) -> Finding:
    return Finding(
        code="rls-hides",
        severity=Severity.UNKNOWN,
        environment=view.environment,
        summary=f"Row security hides the migrations ledger of {view.environment}.",
        explanation="The state of its migrations is unknown.",
        evidence=view.facts(f"row security is active on {commands.TABLE} for this role"),
        fix=repairs.see_every_row(view),
        resolves_when="the role sees all rows of the ledger",
    )


def _delayed(view: LedgerView, reason: Unavailable) -> Finding:
    return Finding(
        code="check-timeout",
        severity=Severity.UNKNOWN,
        environment=view.environment,
        summary=f"Reading the migrations ledger of {view.environment} timed out.",
        explanation="The state of its migrations is unknown.",
        evidence=view.facts(f"{commands.TABLE} was not read: {reason.message}"),
        fix=repairs.ask_again(view),
        resolves_when="the ledger is readable within the time limit",
    )


def _no_ledger(view: LedgerView) -> Finding:
    tables = "the schema has tables" if view.other_tables else "the schema has no table"
    reason = (
        "It is unknown which migrations the tables contain: they were created by prisma db "
        "push, by another tool or in another schema. prisma migrate deploy stops with P3005."
        if view.other_tables
        else "Nothing was ever deployed, or the URL names another schema."
    )
    return Finding(
        code="no-ledger",
        severity=Severity.ERROR,
        environment=view.environment,
        summary=f"{view.environment} has no migrations ledger in its schema “{view.schema}”.",
        explanation=reason,
        evidence=view.facts(f"no {commands.TABLE} in “{view.schema}”; {tables}", *_elsewhere(view)),
        fix=repairs.baseline(view) if view.other_tables else repairs.first_deploy(view),
        resolves_when=f"{view.environment} has a ledger",
    )


def _elsewhere(view: LedgerView) -> Iterator[str]:
    if view.elsewhere:
        yield f"another ledger, in {words.listed([f'“{schema}”' for schema in view.elsewhere])}"


def _running(view: LedgerView, found: Sequence[MigrationStatus]) -> Iterator[Finding]:
    if running := in_state(found, MigrationState.RUNNING):
        yield Finding(
            code="migration-running",
            severity=Severity.UNKNOWN,
            confidence=Confidence.LIKELY,
            environment=view.environment,
            summary=f"A migration is running in {view.environment}: {named(running)}.",
            explanation="It has started but not finished, and Prisma's migration lock "
            "(72707369) is held. prisma migrate status calls it failed.",
            evidence=view.facts(*_attempts(running)),
            fix=repairs.wait(view),
            resolves_when="no migration is running",
        )


def _failed(
    view: LedgerView, found: Sequence[MigrationStatus], effects: Effects
) -> Iterator[Finding]:
    hidden = in_state(found, MigrationState.PENDING)
    for each in in_state(found, MigrationState.FAILED):
        retried = any(row.finished_at for row in each.live)
        there = extent(effects, each.name)
        yield Finding(
            code="failed",
            severity=Severity.ERROR,
            subject=each.name,
            since=min(row.started_at for row in each.unfinished),
            confidence=Confidence.LIKELY if retried else Confidence.CERTAIN,
            environment=view.environment,
            summary=f"{words.short(each.name)} failed in {view.environment}{_sqlstates(each)}.",
            explanation="No later migration is applied until this is resolved: prisma migrate "
            "deploy stops with P3009."
            + (" prisma migrate status hides it behind the pending ones." if hidden else ""),
            evidence=view.facts(*_attempts([each])),
            caveats=tuple(_doubts(each)),
            fix=_recovery(view, each, effects),
            alternatives=() if there else (repairs.mark_applied(view, each.name),),
            resolves_when=f"every unfinished row of {words.short(each.name)} is rolled back or "
            "finished",
        )


def _recovery(view: LedgerView, failed: MigrationStatus, effects: Effects) -> Fix:
    """Take the way out that fits what is there.

    | the catalog has | way out                                       |
    | --------------- | --------------------------------------------- |
    | all of it       | mark it as applied                            |
    | some of it      | finish it by hand, then mark it as applied    |
    | nothing of it   | repair the data, mark as rolled back, deploy  |
    | not known       | the same, and marking it as applied beside it |
    """
    there = extent(effects, failed.name)
    if there is Extent.WHOLE:
        return repairs.mark_applied(view, failed.name)
    finish = effects[failed.name].finish if there is Extent.PART else None
    return finish or repairs.recover(view, failed)


def _doubts(failed: MigrationStatus) -> Iterator[str]:
    if any(row.finished_at for row in failed.live):
        yield "Another row says that it succeeded: the unfinished one may be a leftover."
    if not any(row.sqlstate for row in failed.unfinished):
        yield (
            "No database error is recorded: the deploy was interrupted, or it is still running "
            "without a visible lock."
        )


def _rolled_back(
    view: LedgerView, found: Sequence[MigrationStatus], effects: Effects
) -> Iterator[Finding]:
    for each in in_state(found, MigrationState.ROLLED_BACK):
        name = words.short(each.name)
        yield Finding(
            code="rolled-back-only",
            severity=Severity.ERROR,
            subject=each.name,
            since=max(row.rolled_back_at for row in each.rows if row.rolled_back_at),
            environment=view.environment,
            summary=f"{name} was rolled back in {view.environment} and never applied again.",
            explanation="It is pending: prisma migrate deploy applies it. prisma migrate status "
            "up to 7.8 hides that and says “up to date”.",
            evidence=view.facts(*_attempts([each])),
            caveats=tuple(_moving(view)),
            fix=_deploy(view, [each], in_state(found, MigrationState.FAILED), effects),
            alternatives=tuple(_finishing([each], effects)),
            resolves_when=f"{name} is applied",
        )


def _pending(
    view: LedgerView, found: Sequence[MigrationStatus], effects: Effects
) -> Iterator[Finding]:
    if names := in_state(found, MigrationState.PENDING):
        extra, failed = (
            in_state(found, MigrationState.EXTRA),
            in_state(found, MigrationState.FAILED),
        )
        yield Finding(
            code="pending",
            severity=Severity.ERROR,
            confidence=view.confidence,
            environment=view.environment,
            summary=_lacks(view, names, extra),
            explanation=" ".join(_about_pending(view, names, extra, failed)),
            evidence=view.facts(
                f"not in the ledger: {words.listed([n.name for n in names])}", *_elsewhere(view)
            ),
            caveats=tuple(_moving(view)),
            fix=_deploy(view, names, failed, effects)
            if view.table_exists
            else repairs.first_deploy(view),
            alternatives=tuple(_finishing(names, effects)),
            resolves_when="every migration is applied",
        )


def _lacks(
    view: LedgerView, names: Sequence[MigrationStatus], extra: Sequence[MigrationStatus]
) -> str:
    place, pending = view.environment, words.count(len(names), "migration")
    are = "is" if len(names) == 1 else "are"
    if not view.table_exists:
        return (
            f"Nothing was ever deployed to {place}: the schema is empty, {pending} {are} pending."
        )
    if extra:
        return (
            f"{place} and {view.compared_with} have diverged: {counted(names)} not applied here, "
            f"{counted(extra)} applied and not known there."
        )
    if view.by_majority:
        have = f"that {view.compared_with} have"
        return f"{pending} {have} {are} not applied in {place}{name_behind(names)}."
    return f"{pending} {are} not applied in {place}{name_behind(names)}."


def _about_pending(
    view: LedgerView,
    names: Sequence[MigrationStatus],
    extra: Sequence[MigrationStatus],
    failed: Sequence[MigrationStatus],
) -> Iterator[str]:
    if late := [each for each in names if Flag.OUT_OF_ORDER in each.flags]:
        yield f"Older than the last applied one, so merged late: {named(late)}."
    if extra:
        yield "prisma migrate status reports this, and prisma migrate deploy applies them."
    if failed:
        yield f"Nothing is applied until {named(failed)} is resolved (P3009)."
    if stopped := [each for each in names if each.name in view.would_fail]:
        why = [view.stops[each.name] for each in stopped if each.name in view.stops]
        yield (
            "As things are, prisma migrate deploy stops with P3018 at "
            f"{named(stopped)}{f': {words.listed(why)}' if why else ''}."
        )
    elif unsure := [each for each in names if each.name in view.uncertain]:
        first = unsure[0]
        yield (
            f"It is unknown whether prisma migrate deploy works: {words.short(first.name)} "
            f"{view.uncertain[first.name]}."
        )


def _broken(view: LedgerView, found: Sequence[MigrationStatus]) -> Iterator[Finding]:
    if names := in_state(found, MigrationState.BROKEN_FOLDER):
        stopped = "status" if any(each.rows for each in names) else "deploy"
        yield Finding(
            code="broken-folder",
            severity=Severity.ERROR,
            environment=view.environment,
            summary=f"The folder of {counted(names)} contains no migration.sql.",
            explanation=f"prisma migrate {stopped} stops there with P3015.",
            evidence=view.facts(*(f"{each.name}: no migration.sql" for each in names)),
            fix=repairs.restore_folder(named(names)),
            resolves_when="every folder contains its migration.sql or is deleted",
        )


def _fake(
    view: LedgerView, found: Sequence[MigrationStatus], effects: Effects
) -> Iterator[Finding]:
    for each in found:
        by_hand, there = Flag.BY_HAND in each.flags, extent(effects, each.name)
        if each.state not in IN_DATABASE or there is None or there is Extent.WHOLE:
            continue
        if by_hand or there is Extent.NONE:
            lacking = "has only some" if there is Extent.PART else "has nothing"
            yield Finding(
                code="fake-applied",
                severity=Severity.ERROR,
                subject=each.name,
                environment=view.environment,
                summary=f"The ledger of {view.environment} says that {words.short(each.name)} "
                f"is applied, but the database {lacking} of what it creates.",
                explanation=BY_HAND if by_hand else UNDONE,
                evidence=view.facts(_marked(each), f"the catalog {lacking} of what it creates"),
                fix=effects[each.name].finish or repairs.apply_by_hand(view, each.name),
                resolves_when="the catalog has what the migration creates",
            )


def _marked(applied: MigrationStatus) -> str:
    steps = words.count(applied.live[0].applied_steps, "step")
    when = next((row.finished_at for row in applied.live if row.finished_at), None)
    return f"{applied.name}: finished {words.moment(when) if when else ''}, {steps} run"


def _deploy(
    view: LedgerView,
    names: Sequence[MigrationStatus],
    failed: Sequence[MigrationStatus],
    effects: Effects,
) -> Fix:
    """Runbook option 3; what the catalog already has is marked, for its script would fail."""
    done = [each.name for each in names if extent(effects, each.name) is Extent.WHOLE]
    half = [each for each in names if extent(effects, each.name) is Extent.PART]
    marked = words.listed([words.short(name) for name in done])
    steps = (
        f"First resolve {named(failed)}: until then nothing is applied (P3009)." if failed else "",
        f"See what is pending in {view.environment}: {named(names)}.",
        f"Mark as applied what the database already has: {marked}." if done else "",
        f"Finish {named(half)} by hand: a part of it exists, so deploying would stop. Then mark "
        "it as applied (prisma migrate resolve --applied)."
        if half
        else "",
        "Apply them.",
    )
    return Fix(
        option=3,
        title=f"Apply the pending migrations in {view.environment}",
        steps=tuple(filter(None, steps)),
        commands=(
            commands.prisma(view, "See", "status"),
            *commands.resolve(view, "--applied", done),
            commands.prisma(view, "Apply", "deploy"),
        ),
        risk="medium: changes the database schema; a failed migration blocks all later ones",
        needs_role=repairs.DEPLOYER,
    )


def _finishing(names: Sequence[MigrationStatus], effects: Effects) -> Iterator[Fix]:
    for each in names:
        finish = effects[each.name].finish if each.name in effects else None
        yield from [finish] if finish else []


def _moving(view: LedgerView) -> Iterator[str]:
    if view.lock_held:
        yield "Prisma's migration lock is held: it may be applied in a moment."


def _attempts(found: Sequence[MigrationStatus]) -> Iterator[str]:
    for each in found:
        for row in each.rows:
            yield f"{each.name}: started {words.moment(row.started_at)}, {_end(row)}"


def _end(row: Migration) -> str:
    error = f", SQLSTATE {row.sqlstate}" if row.sqlstate else ""
    if row.rolled_back_at:
        return f"rolled back {words.moment(row.rolled_back_at)}{error}"
    if row.finished_at:
        return f"finished {words.moment(row.finished_at)}"
    return f"not finished{error}"


def _sqlstates(failed: MigrationStatus) -> str:
    codes = sorted({row.sqlstate for row in failed.unfinished if row.sqlstate})
    return f" with SQLSTATE {words.listed(codes)}" if codes else ""


def sees(case: Case) -> bool:
    return not case.ledger.unknown


def compares(case: Case) -> bool:
    return case.ledger.compared


CHECK = Check(
    "Migrations applied",
    frozenset(
        {"pending", "failed", unanswered.IN_MOTION, "rolled-back-only", "no-ledger"}
        | {"broken-folder", "fake-applied", "folder-unread", "migrations-unknown"}
        | {"two-owners", "not-handed-over", "diverged", "forked", "invariants-missing"}
    ),
    judge,
    sees,
    compares,
)
