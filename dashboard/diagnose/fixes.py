"""Fix recipes: what to do, in which order, what to copy, what it risks and who may do it."""

from collections.abc import Sequence
from pathlib import PurePath
from shlex import quote

from dashboard.diagnose import sql, words
from dashboard.diagnose.facts import Catalog, Relation
from dashboard.diagnose.finding import Command, Fix
from dashboard.environments import Environment

READ_ONLY = "none (read-only)"


def in_package(migrations_folder: str | None, command: str) -> str:
    """Go to the package that holds prisma/migrations; the runbook's, where none is configured."""
    folder = migrations_folder
    package = str(PurePath(folder).parent.parent) if folder else "packages/database"
    return command if package == "." else f"cd {quote(package)}\n{command}"


def prisma(environment: str, folder: str | None, title: str, *arguments: str) -> Command:
    """Write `npx prisma …` for one environment, whatever the shell has as its URL."""
    target = f'DATABASE_URL="<{environment}: a role that may migrate>"'
    line = " ".join((target, "npx prisma", *map(quote, arguments)))
    return Command(in_package(folder, line), "bash", title)


def grant(environment: str, relations: Sequence[Relation], role: str) -> Fix:
    readable = [
        (each.table, list(dict.fromkeys([*each.key.names, *each.roles.values()])))
        for each in relations
    ]
    tables = "the table" if len(relations) == 1 else "both tables"
    return Fix(
        title=f"Allow the dashboard's role to read {tables} in {environment}",
        steps=("Run this as the table's owner, then check again.",),
        commands=(Command(sql.grant_select(readable, role)),),
        risk="low (the role can read these columns, nothing else)",
        needs_role="table owner",
    )


def use_schema(environment: str, schema: str, role: str) -> Fix:
    name = sql.identifier(schema)
    return Fix(
        title=f"Allow the dashboard's role to use the schema in {environment}",
        steps=("Run this as the schema's owner, then check again.",),
        commands=(Command(f"grant usage on schema {name} to {sql.identifier(role)};"),),
        risk="low (the role can use what it was granted in this schema)",
        needs_role="schema owner",
    )


def see_every_row(environment: str, role: str) -> Fix:
    return Fix(
        title=f"Allow the dashboard's role to see all rows in {environment}",
        steps=(
            "Row security hides rows from this role, so “not found” proves nothing.",
            "Run this as a superuser, or add a policy that allows this role all rows.",
        ),
        commands=(Command(f"alter role {sql.identifier(role)} bypassrls;"),),
        risk="medium (the role then reads all rows of its granted tables)",
        needs_role="superuser",
    )


def which_table(constraint: str) -> Fix:
    return Fix(
        title="Find out which table the application uses",
        steps=(
            "Compare both tables with the model in schema.prisma (@@schema, @@map) and with "
            "?schema= in the application's DATABASE_URL.",
            f"Write a migration that makes {constraint} reference the table it uses.",
        ),
        risk="none yet (nothing is changed)",
        needs_role="developer",
    )


def ask_again(environment: Environment, *steps: str) -> Fix:
    return Fix(
        title=f"Check {environment.name} again",
        steps=(*steps, "Then check again."),
        risk=READ_ONLY,
    )


def in_the_application(title: str, *steps: str) -> Fix:
    return Fix(
        title=title,
        steps=steps,
        risk="that of any code change",
        needs_role="developer",
    )


def which_constraint(catalog: Catalog) -> str:
    """Say what is known of a constraint that tells of no tables.

    | foreign keys | of this name           | said                                   |
    | ------------ | ---------------------- | -------------------------------------- |
    | none         | -                      | that there are none                    |
    | some         | unclear                | that it follows from the configuration |
    | some         | only in other schemas  | where they are                         |
    | some         | none                   | those that are called most like it     |
    """
    follows = f"The configured constraint is {catalog.constraint} (constraint under [diagnosis])."
    if not catalog.foreign_keys:
        return (
            f"{follows} The database has no foreign keys, as with Prisma's relationMode = "
            '"prisma": no constraint can fail there.'
        )
    if catalog.unclear:
        return follows
    elsewhere = [
        f'{key.child_schema}."{key.child_table}"'
        for key in catalog.foreign_keys
        if key.name == catalog.constraint
    ]
    if elsewhere:
        return (
            f"{follows} It is a foreign key of {words.listed(elsewhere)}; the configured schema "
            f"“{catalog.name}” has neither it nor the migrations ledger."
        )
    nearest = words.listed(catalog.nearest_keys)
    return f"{follows} Did you mean {nearest}?"


def correct_constraint(environment: str) -> Fix:
    return Fix(
        title="Correct the configured constraint",
        steps=(
            "Compare constraint under [diagnosis] with the name in the error and the foreign "
            "keys named here.",
            f"Check that the URL of {environment} names the right database and ?schema=.",
        ),
        needs_role="operations",
    )
