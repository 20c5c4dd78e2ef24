"""Commands for people to copy: Prisma's own, run from the package that holds the folder."""

from collections.abc import Iterable
from pathlib import PurePath
from shlex import quote

from dashboard.diagnose import fixes, sql
from dashboard.diagnose.finding import Command
from dashboard.diagnose.migrations.view import LedgerView

TABLE = "_prisma_migrations"
READER = "deployment_dashboard"  # as the documentation calls it, where the real name is not known
COLUMNS = (
    "id",
    "migration_name",
    "checksum",
    "started_at",
    "finished_at",
    "rolled_back_at",
    "applied_steps_count",
    "logs",
)


def prisma(view: LedgerView, title: str, *arguments: str) -> Command:
    """Write `npx prisma migrate …`."""
    return fixes.prisma(view.environment, view.migrations_folder, title, "migrate", *arguments)


def resolve(view: LedgerView, flag: str, names: Iterable[str]) -> tuple[Command, ...]:
    return tuple(prisma(view, f"Mark {name}", "resolve", flag, name) for name in names)


def run_script(view: LedgerView, name: str) -> Command:
    """Write how to run a script by hand, as one transaction, with psql's own settings."""
    folder = PurePath(view.migrations_folder or "prisma/migrations")
    script = PurePath(folder.parent.name, folder.name, name, "migration.sql")
    target = f'"<{view.environment}: the owner of its tables>"'
    line = f"psql {target} --single-transaction -v ON_ERROR_STOP=1 -f {quote(str(script))}"
    return Command(
        fixes.in_package(view.migrations_folder, line), "bash", ("If everything is missing")
    )


def logs(view: LedgerView, name: str) -> Command:
    """Write how to read what stopped a migration: the text may hold rows, so it is not shown."""
    lines = (
        "select logs",
        f"from {_table(view)}",
        f"where migration_name = {sql.literal(name)}",
        "    and finished_at is null and rolled_back_at is null;",
    )
    return Command("\n".join(lines), title="Read why")


def grant(view: LedgerView) -> Command:
    columns, role = ", ".join(COLUMNS), sql.identifier(view.role or READER)
    return Command(f"grant select ({columns})\n    on {_table(view)} to {role};")


def lock_holder() -> Command:
    lines = (
        "select l.pid, a.application_name, a.state, a.query_start",
        "from pg_locks l join pg_stat_activity a using (pid)",
        "where l.locktype = 'advisory' and l.objid = 72707369;",
    )
    return Command("\n".join(lines), title="Who holds the lock")


def _table(view: LedgerView) -> str:
    schema = "" if view.schema == "public" else f"{sql.identifier(view.schema)}."
    return schema + TABLE
