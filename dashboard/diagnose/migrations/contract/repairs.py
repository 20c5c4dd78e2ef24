"""What to do about migrations that Prisma 8 owns."""

from collections.abc import Sequence

from dashboard.diagnose import fixes, sql, words
from dashboard.diagnose.facts import ContractTables, TableAccess
from dashboard.diagnose.finding import Command, Fix
from dashboard.diagnose.migrations.contract.packages import Package
from dashboard.diagnose.migrations.contract.state import SpaceStatus
from dashboard.diagnose.migrations.contract.view import ContractView

DEPLOYER = "whoever may run migrations"
COLUMNS = {
    "marker": ("space", "core_hash", "updated_at", "invariants"),
    "ledger": (
        "id",
        "created_at",
        "space",
        "migration_name",
        "migration_hash",
        "origin_core_hash",
        "destination_core_hash",
    ),
}


def _prisma(view: ContractView, title: str, *arguments: str) -> Command:
    folder = view.folder.path if view.folder else None
    return fixes.prisma(view.environment, folder, title, "db", *arguments)


def grants(tables: ContractTables, role: str) -> tuple[str, ...]:
    """Write what a role needs to read Prisma 8's tables; only those that are there."""
    name = sql.identifier(role)
    there = {"marker": tables.marker, "ledger": tables.ledger}
    columns = tuple(
        f"grant select ({', '.join(COLUMNS[table])})\n    on prisma_contract.{table} to {name};"
        for table, access in there.items()
        if access is not TableAccess.ABSENT
    )
    return (f"grant usage on schema prisma_contract to {name};", *columns) if columns else ()


def grant(view: ContractView) -> Fix:
    return Fix(
        title=f"Allow the dashboard's role to read Prisma 8's tables in {view.environment}",
        steps=("Run this as the schema's owner, then check again.",),
        commands=(Command("\n".join(grants(view.tables, view.facts.catalog.server.role))),),
        risk="low (the role can read these columns, nothing else)",
        needs_role="table owner",
    )


def configure_folder(view: ContractView) -> Fix:
    return Fix(
        title="Allow the dashboard to read Prisma 8's packages",
        steps=(
            "Add the folder to migrations under [diagnosis]: …/migrations, or …/migrations/app. "
            "It may be a list that also has Prisma 7's folder.",
            f"Until then, use Prisma 8's own db migrate --show in {view.environment}.",
        ),
        needs_role="operations",
    )


def name_target(view: ContractView) -> Fix:
    return Fix(
        title=f"Name the target of {view.environment}",
        steps=(
            f"Name its contract with a ref: migrations/app/refs/{view.environment}.json.",
            "Or give the dashboard the emitted contract.json next to the folder.",
        ),
        needs_role="developer",
    )


def migrate(view: ContractView, way: Sequence[Package]) -> Fix:
    names = words.some([each.name for each in way])
    return Fix(
        option=3,
        title=f"Apply the pending migrations in {view.environment}",
        steps=(
            f"See what will run in {view.environment}: {names}. migration status may report less.",
            "Apply them.",
        ),
        commands=(
            _prisma(view, "See", "migrate", "--show"),
            _prisma(view, "Apply", "migrate"),
        ),
        risk="medium: changes the database schema; if one package fails, none is applied",
        needs_role=DEPLOYER,
    )


def hand_over(view: ContractView) -> Fix:
    return Fix(
        title=f"Hand {view.environment} over to Prisma 8",
        steps=(
            (
                "Apply the migrations still pending in Prisma 7, or compare the tables with the "
                "contract."
            ),
            "Sign the contract that its tables have: the one the baseline leads to.",
            "Then apply Prisma 8's packages.",
        ),
        commands=(
            _prisma(view, "Compare", "verify"),
            _prisma(view, "Sign", "sign"),
            _prisma(view, "Apply", "migrate"),
        ),
        risk="medium: what is signed but missing is never created",
        needs_role=DEPLOYER,
    )


def read_older(view: ContractView) -> Fix:
    return Fix(
        title=f"Allow the dashboard to check Prisma 7's ledger in {view.environment}",
        steps=(
            (
                "Allow the role to read _prisma_migrations, or drop that table: Prisma 8 does not "
                "use it."
            ),
        ),
        needs_role="table owner",
    )


def one_owner(view: ContractView) -> Fix:
    return Fix(
        title=f"Migrate {view.environment} with Prisma 8 only",
        steps=(
            "Find the pipeline that still runs Prisma 7's prisma migrate deploy and stop it.",
            "Compare the tables with the contract and plan a package for what Prisma 7 changed.",
        ),
        commands=(_prisma(view, "Compare", "verify"),),
        needs_role="developer",
    )


def rejoin(view: ContractView) -> Fix:
    return Fix(
        title=f"Bring {view.environment} back to a contract of the folder",
        steps=(
            "Find the branch whose packages lead to this contract and update the checkout.",
            "If there is none, compare the tables with the target, plan the differences and sign.",
        ),
        commands=(_prisma(view, "Compare", "verify"),),
        needs_role="developer",
    )


def plan_path(view: ContractView, status: SpaceStatus) -> Fix:
    target = status.target.hash if status.target else ""
    origin = status.marker if status.marker != target else ""
    from_there = f" --from {origin}" if origin else ""
    return Fix(
        title="Plan the missing package",
        steps=("Plan it in the application's checkout and commit it.",),
        commands=(_prisma(view, "Plan", f"migration plan{from_there}"),),
        needs_role="developer",
    )


def catch_up(view: ContractView) -> Fix:
    return Fix(
        title="Pull the branch that contains these migrations",
        steps=(
            "Update the configured checkout, or deploy the application version that contains "
            "these packages.",
            "To undo them instead, plan a package back and apply it with db migrate --to.",
        ),
        needs_role="developer",
    )


def restore_package(names: str) -> Fix:
    return Fix(
        title="Restore the package",
        steps=(
            f"Restore {names} from version control as planned and applied.",
            "Put the change into a new package.",
        ),
        needs_role="developer",
    )


def wait(view: ContractView) -> Fix:
    return Fix(
        title=f"Wait for the migration in {view.environment}, then check again",
        steps=("Wait until the running deploy is done.",),
    )


def ask_again(view: ContractView) -> Fix:
    return Fix(
        title=f"Check {view.environment} again",
        steps=("Wait until the load or the lock is gone, then check again.",),
    )


def look_with_prisma(view: ContractView) -> Fix:
    return Fix(
        title=f"Check the migrations of {view.environment} with Prisma 8 itself",
        steps=("Run this with DATABASE_URL set to that environment.",),
        commands=(_prisma(view, "See", "migrate", "--show"),),
    )
