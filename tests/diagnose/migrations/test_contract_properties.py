"""No environment is well while a migration of Prisma 8 is pending there, or nobody could know."""

from dataclasses import replace
from datetime import timedelta

from dashboard.diagnose.facts import ContractTables, TableAccess
from dashboard.diagnose.finding import Severity
from dashboard.diagnose.health.checks import applied as applied_check
from dashboard.diagnose.health.checks import known
from dashboard.diagnose.health.judging import judge
from dashboard.diagnose.health.report import Context
from dashboard.diagnose.migrations.contract.packages import ContractFolder, Package, Space, Target
from queries.rows import ContractEdge, ContractMarker, Migration, Table
from tests.diagnose.builders import CATALOG, NOW, PROOF, STAGING, facts
from tests.tables import every

INIT, LATER = Package("1_init", "", "one", "h1"), Package("2_later", "one", "two", "h2")
OTHER = Package("2_other", "one", "three", "h3")
FOLDERS = {
    "none": None,
    "no packages": ContractFolder({"app": Space()}),
    "packages": ContractFolder({"app": Space((INIT, LATER))}),
    "a fork": ContractFolder({"app": Space((INIT, LATER, OTHER))}),
    "a ref": ContractFolder({"app": Space((INIT, LATER, OTHER), {"staging": Target("two")})}),
    "a broken one": ContractFolder({"app": Space((INIT, replace(LATER, broken=True)))}),
}
EDGES = {
    "none": (),
    "the first": (INIT,),
    "both": (INIT, LATER),
    "the other": (INIT, OTHER),
}
LEDGERS = {"none": None, "older": NOW - timedelta(days=9), "newer": NOW + timedelta(days=9)}
HEALTHY = (Severity.OK, Severity.INFO)


def edge(package: Package) -> ContractEdge:
    return ContractEdge("app", package.name, package.hash, package.origin, package.destination, NOW)


@every(
    marker=["none", "one", "two", "three", "elsewhere"],
    applied=EDGES,
    ledger=LEDGERS,
    folder=FOLDERS,
    access=[TableAccess.READABLE, TableAccess.FORBIDDEN, TableAccess.UNKNOWN_LAYOUT],
)
def test_never_well_while_something_is_pending_or_unknown(
    marker: str, applied: str, ledger: str, folder: str, access: TableAccess
) -> None:
    there = marker != "none" or applied != "none"
    readable = not there or access is TableAccess.READABLE
    started = LEDGERS[ledger]
    tables = ContractTables(access, access) if there else ContractTables()
    older = Table(9, "public", "_prisma_migrations", "r", True, False, 1)
    row = Migration("1_old", "x", started, started, None, 1, None) if started else None
    seen = facts(
        proof=replace(PROOF, prisma_8=there),
        catalog=replace(
            CATALOG,
            contract=tables,
            ledger=older if row else None,
            ledger_readable=row is not None,
            tables=(*CATALOG.tables, older) if row else CATALOG.tables,
        ),
        migrations=(row,) if row else None,
        markers=_markers(marker) if readable else None,
        contract_edges=tuple(map(edge, EDGES[applied])) if readable else None,
    )
    report = judge({STAGING: seen}, Context(contract=FOLDERS[folder]))
    (health,) = report.environments
    own = (each.severity for each in health.findings if each.code in MIGRATIONS)
    if all(each in HEALTHY for each in own):
        assert _may_be_well(marker, applied, ledger, folder, readable), health.findings


MIGRATIONS = applied_check.CHECK.codes | known.CHECK.codes


def _markers(contract: str) -> tuple[ContractMarker, ...]:
    return () if contract == "none" else (ContractMarker("app", contract, NOW, ()),)


def _may_be_well(marker: str, applied: str, ledger: str, folder: str, readable: bool) -> bool:
    """Either Prisma 8 is at the target that is known, or it was shown not to own anything."""
    planned = folder not in ("none", "no packages")
    eight = applied != "none" or planned or (marker != "none" and ledger == "none")
    if not readable:
        return False
    if not eight:
        return ledger != "none" and (marker == "none" or folder == "no packages")
    target = {"packages": "two", "a ref": "two"}.get(folder)
    return marker == target and not (applied != "none" and ledger == "newer")
