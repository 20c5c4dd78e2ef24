"""Packages of Prisma 8's as scripts: what its checks skip on this schema, and what they refuse.

A check that reads rows is for the environment to answer, not for an empty copy of it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import postgast
import psycopg

from dashboard.diagnose.migrations.contract.operations import Asked, Operation
from dashboard.rehearsal.server import Connection
from queries.records import dataclass

CATALOGS = ("pg_", "information_schema.")


@dataclass(frozen=True, slots=True)
class Planned:
    """The statements that would be run, up to where a check refuses or nobody can say why not."""

    name: str
    script: str = ""
    refused: str | None = None
    doubt: str | None = None

    @property
    def ends(self) -> bool:
        return bool(self.refused or self.doubt)


def planned(
    connection: Connection, packages: Sequence[tuple[str, Sequence[Operation]]]
) -> Iterator[Planned]:
    """Run one after the other, each operation on what those before it made."""
    for name, operations in packages:
        plan = Planned(name)
        for each in operations:
            plan = _after(connection, each, plan)
            if plan.ends:
                break
        yield plan
        if plan.ends:
            return


def _after(connection: Connection, operation: Operation, plan: Planned) -> Planned:
    checks = (*operation.behind, *operation.before)
    if unsure := next((each for each in checks if _holds(connection, each) is None), None):
        return replace(plan, doubt=unsure.says)
    if operation.behind and all(_holds(connection, each) for each in operation.behind):
        return plan
    if against := next((each for each in operation.before if not _holds(connection, each)), None):
        return replace(plan, refused=against.says)
    script = "".join(f"{each.text.rstrip().rstrip(';')};\n" for each in operation.run)
    _run(connection, script)
    return replace(plan, script=plan.script + script)


def _holds(connection: Connection, check: Asked) -> bool | None:
    """Ask the schema; None where it cannot tell."""
    try:
        tables = postgast.extract_tables(postgast.parse(check.text))
        if not all(each.startswith(CATALOGS) for each in tables):
            return None
        row = connection.execute(check.text.encode()).fetchone()
    except (psycopg.Error, postgast.PgQueryError):
        return None
    return bool(row[0]) if row else None


def _run(connection: Connection, script: str) -> None:
    """Go on behind what fails: the rehearsal of the script says why it does."""
    try:
        connection.execute(script.encode())
    except psycopg.Error:
        if connection.closed:
            raise
