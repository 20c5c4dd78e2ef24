"""Where an environment may tell of failed deployments: from its catalog to statements to send."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from itertools import groupby

from dashboard.collect.discovery import spellings
from dashboard.diagnose.facts import Catalog
from dashboard.diagnose.key_types import fits
from dashboard.settings import FailureSettings
from dashboard.settings.column_roles import NAMES
from queries import registry, rows
from queries.query import Name, Statement, text_array
from queries.records import dataclass

LOG_VIEW = "constraint_violations"
REACH_VIEW = "constraint_violations_reach"
LOG_COLUMNS = ("id", "failed_at", "code", "constraint_name", "table_name", "operation")
OWN_COLUMNS = ("failed_at", "project_id", "code", "constraint_name")
FAILED_AT = ("failedAt", "failed_at", "erroredAt", "errored_at")
STATUS_ENDS = ("status", "state")
ALSO_KNOWN = ("key_column", "key_value", "project_id", "table_name", "operation", "id")
CAUSE = ("code", "constraint_name")
MOST_CAUSES = 5_000  # of the ids asked for together
EVERY_ROW, BY_STATUS, BY_ERROR = 0, 1, 2
TEXT = ("pg_catalog", "text")
LOG_DESTINATIONS = ("jsonlog", "csvlog")
TOO_HIGH = ("log", "fatal", "panic")  # of log_min_messages: errors are not logged
ENGLISH = ("C", "POSIX", "en")


class SourceKind(StrEnum):
    STATUS = "status column"
    LOG = "server log"
    TABLE = "own table"
    UPLOAD = "uploaded log"


class SourceState(StrEnum):
    ON = "on"
    OFF = "off"
    ABSENT = "not available"


@dataclass(frozen=True, slots=True)
class Source:
    """One place; `says` is what it covers where it is on, else why not.

    `names` fill the placeholders of the queries, and are empty where it is not on.
    """

    kind: SourceKind
    label: str
    state: SourceState
    says: str
    names: Mapping[str, Name] | None = None
    reach: tuple[str, str] | None = None

    @property
    def indexed(self) -> bool:
        """Whether an index answers for the column that names the project."""
        return bool(self.names and self.names["indexed"])

    def suitable(self, ids: Sequence[str]) -> list[str]:
        """Keep the ids that this column can hold; PostgreSQL refuses to compare others with it."""
        of_type = self.names["indexed_type"] if self.names else TEXT
        named = str(of_type[-1]) if isinstance(of_type, tuple) else ""
        return [each for each in ids if fits(each, ("", named))]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose failures are asked for: those of some ids, or of some causes whatever the id."""

    ids: tuple[str, ...] | None = None
    codes: tuple[str, ...] | None = None
    constraint: str | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when (not included), counted per hour or day of a zone."""

    since: datetime
    until: datetime
    unit: str = "day"
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page begins: behind the last failure of the one before it."""

    at: datetime
    id: str


@dataclass(frozen=True, slots=True)
class _Relation:
    schema: str
    name: str
    named: bool
    row_security: bool
    columns: Mapping[str, rows.FailureColumn]

    def first(self, names: Iterable[str], *families: str) -> str | None:
        """Find the first of these columns that is of one of these families."""
        return next((n for n in names if n in self.columns and self._is(n, families)), None)

    def _is(self, name: str, families: Sequence[str]) -> bool:
        return not families or self.columns[name].family in families

    def readable(self, name: str | None) -> bool:
        return name is None or self.columns[name].readable

    def optional(self, names: Iterable[str]) -> dict[str, Name]:
        """Name the columns that are there and may be read; the others are null."""
        return {n: n if n in self.columns and self.readable(n) else None for n in names}


class FailurePlan:
    """What to ask of one environment to find its sources, and then of each source."""

    def __init__(
        self, catalog: Catalog, settings: FailureSettings, overrides: Mapping[str, str]
    ) -> None:
        self._catalog = catalog
        self._settings = settings
        self._overrides = overrides
        child_oid = catalog.child.table.oid if catalog.child else 0
        columns = catalog.definition.child_columns if catalog.definition else ()
        self.logging = registry.LOGGING.bind(child_oid=child_oid)
        self.columns = registry.FAILURE_COLUMNS.bind(
            parent_oid=catalog.parent.table.oid if catalog.parent else 0,
            child_oid=child_oid,
            pointing=list(spellings(columns[0])) if len(columns) == 1 else [],
            relations=[LOG_VIEW, REACH_VIEW, settings.relation],
        )

    def sources(
        self, columns: Sequence[rows.FailureColumn], logging: rows.Logging
    ) -> tuple[Source, ...]:
        """List the sources: the log, the user's own table, and each status column."""
        relations = tuple(_relations(columns))
        named = {each.name: each for each in relations if each.named}
        log, reach = named.get(LOG_VIEW), named.get(REACH_VIEW)
        return (
            self._log(log, reach, logging),
            self._own(named.get(self._settings.relation)),
            *filter(None, (self._status(each) for each in relations if not each.named)),
        )

    def summary(self, source: Source, span: Span) -> Statement[rows.FailureCount]:
        return registry.FAILURES_SUMMARY.bind(
            {"found": self._found(source, span)},
            since=span.since,
            until=span.until,
            unit=span.unit,
            zone=span.zone,
        )

    def page(
        self,
        source: Source,
        span: Span,
        most: int,
        code: str | None = None,
        after: Cursor | None = None,
    ) -> Statement[rows.FailureRow]:
        return registry.FAILURES_PAGE.bind(
            {"found": self._found(source, span)},
            code=code,
            before_at=after.at if after else None,
            before_id=after.id if after else None,
            most=most,
        )

    def by_id(self, source: Source, span: Span, wanted: Wanted) -> Statement[rows.IdFailures]:
        """Count by id and cause; of a source with an index on the ids only those are read."""
        ids = None if wanted.ids is None else sorted(wanted.ids)
        probed = source.suitable(ids) if ids is not None and source.indexed else None
        return registry.FAILURES_BY_ID.bind(
            {"found": self._found(source, span, probed)},
            wanted=None if ids is None else text_array(ids),
            codes=list(wanted.codes) if wanted.codes else None,
            constraint_name=wanted.constraint,
            most=MOST_CAUSES,
        )

    def _found(
        self, source: Source, span: Span, ids: Sequence[str] | None = None
    ) -> Statement[rows.FailureRow]:
        asked = None if ids is None else text_array(ids)
        return registry.FAILURES_FOUND.bind(source.names, ids=asked, **self._values(source, span))

    def reach(self, source: Source) -> Statement[rows.LogReach] | None:
        return registry.LOG_REACH.bind({"reach": source.reach}) if source.reach else None

    def successes(self, since: datetime, until: datetime) -> Statement[rows.RowCount] | None:
        """Count what was deployed meanwhile; None where the child does not say when."""
        child = self._catalog.child
        if child is None or "created_at" not in child.columns or child.table.row_security:
            return None
        return registry.ROWS_BETWEEN.bind(
            {
                "child": (child.table.schema, child.table.name),
                "created_at": child.columns["created_at"],
                "status": child.columns.get("status"),
            },
            since=since,
            until=until,
            statuses=list(self._settings.statuses),
        )

    def _values(self, source: Source, span: Span) -> dict[str, object]:
        definition = self._catalog.definition
        of_log = source.kind is SourceKind.LOG and definition is not None
        return {
            "since": span.since,
            "until": span.until,
            "statuses": list(self._settings.statuses),
            "tables": [definition.child_table, definition.parent_table]
            if of_log and definition
            else None,
            # as DETAIL names them
            "child_column": ", ".join(definition.child_columns) if definition else None,
            "parent_column": ", ".join(definition.parent_columns) if definition else None,
            "parent_table": definition.parent_table if definition else None,
        }

    def _log(
        self, view: _Relation | None, reach: _Relation | None, logging: rows.Logging
    ) -> Source:
        source = Source(
            SourceKind.LOG,
            "the server's log",
            SourceState.OFF,
            "violations of the constraint's two tables",
        )
        if view is None:
            return replace(
                source, state=SourceState.ABSENT, says=("the log is not readable by SQL here")
            )
        if reason := _unreadable(view, LOG_COLUMNS) or _unlogged(logging):
            return replace(source, says=reason)
        return replace(
            source,
            state=SourceState.ON,
            names=_filled(view.optional(ALSO_KNOWN), view, at="failed_at", told_by=EVERY_ROW),
            reach=(reach.schema, reach.name) if reach else None,
        )

    def _own(self, relation: _Relation | None) -> Source:
        name = self._settings.relation
        source = Source(
            SourceKind.TABLE, name, SourceState.OFF, "what the application writes there"
        )
        if relation is None:
            return replace(
                source, state=SourceState.ABSENT, says=f"there is no table or view {name}"
            )
        if reason := _unreadable(relation, OWN_COLUMNS):
            return replace(source, says=reason)
        known = relation.optional(ALSO_KNOWN)
        return replace(
            source,
            state=SourceState.ON,
            names=_filled(known, relation, at="failed_at", told_by=EVERY_ROW),
        )

    def _status(self, relation: _Relation) -> Source | None:
        """Make a source of a table with a failed time, a status that can fail, or an error."""
        moment = relation.first(FAILED_AT, "moment")
        status = self._status_column(relation)
        error = relation.first(self._conventional("error"), "text")
        telling = moment or status or error
        if telling is None:
            return None
        at = moment or relation.first(self._times(), "moment")
        label = f"{relation.name}.{telling}"
        source = Source(
            SourceKind.STATUS, label, SourceState.OFF, _covered(telling, moment, status)
        )
        if at is None:
            return replace(source, says="no column has the time")
        if reason := _unreadable(relation, (telling, at)):
            return replace(source, says=reason)
        known = {**relation.optional(["id"]), "project_id": self._pointing(relation)}
        for role, name in (("status", status), ("error", error)):
            known[role] = name if relation.readable(name) else None
        told_by = EVERY_ROW if moment else BY_STATUS if status else BY_ERROR
        return replace(source, state=SourceState.ON, names=_filled(known, relation, at, told_by))

    def _status_column(self, relation: _Relation) -> str | None:
        ends = (n for n in relation.columns if n.lower().endswith(STATUS_ENDS))
        wanted = [*self._conventional("status"), *ends]
        fitting = [n for n in dict.fromkeys(wanted) if self._can_fail(relation.columns.get(n))]
        return next(iter(fitting), None)

    def _can_fail(self, column: rows.FailureColumn | None) -> bool:
        if column is None or column.family not in ("enum", "text"):
            return False
        words = {each.lower() for each in column.labels}
        return column.family == "text" or bool(words & set(self._settings.statuses))

    def _conventional(self, role: str) -> tuple[str, ...]:
        named = self._overrides.get(role)
        return (named, *NAMES[role]) if named else NAMES[role]

    def _times(self) -> tuple[str, ...]:
        return (*self._conventional("updated_at"), *self._conventional("created_at"))

    def _pointing(self, relation: _Relation) -> str | None:
        names = (each.name for each in relation.columns.values() if each.points and each.readable)
        return next(names, None)


def _relations(columns: Iterable[rows.FailureColumn]) -> Iterator[_Relation]:
    for _, members in groupby(columns, key=lambda each: each.table_oid):
        listed = {each.name: each for each in members}
        first = next(iter(listed.values()))
        yield _Relation(first.schema, first.table_name, first.named, first.row_security, listed)


def _filled(
    known: Mapping[str, Name], relation: _Relation, at: str, told_by: int
) -> dict[str, Name]:
    own = relation.optional(CAUSE) if relation.named else {}
    nothing: dict[str, Name] = dict.fromkeys(
        (*ALSO_KNOWN, "code", "constraint_name", "status", "error")
    )
    naming = relation.columns.get(str(known.get("project_id")))
    indexed = naming if naming and naming.indexed else None
    place: dict[str, Name] = {
        "failures": (relation.schema, relation.name),
        "at": at,
        "told_by": told_by,
        "indexed": indexed.name if indexed else None,
        "indexed_type": (indexed.type_schema, indexed.type_name) if indexed else TEXT,
    }
    return {**nothing, **own, **known, **place}


def _unreadable(relation: _Relation, needed: Iterable[str]) -> str | None:
    if relation.row_security:
        return f"row security hides rows of {relation.name}"
    missing = [each for each in needed if each not in relation.columns]
    if missing:
        return f"{relation.name} has no column {missing[0]}"
    forbidden = [each for each in needed if not relation.readable(each)]
    return f"the role may not read {relation.name}.{forbidden[0]}" if forbidden else None


def _unlogged(logging: rows.Logging) -> str | None:
    """Say why the log has no failure in it that could be read, whatever happened."""
    written = any(each in logging.destination for each in LOG_DESTINATIONS)
    reasons = (
        (logging.tail_executable is False, "the role may not run constraint_violations_tail"),
        (not logging.collector, "the server keeps no log files: logging_collector is off"),
        (not written, "the server writes neither jsonlog nor csvlog (log_destination)"),
        (logging.least in TOO_HIGH, "the server does not log errors (log_min_messages)"),
        (
            not logging.language.startswith(ENGLISH),
            f"its messages are in {logging.language}; we can read only English ones",
        ),
    )
    return next((words for true, words in reasons if true), None)


def _covered(telling: str, moment: str | None, status: str | None) -> str:
    if moment:
        return f"rows with a {telling}"
    return "rows whose current status is failed" if status else "rows with an error"
