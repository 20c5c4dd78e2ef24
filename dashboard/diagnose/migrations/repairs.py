"""What to do about a ledger, apart from the runbook's option 3, which is beside its findings."""

from collections.abc import Iterator

from dashboard.diagnose import fixes, words
from dashboard.diagnose.finding import Fix
from dashboard.diagnose.migrations import commands
from dashboard.diagnose.migrations.states import MigrationStatus
from dashboard.diagnose.migrations.view import LedgerView

DEPLOYER = "whoever may run migrations"
# stands for a migration where none is known by name
UNNAMED = "NAME_OF_THE_MIGRATION"
ABOUT = {
    "23502": "rows with NULL in a newly required column",
    "23503": "rows that refer to rows that do not exist",
    "23505": "duplicates in newly unique columns",
    "42P01": "a missing table",
    "42P07": "a table or index that already exists",
    "42701": "a column that already exists",
    "42703": "a missing column",
    "42704": "a missing constraint or type",
    "42710": "a constraint or type that already exists",
}


def recover(view: LedgerView, failed: MigrationStatus) -> Fix:
    """Repair first, then tell the ledger, then deploy: in any other order deploy stops."""
    name = failed.name
    codes = sorted({row.sqlstate for row in failed.unfinished if row.sqlstate})
    return Fix(
        title=f"Recover from {name} in {view.environment}",
        steps=(
            f"Read why it stopped{_about(codes)}. The text may contain row data: do not share it.",
            "Repair the data and compare the tables with the script. In one transaction nothing "
            "remains; run statement by statement, everything before the error has been applied.",
            "Then mark it as rolled back.",
            "Only then deploy: until then prisma migrate deploy stops with P3009.",
        ),
        commands=(
            commands.logs(view, name),
            *commands.resolve(view, "--rolled-back", [name]),
            commands.prisma(view, "Apply", "deploy"),
        ),
        risk="medium: the migration runs again, and fails again if the data is unchanged",
        needs_role=DEPLOYER,
    )


def _about(codes: list[str]) -> str:
    shown = [f"{code}, {ABOUT[code]}" if code in ABOUT else code for code in codes]
    return f" (SQLSTATE {words.listed(shown)})" if codes else ""


def mark_applied(view: LedgerView, name: str) -> Fix:
    return Fix(
        title=f"Mark {name} as applied in {view.environment}",
        steps=(
            "Only if the tables have everything that the script creates: compare them first.",
            "Then mark it as applied; the script does not run.",
        ),
        commands=commands.resolve(view, "--applied", [name]),
        risk="medium: what is still missing is never created",
        needs_role=DEPLOYER,
    )


def wait(view: LedgerView) -> Fix:
    return Fix(
        title=f"Wait for the migration in {view.environment}, then check again",
        steps=(
            "Wait until the running deploy is done.",
            "After ten minutes, suspect a leftover lock (Prisma's P1002). The query shows who "
            "holds it.",
        ),
        commands=(commands.lock_holder(),),
    )


def catch_up(view: LedgerView) -> Fix:
    return Fix(
        title="Pull the branch that contains these migrations",
        steps=(
            "Update the configured checkout, or deploy the application version that contains "
            "these migrations.",
            "If no branch contains them, find out who applied them and commit them.",
        ),
        needs_role="developer",
    )


def restore_script(names: str) -> Fix:
    return Fix(
        title="Restore the applied script",
        steps=(
            f"Restore the applied text of {names} from version control.",
            "Put the change into a new migration: an applied one never runs again.",
        ),
        needs_role="developer",
    )


def restore_folder(names: str) -> Fix:
    return Fix(
        title="Restore migration.sql",
        steps=(
            f"Restore the migration.sql of {names} from version control.",
            "If the folder is an empty leftover of another branch, delete it.",
        ),
        needs_role="developer",
    )


def run_typescript(places: str) -> Fix:
    return Fix(
        title=f"Run it in {places} with its own runner",
        steps=(
            "Find out from the application's scripts which runner runs migration.ts.",
            "Run it with DATABASE_URL set to that environment. If that does not update the "
            "ledger, keep these folders apart from those that Prisma deploys.",
        ),
        risk="that of the data migration",
        needs_role="developer",
    )


def correct_folder() -> Fix:
    return Fix(
        title="Allow the dashboard to read the migrations folder",
        steps=(
            "Compare migrations under [diagnosis] with the path of the checkout on this machine.",
            "Check that the dashboard's user may read it and, in a container, that it is mounted.",
        ),
        needs_role="operations",
    )


def apply_by_hand(view: LedgerView, name: str) -> Fix:
    return Fix(
        title=f"Create what {name} creates in {view.environment}",
        steps=(
            "Compare the tables with its migration.sql, statement by statement.",
            f"Run what is missing as the owner of the tables in {view.environment}, in one "
            "transaction, or write a new migration that creates it. prisma migrate deploy does "
            "not, because it counts as applied.",
        ),
        commands=(commands.run_script(view, name),),
        risk="medium: changes the database schema",
        needs_role="table owner",
    )


def baseline(view: LedgerView) -> Fix:
    """Tell a ledger that does not exist what the tables already have."""
    names = [script.name for script in view.reference.scripts] if view.reference else []
    return Fix(
        title=f"Put {view.environment} under Prisma's migrations",
        steps=tuple(_baseline_steps(view)),
        commands=(
            *commands.resolve(view, "--applied", names[:1] or [UNNAMED]),
            commands.prisma(view, "Apply the rest", "deploy"),
        ),
        risk="medium: what is wrongly marked as applied is never created",
        needs_role=DEPLOYER,
    )


def _baseline_steps(view: LedgerView) -> Iterator[str]:
    yield from _compare_schema(view)
    yield "Find out which migrations the tables already contain: they may come from prisma db push."
    yield "Mark each of these as applied, in order: run the first command once for each."
    yield "Then apply the rest."


def first_deploy(view: LedgerView) -> Fix:
    return Fix(
        title=f"Deploy to {view.environment} for the first time",
        steps=(
            *_compare_schema(view),
            "Check that the URL names the right database and schema: a deploy could collide "
            "with other schemas."
            if view.stops
            else "Check that the URL names the right database, then apply all migrations to it.",
        ),
        commands=() if view.stops else (commands.prisma(view, "Apply", "deploy"),),
        risk="low: the schema is empty",
        needs_role=DEPLOYER,
    )


def _compare_schema(view: LedgerView) -> Iterator[str]:
    if view.elsewhere:
        found = words.listed([f"“{schema}”" for schema in view.elsewhere])
        yield (
            f"First check the URL: the ledger is in {found}, but the URL names “{view.schema}”. "
            "If ?schema= is wrong, correct it and stop here."
        )


def grant(view: LedgerView) -> Fix:
    return Fix(
        title=f"Allow the dashboard's role to read the ledger of {view.environment}",
        steps=("Run this as the table's owner, then check again.",),
        commands=(commands.grant(view),),
        risk="low (the role can read these columns, nothing else)",
        needs_role="table owner",
    )


def see_every_row(view: LedgerView) -> Fix:
    return fixes.see_every_row(view.environment, view.role or commands.READER)


def ask_again(view: LedgerView) -> Fix:
    return Fix(
        title=f"Check {view.environment} again",
        steps=(
            "Wait until the load or the lock is gone: a running migration may hold it.",
            "Then check again.",
        ),
    )
