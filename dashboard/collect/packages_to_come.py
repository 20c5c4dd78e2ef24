"""The packages that Prisma 8 would run, as far as they are SQL, and where its checks end them."""

from collections.abc import Iterator
from dataclasses import replace

from dashboard.diagnose.migrations.contract.operations import Operation, UnreadableError, read
from dashboard.diagnose.migrations.contract.state import SpaceState, statuses
from dashboard.diagnose.migrations.contract.view import ContractView
from dashboard.diagnose.migrations.schema.rehearsed import CannotRehearse, RehearsedMigration
from dashboard.diagnose.migrations.schema.verdict import Answer, Verdict
from dashboard.rehearsal.client import Planned


def waiting(
    contract: ContractView,
) -> tuple[list[tuple[str, tuple[Operation, ...]]], tuple[RehearsedMigration, ...]]:
    """List what waits, and behind it the first that cannot be read as SQL."""
    readable: list[tuple[str, tuple[Operation, ...]]] = []
    spaces = () if contract.running else statuses(contract)
    for status, package in ((each, package) for each in spaces for package in each.way):
        name = status.label(package.name)
        if status.state is not SpaceState.PENDING:
            continue
        try:
            readable.append((name, read(package.operations)))
        except UnreadableError as error:
            unknown = Verdict(Answer.UNKNOWN, reasons=(str(error),))
            return readable, (RehearsedMigration(name, verdict=unknown),)
    return readable, ()


def ended(
    pending: tuple[RehearsedMigration, ...] | CannotRehearse, by: Planned | None
) -> Iterator[RehearsedMigration]:
    """Say of the one that a check ends that it does, unless it stops before."""
    for each in () if isinstance(pending, CannotRehearse) else pending:
        if by and by.name == each.name and each.verdict and not each.failure:
            yield replace(each, verdict=_checked(each.verdict, by))
        else:
            yield each


def _checked(verdict: Verdict, by: Planned) -> Verdict:
    """Tell the check, unless something before it stops the package."""
    if verdict.answer is not Answer.PASSES:
        return verdict
    if by.refused:
        return Verdict(Answer.FAILS, reasons=(f"refused by its check: {by.refused}",))
    return Verdict(Answer.UNKNOWN, reasons=(f"a check reads rows: {by.doubt}",))
