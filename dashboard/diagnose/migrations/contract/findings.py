"""What is wrong with the migrations where Prisma 8 owns them, or nobody knows who does.

| seen                                                     | finding            |
| -------------------------------------------------------- | ------------------ |
| its tables cannot be read, or nobody knows who owns them | migrations-unknown |
| the ledger of Prisma 7 is there, and was not read        | migrations-unknown |
| Prisma 7 has gone on after the hand-over                 | two-owners         |
| others are handed over, this one was never signed        | not-handed-over    |
| no packages, or no target                                | migrations-unknown |
| a package has not the hash that it was planned with      | broken-folder      |
| pending, and Prisma 8's lock is held                     | migration-running  |
| pending                                                  | pending            |
| diverged, forked                                         | diverged, forked   |
| at its target, without a data migration that it demands  | invariants-missing |
| ahead                                                    | db-ahead           |
| a package was applied with other contents                | edited             |
| at its target, where no package leads                    | db-update-only     |
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from dashboard.diagnose import words
from dashboard.diagnose.finding import Confidence, Finding, Severity
from dashboard.diagnose.migrations.contract import ownership, repairs
from dashboard.diagnose.migrations.contract.packages import Package, shortened
from dashboard.diagnose.migrations.contract.state import (
    SpaceState,
    SpaceStatus,
    edited,
    statuses,
    unknown_names,
)
from dashboard.diagnose.migrations.contract.view import ContractView, Owner


def wrong(view: ContractView, folder_unread: str | None = None) -> Iterator[Finding]:
    """Say what is not applied, or not known; the worst first."""
    if finding := ownership.undecided(view):
        yield finding
        return
    yield from ownership.wrong(view)
    for status in statuses(view):
        yield from _of_space(view, status, folder_unread)


def _of_space(
    view: ContractView, status: SpaceStatus, folder_unread: str | None
) -> Iterator[Finding]:
    if status.broken:
        yield _broken(view, status)
    if status.missing:
        yield _invariants_missing(view, status)
    if status.state is SpaceState.UNKNOWN:
        yield _unknown(view, status, folder_unread)
    elif status.state is SpaceState.PENDING:
        yield _running(view, status) if view.running else _pending(view, status)
    elif status.state in AT_ODDS:
        yield AT_ODDS[status.state](view, status)


def known(view: ContractView) -> Iterator[Finding]:
    """Say what is applied, and is known nowhere else."""
    if view.owner is Owner.UNKNOWN:
        return
    for status in statuses(view):
        if status.state is SpaceState.AHEAD:
            yield _ahead(view, status)
        if changed := tuple(edited(status)):
            yield _edited(view, status, changed)
        if status.unplanned:
            yield _unplanned(view, status)


def _unknown(view: ContractView, status: SpaceStatus, folder_unread: str | None) -> Finding:
    name, packages = view.environment, status.contents.packages
    last = max((each.created_at for each in status.edges), default=None)
    applied = f" (it applied one {words.moment(last)})" if last else ""
    why = (
        "no ref names its target, and the packages have several ends"
        if packages
        else folder_unread or "no packages of Prisma 8 are configured"
    )
    return Finding(
        code="migrations-unknown",
        severity=Severity.UNKNOWN,
        environment=name,
        summary=f"It is unknown what is pending in {status.label(name)}: {why}.",
        explanation=f"Prisma 8 owns the migrations{applied}. {ownership.INERT}",
        evidence=view.seen(view.at_marker(status.space), *_elsewhere(view)),
        fix=repairs.name_target(view) if packages else repairs.configure_folder(view),
        resolves_when="the packages and their target are known",
    )


def _elsewhere(view: ContractView) -> Iterator[str]:
    own = view.marker()
    for name, contract in view.elsewhere.items():
        if own and contract is not None:
            same = "the same contract" if own.core_hash.endswith(contract) else shortened(contract)
            yield f"{name} is at {same}"


def _broken(view: ContractView, status: SpaceStatus) -> Finding:
    names = _named(status, status.broken)
    return Finding(
        code="broken-folder",
        severity=Severity.ERROR,
        environment=view.environment,
        summary=f"The package {names} does not match its planned hash.",
        explanation="Its migration.json or ops.json was changed by hand or is incomplete: "
        "prisma migration status stops with CONTRACT_SPACE_VIOLATION.",
        evidence=view.seen(
            *(f"{each.name}: planned as {shortened(each.hash)}" for each in status.broken)
        ),
        fix=repairs.restore_package(names),
        resolves_when="each package matches its migrationHash",
    )


def _running(view: ContractView, status: SpaceStatus) -> Finding:
    return Finding(
        code="migration-running",
        severity=Severity.UNKNOWN,
        confidence=Confidence.LIKELY,
        environment=view.environment,
        summary=f"Prisma 8 is migrating {view.environment}: {_named(status, status.way)}.",
        explanation="Its lock is held; all pending packages are applied in one transaction.",
        evidence=view.seen("the advisory lock of prisma_8.contract.marker is held", query="proof"),
        fix=repairs.wait(view),
        resolves_when="no migration is running",
    )


def _pending(view: ContractView, status: SpaceStatus) -> Finding:
    number = words.count(len(status.way), "migration")
    again = (
        f"{_named(status, status.again)} was applied and then rolled back: prisma migration "
        "status wrongly says “Up to date”. "
        if status.again
        else ""
    )
    return Finding(
        code="pending",
        severity=Severity.ERROR,
        environment=view.environment,
        summary=(
            f"{number} of Prisma 8 not applied in {view.environment}: {_named(status, status.way)}."
        ),
        explanation=f"{again}prisma db migrate applies them in one transaction; a failed one "
        "leaves no trace.",
        evidence=view.seen(view.at_marker(status.space), status.towards),
        fix=repairs.migrate(view, status.way),
        resolves_when="the marker is at the target",
    )


def _diverged(view: ContractView, status: SpaceStatus) -> Finding:
    return Finding(
        code="diverged",
        severity=Severity.ERROR,
        environment=view.environment,
        summary=f"No package leads to or from the contract of {view.environment}.",
        explanation="It was signed or changed with prisma db update from another branch: prisma "
        "db migrate stops with PATH_UNREACHABLE.",
        evidence=view.seen(view.at_marker(status.space), status.towards),
        fix=repairs.rejoin(view),
        resolves_when="a package leads from the marker to the target, or it is signed again",
    )


def _forked(view: ContractView, status: SpaceStatus) -> Finding:
    return Finding(
        code="forked",
        severity=Severity.ERROR,
        environment=view.environment,
        summary=f"No package leads from where {view.environment} is to its target.",
        explanation="Two branches start from the same contract, or a step was never planned: "
        "prisma db migrate stops with PATH_UNREACHABLE.",
        evidence=view.seen(view.at_marker(status.space), status.towards),
        fix=repairs.plan_path(view, status),
        resolves_when="a package leads from the marker to the target",
    )


def _invariants_missing(view: ContractView, status: SpaceStatus) -> Finding:
    names = words.listed(sorted(status.missing))
    return Finding(
        code="invariants-missing",
        severity=Severity.ERROR,
        environment=view.environment,
        summary=f"{view.environment} is at its target without the data migrations {names}.",
        explanation="The ref requires them, but the marker was signed past them. prisma db "
        "migrate stops with MIGRATION.MISSING_INVARIANTS.",
        evidence=view.seen(view.at_marker(status.space), f"missing: {names}"),
        fix=repairs.look_with_prisma(view),
        resolves_when="the marker has every invariant of its target",
    )


def _ahead(view: ContractView, status: SpaceStatus) -> Finding:
    names = [status.label(each) for each in unknown_names(status)]
    names = names or [status.label(each.name) for each in status.way]
    return Finding(
        code="db-ahead",
        severity=Severity.WARNING,
        environment=view.environment,
        summary=f"{view.environment} is ahead of the known target: {words.some(names)}.",
        explanation="The checkout is older than what is applied: prisma db migrate stops with "
        "PATH_UNREACHABLE.",
        evidence=view.seen(view.at_marker(status.space), f"applied: {words.listed(names)}"),
        caveats=("The folder or the other environments may be out of date.",),
        fix=repairs.catch_up(view),
        resolves_when="the folder contains what is applied",
    )


def _edited(view: ContractView, status: SpaceStatus, changed: Sequence[Package]) -> Finding:
    names = _named(status, changed)
    return Finding(
        code="edited",
        severity=Severity.WARNING,
        environment=view.environment,
        summary=f"{words.count(len(changed), 'package')} changed after being applied in "
        f"{view.environment}: {names}.",
        explanation="Its newest ledger row has another hash: the folder now contains something "
        "else than what ran.",
        evidence=view.seen(*(f"{each.name}: now {shortened(each.hash)}" for each in changed)),
        fix=repairs.restore_package(names),
        resolves_when="the package matches what was applied",
    )


def _unplanned(view: ContractView, status: SpaceStatus) -> Finding:
    return Finding(
        code="db-update-only",
        severity=Severity.WARNING,
        environment=view.environment,
        summary=f"{view.environment} is at its target, but no package leads there.",
        explanation="It was changed with prisma db update: no other environment can follow.",
        evidence=view.seen(view.at_marker(status.space)),
        fix=repairs.plan_path(view, status),
        resolves_when="a package leads to the contract",
    )


AT_ODDS: Mapping[SpaceState, Callable[[ContractView, SpaceStatus], Finding]] = {
    SpaceState.DIVERGED: _diverged,
    SpaceState.FORKED: _forked,
}


def _named(status: SpaceStatus, packages: Sequence[Package]) -> str:
    return words.some([status.label(each.name) for each in packages])
