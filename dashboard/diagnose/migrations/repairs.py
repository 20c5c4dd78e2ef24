"""What to do about a ledger, apart from the runbook's option 3, which is beside its findings."""

from collections.abc import Iterator

from dashboard.diagnose import fixes, words
from dashboard.diagnose.finding import Fix
from dashboard.diagnose.migrations import commands
from dashboard.diagnose.migrations.states import MigrationStatus
from dashboard.diagnose.migrations.view import LedgerView

DEPLOYER = "whoever may deploy"
# stands for a migration where none is known by name
UNNAMED = "NAME_OF_THE_MIGRATION"
ABOUT = {
    "23502": "rows with NULL in a column that becomes required",
    "23503": "rows that refer to rows that do not exist",
    "23505": "rows that are equal in columns that become unique",
    "42P01": "a table that is not there",
    "42P07": "a table or index that is there already",
    "42701": "a column that is there already",
    "42703": "a column that is not there",
    "42704": "a constraint or type that is not there",
    "42710": "a constraint or type that is there already",
}


def recover(view: LedgerView, failed: MigrationStatus) -> Fix:
    """Repair first, then tell the ledger, then deploy: in any other order deploy stops."""
    name = failed.name
    codes = sorted({row.sqlstate for row in failed.unfinished if row.sqlstate})
    return Fix(
        title=f"Recover from {name} in {view.environment}",
        steps=(
            f"Read why it stopped{_about(codes)}. The text may hold row data: keep it to yourself.",
            "Repair the data, and compare the tables with the script: run as one piece it leaves "
            "nothing behind, but a runner that splits it leaves what came before the error.",
            "Then tell the ledger that it was rolled back.",
            "Only then deploy: before that `prisma migrate deploy` stops with P3009.",
        ),
        commands=(
            commands.logs(view, name),
            *commands.resolve(view, "--rolled-back", [name]),
            commands.prisma(view, "Apply", "deploy"),
        ),
        risk="medium: the migration runs again; it fails again while the data is as it was",
        needs_role=DEPLOYER,
    )


def _about(codes: list[str]) -> str:
    shown = [f"{code}, {ABOUT[code]}" if code in ABOUT else code for code in codes]
    return f" (SQLSTATE {words.listed(shown)})" if codes else ""


def mark_applied(view: LedgerView, name: str) -> Fix:
    return Fix(
        title=f"Mark {name} as applied in {view.environment}",
        steps=(
            "Only if the tables have everything that the script makes: compare them first.",
            "Then tell the ledger; nothing of the script is run.",
        ),
        commands=commands.resolve(view, "--applied", [name]),
        risk="medium: what is missing after that is never made",
        needs_role=DEPLOYER,
    )


def wait(view: LedgerView) -> Fix:
    return Fix(
        title=f"Wait for the migration in {view.environment}, then look again",
        steps=(
            "Wait until the deploy that runs it is done.",
            "After ten minutes suspect a lock that was left behind (Prisma's P1002): "
            "the query shows who holds it.",
        ),
        commands=(commands.lock_holder(),),
    )


def catch_up(view: LedgerView) -> Fix:
    return Fix(
        title=f"Bring the checkout up to what {view.environment} has",
        steps=(
            "Update the checkout whose folder is configured here, or deploy the application's "
            "version that has these migrations.",
            "If nobody has them: find out who applied them, and put them under version control.",
        ),
        needs_role="developer",
    )


def restore_script(names: str) -> Fix:
    return Fix(
        title="Restore the script that was applied",
        steps=(
            f"Restore {names} from version control, to the text that was applied.",
            "Put the change into a new migration: an applied one never runs again.",
        ),
        needs_role="developer",
    )


def restore_folder(names: str) -> Fix:
    return Fix(
        title="Restore migration.sql",
        steps=(
            f"Restore the migration.sql of {names} from version control.",
            "If a change of branch left the folder behind, empty: delete it.",
        ),
        needs_role="developer",
    )


def run_typescript(places: str) -> Fix:
    return Fix(
        title=f"Run it in {places} with the runner it was written for",
        steps=(
            "Find out from the application's scripts which runner runs migration.ts.",
            "Run it there, with DATABASE_URL set to that environment. If that does not write the "
            "ledger, keep these folders apart from those that Prisma deploys.",
        ),
        risk="that of the data migration itself",
        needs_role="developer",
    )


def correct_folder() -> Fix:
    return Fix(
        title="Let the dashboard read the migrations folder",
        steps=(
            "Compare migrations under [diagnosis] with where the checkout lies on this machine.",
            "Check that the dashboard's user may read it; in a container, that it is mounted.",
        ),
        needs_role="operations",
    )


def apply_by_hand(view: LedgerView, name: str) -> Fix:
    return Fix(
        title=f"Make what {name} makes in {view.environment}",
        steps=(
            "Compare the tables with its migration.sql, statement by statement.",
            f"Run what is missing as the owner of the tables in {view.environment}, in one "
            "transaction, or write a new migration that makes it: `prisma migrate deploy` will "
            "not, since for Prisma it is applied.",
        ),
        commands=(commands.run_script(view, name),),
        risk="medium: changes the database's schema",
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
        risk="medium: what is wrongly marked as applied is never made",
        needs_role=DEPLOYER,
    )


def _baseline_steps(view: LedgerView) -> Iterator[str]:
    yield from _compare_schema(view)
    yield "Find out which migrations the tables already have: they may come from `prisma db push`."
    yield "Mark each of these as applied, in their order: the first command, once for each."
    yield "Then apply the rest."


def first_deploy(view: LedgerView) -> Fix:
    return Fix(
        title=f"Deploy to {view.environment} for the first time",
        steps=(
            *_compare_schema(view),
            "Check that the URL names the right database and schema: deploying would run into "
            "what other schemas have."
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
            f"Compare the URL first: there is a ledger in {found}, and “{view.schema}” was asked. "
            "If ?schema= is wrong, correct it and stop here."
        )


def grant(view: LedgerView) -> Fix:
    return Fix(
        title=f"Let the dashboard's role read the ledger of {view.environment}",
        steps=("Run this as the owner of the table, then look again.",),
        commands=(commands.grant(view),),
        risk="low: the role can read these columns, nothing else",
        needs_role="table owner",
    )


def see_every_row(view: LedgerView) -> Fix:
    return fixes.see_every_row(view.environment, view.role or commands.READER)


def ask_again(view: LedgerView) -> Fix:
    return Fix(
        title=f"Ask {view.environment} again",
        steps=(
            "Wait until the load or the lock is gone: a migration that runs may hold it.",
            "Then look again.",
        ),
    )
