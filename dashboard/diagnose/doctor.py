"""What is configured, reachable and readable: a line for each, and what to do about it."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from dashboard.diagnose import unanswered, words
from dashboard.diagnose.facts import STANDBY, Catalog, EnvironmentFacts, Unavailable
from dashboard.diagnose.finding import Severity
from dashboard.diagnose.grants import Grants
from dashboard.diagnose.health.report import WORST_FIRST
from dashboard.diagnose.migrations.folder import Folder
from dashboard.environments import Environment
from queries.records import dataclass

GRANTS = "Run ./run doctor --grants and execute its output as the owner of the tables."
LOGS = "See docs/failure-sources/README.md for how to enable one."


@dataclass(frozen=True, slots=True)
class MigrationsFolder:
    path: str
    folder: Folder | None
    unread: str | None


@dataclass(frozen=True, slots=True)
class Configuration:
    """What holds for all environments; `source` is the file, None where variables say it all."""

    source: str | None
    constraint: str
    warnings: tuple[str, ...]
    folder: MigrationsFolder | None


@dataclass(frozen=True, slots=True)
class LogSource:
    """Whether the server's log is read, why not where it could be, and all that tells of failures.

    `off` None: no SQL reads the log.
    """

    on: bool
    off: str | None
    told_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Examination:
    """An environment that answered; its catalog is shaped as if all of it could be read."""

    facts: EnvironmentFacts
    address: str
    grants: Grants
    log: LogSource


@dataclass(frozen=True, slots=True)
class Line:
    """`do` is what is to be done; None where it is as it should be."""

    about: str
    severity: Severity
    says: str
    do: str | None = None


@dataclass(frozen=True, slots=True)
class EnvironmentLines:
    environment: Environment
    lines: tuple[Line, ...]
    grants: Grants | None

    @property
    def status(self) -> Severity:
        return min((each.severity for each in self.lines), key=WORST_FIRST.index)


@dataclass(frozen=True, slots=True)
class DoctorReport:
    configuration: tuple[Line, ...]
    environments: tuple[EnvironmentLines, ...]

    @property
    def severities(self) -> frozenset[Severity]:
        lines = [line for each in self.environments for line in each.lines]
        return frozenset(each.severity for each in (*self.configuration, *lines))


def judge(
    configuration: Configuration, examined: Mapping[Environment, Examination | Unavailable]
) -> DoctorReport:
    return DoctorReport(
        tuple(_of_configuration(configuration)),
        tuple(_of_environment(*each, configuration) for each in examined.items()),
    )


def _of_configuration(configuration: Configuration) -> Iterator[Line]:
    says = configuration.source or "environment variables"
    yield Line("configuration", Severity.OK, says)
    for warning in configuration.warnings:
        yield Line("configuration", Severity.INFO, warning)
    yield _folder(configuration.folder)


def _folder(folder: MigrationsFolder | None) -> Line:
    if folder is None:
        return Line(
            "migrations folder",
            Severity.INFO,
            "not configured: ledgers are compared with each other",
            'Set migrations = "…/prisma/migrations" under [diagnosis].',
        )
    if folder.folder is None:
        do = "Correct migrations under [diagnosis], or allow this user to read the folder."
        return Line("migrations folder", Severity.ERROR, folder.unread or folder.path, do)
    number = len(folder.folder.scripts)
    if not number:
        says = f"{folder.path} contains no migrations"
        return Line("migrations folder", Severity.ERROR, says, "Correct migrations.")
    says = f"{words.count(number, 'migration')} in {folder.path}"
    return Line("migrations folder", Severity.OK, says)


def _of_environment(
    environment: Environment, examined: Examination | Unavailable, configuration: Configuration
) -> EnvironmentLines:
    if isinstance(examined, Unavailable):
        do = " ".join(unanswered.fix(environment, examined.kind).steps)
        line = Line("reachable", Severity.UNKNOWN, examined.message, do)
        return EnvironmentLines(environment, (line,), None)
    lines = (
        Line("reachable", Severity.OK, f"{examined.address} answered"),
        _server(examined.facts),
        _schema(environment, examined.facts.catalog),
        _constraint(examined.facts.catalog),
        *_reading(examined),
        _ledger(examined),
        _log(examined.log),
    )
    return EnvironmentLines(environment, lines, examined.grants)


def _server(facts: EnvironmentFacts) -> Line:
    server = facts.catalog.server
    says = f"PostgreSQL {server.version}, database {server.database}, role {server.role}"
    if facts.proof.in_recovery:
        do = "Use the URL of the primary: a standby may lag behind."
        return Line("server", Severity.WARNING, f"{says}; {STANDBY}", do)
    return Line("server", Severity.OK, says)


def _schema(environment: Environment, catalog: Catalog) -> Line:
    server, name = catalog.server, catalog.name
    if not server.schema_exists:
        do = f"Correct ?schema= in the URL of [connections.{environment.name}]."
        return Line("schema", Severity.ERROR, f"there is no schema {name}", do)
    return Line("schema", Severity.OK, name)


def _constraint(catalog: Catalog) -> Line:
    name, definition = catalog.constraint, catalog.definition
    if catalog.unclear:
        do = "Set another constraint under [diagnosis], or one schema with ?schema= in the URL."
        return Line("constraint", Severity.ERROR, f"{name}: {catalog.unclear}", do)
    if definition is None and not catalog.foreign_keys:
        says = "this database has no foreign keys"
        do = 'Check the URL. With relationMode = "prisma" there is nothing to violate.'
        return Line("constraint", Severity.ERROR, says, do)
    if definition is None or catalog.borrowed:
        nearest = words.listed([words.line(each) for each in catalog.nearest_keys])
        do = f"Set constraint under [diagnosis] to an existing foreign key, such as {nearest}."
        if definition is not None:
            do = "Run ./run check: other environments or the migrations have it."
        return Line("constraint", Severity.ERROR, f"{name} is not a foreign key here", do)
    return Line(
        "constraint",
        Severity.OK,
        f"{name}: {definition.child_label} references "
        f"{definition.parent_table}.{', '.join(definition.parent_columns)}",
    )


def _reading(examined: Examination) -> Iterator[Line]:
    grants, catalog = examined.grants, examined.facts.catalog
    if examined.facts.ends is None:
        says = "the constraint's tables are unknown, and so are the needed privileges"
        yield Line("readable", Severity.UNKNOWN, says, "Correct the constraint first.")
        return
    number = sum(len(each.columns) for each in grants.tables)
    missing = sum(len(each.missing) for each in grants.missing)
    if missing:
        named = ", ".join(words.line(each.label) for each in grants.missing)
        severity = Severity.WARNING if _proves(examined) else Severity.UNKNOWN
        says = f"{missing} of {words.count(number, 'column')} are not readable: {named}"
        yield Line("readable", severity, says, GRANTS)
    else:
        yield Line("readable", Severity.OK, words.count(number, "column") + ", all that are used")
    hidden = [each for each in catalog.unsearched if "row security" in each]
    unindexed = [each for each in catalog.unsearched if each not in hidden]
    yield from _hidden(catalog, hidden)
    if unindexed:
        says = words.line("; ".join(unindexed))
        yield Line("searchable", Severity.INFO, says, "With an index on it, it could be searched.")


def _proves(examined: Examination) -> bool:
    """Whether the parent's key, on which every proof stands, may be read."""
    parent = examined.facts.catalog.own_parent
    if parent is None:
        return True
    schema, table = parent.table.schema, parent.table.name
    return all(examined.grants.may_read(schema, table, each) for each in parent.key.names)


def _hidden(catalog: Catalog, others: list[str]) -> Iterator[Line]:
    parent, role = catalog.own_parent, catalog.server.role
    do = f"Allow {words.line(role)} to see all rows: alter role … bypassrls, or a policy."
    if parent and parent.table.row_security:
        says = f"row security hides rows of {words.line(parent.table.name)}"
        yield Line("rows", Severity.UNKNOWN, says, do)
    if others:
        yield Line("rows", Severity.WARNING, words.line("; ".join(others)), do)


def _ledger(examined: Examination) -> Line:
    catalog = examined.facts.catalog
    if examined.facts.proof.prisma_8:
        says = "Prisma 8 keeps the migrations, which the dashboard does not check"
        return Line(
            "migrations", Severity.UNKNOWN, says, ("Use Prisma's own commands for their state.")
        )
    if catalog.ledger is None:
        says = f"there is no _prisma_migrations in {words.line(catalog.name)}"
        do = "Check ?schema=, or baseline the database: ./run check says how."
        return Line("migrations", Severity.WARNING, says, do)
    if catalog.ledger.row_security:
        says = "row security hides rows of _prisma_migrations"
        return Line("migrations", Severity.WARNING, says, "Allow the role to see all its rows.")
    if any(each.name == catalog.ledger.name for each in examined.grants.missing):
        says = "_prisma_migrations is not readable"
        return Line("migrations", Severity.WARNING, says, GRANTS)
    return Line("migrations", Severity.OK, "_prisma_migrations is readable")


def _log(log: LogSource) -> Line:
    also = [each for each in log.told_by if each != "the server's log"]
    others = f"; failures are read from {words.listed(also)}" if also else ""
    if log.on:
        return Line("log source", Severity.OK, f"the server's log is read{others}")
    if log.off:
        return Line("log source", Severity.WARNING, f"the server's log: {log.off}{others}", LOGS)
    return Line(
        "log source", Severity.INFO, (f"the server's log is not readable by SQL{others}"), LOGS
    )


def to_json(report: DoctorReport) -> dict[str, Any]:
    return {
        "configuration": [asdict(each) for each in report.configuration],
        "environments": {
            each.environment.name: {
                "status": each.status,
                "lines": [asdict(line) for line in each.lines],
                "grants": list(each.grants.statements) if each.grants else None,
            }
            for each in report.environments
        },
    }


def to_text(report: DoctorReport) -> str:
    blocks = [("configuration", report.configuration)]
    blocks += [(each.environment.name, each.lines) for each in report.environments]
    return "\n".join(
        line for name, lines in blocks for line in (name, *(_text_of(each) for each in lines))
    )


def _text_of(line: Line) -> str:
    about = "" if line.about == "configuration" else f"{line.about}: "
    do = f"\n           {words.line(line.do)}" if line.do else ""
    return f"  {line.severity:<8} {about}{words.line(line.says)}{do}"


def grants_text(report: DoctorReport) -> str:
    """Write the grants of all environments: SQL, and a comment where there are none to be had."""
    return "\n".join(line for each in report.environments for line in _grants_of(each))


def _grants_of(each: EnvironmentLines) -> Iterator[str]:
    says = f"-- {each.environment.name}: {words.line(each.lines[0].says)}"
    if each.grants is None:
        yield says
        return
    yield f"{says}; run this as the owner of the tables"
    yield from each.grants.statements
