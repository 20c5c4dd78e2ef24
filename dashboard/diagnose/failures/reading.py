"""Reads the failures in a log that streams by: of the server, in any format, or an application."""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import field, replace
from datetime import tzinfo

from dashboard.diagnose.failures.entries import entries, parted
from dashboard.diagnose.failures.moments import foreign_zone, moment
from dashboard.diagnose.failures.values import DELETE, INSERT, Failure, Signature
from dashboard.diagnose.paste import PastedError, Problem, Sought, ids, records
from dashboard.diagnose.paste.cleaning import plain
from dashboard.diagnose.paste.errors import error_of
from dashboard.diagnose.paste.record import Record
from queries import patterns
from queries.records import dataclass

MOST_ZONES = 5
_TELLING = patterns.lazy(
    rb"violat|onstraint fail|23[0-9]{3}|P20[0-9]{2}|nested connect|does not exist|required relation"
)
_LABELLED = patterns.lazy(
    r"[^\n]{0,300}?(?<![\w-])"
    r"(?:(?P<error>ERROR|FATAL|PANIC)|LOG|WARNING|NOTICE|INFO|DEBUG[1-5]?):  "
)
_SEVERITIES = (None, "ERROR", "FATAL", "PANIC")
_ONE_ROW = patterns.lazy(r'[0-9]{4}-[0-9-]{5} [0-9:.]{8,12} [^,\s]{1,9},|\{"')
_OPERATIONS = {
    Problem.MISSING_PARENT: INSERT,
    Problem.UNIQUE: INSERT,
    Problem.NULL: INSERT,
    Problem.STILL_REFERENCED: DELETE,
}
_SQLSTATES = {  # of PostgreSQL's sentences, whose log need not name them
    Problem.MISSING_PARENT: "23503",
    Problem.STILL_REFERENCED: "23503",
    Problem.UNIQUE: "23505",
    Problem.NULL: "23502",
}
_COUNTED = frozenset(
    {*_OPERATIONS, Problem.FOREIGN_KEY, Problem.RELATION, Problem.NOT_FOUND}
    | {Problem.TABLE_MISSING, Problem.COLUMN_MISSING}
)


@dataclass(slots=True)
class LogReader:
    """Reads one log; its counts are right whenever the reading has come to an end.

    `undated` counts the failures whose time cannot be told, `zones` names what they are in.
    """

    environment: str
    source: str
    sought: Sought
    zone: tzinfo
    entries: int = 0
    undated: int = 0
    zones: set[str] = field(default_factory=set)

    def read(self, chunks: Iterable[bytes]) -> Iterator[Failure]:
        for entry in entries(chunks):
            self.entries += 1
            if _TELLING.search(entry):
                for part in parted(entry):
                    yield from self._failures(part.decode("utf-8", "replace"))

    def _failures(self, entry: str) -> Iterator[Failure]:
        """Yield what an entry of the server's says once, however many words it has for it."""
        labelled = None if _ONE_ROW.match(entry) else _LABELLED.match(entry)
        if labelled and not labelled["error"]:
            return
        one_event = labelled or _ONE_ROW.match(entry)
        found = (each for each in map(_error, records.cut(plain(entry))) if each)
        for record, error in itertools.islice(found, 1 if one_event else None):
            yield from self._dated(entry, record, error)

    def _dated(self, entry: str, record: Record, error: PastedError) -> Iterator[Failure]:
        at = record.at or moment(record.text, self.zone) or moment(entry, self.zone)
        if at is None:
            self.undated += 1
            zone = foreign_zone(entry)
            if zone and len(self.zones) < MOST_ZONES:
                self.zones.add(zone)
            return
        if error.prisma_code is None and error.sqlstate is None and error.model is None:
            error = replace(error, sqlstate=_SQLSTATES.get(error.problem))
        named = ids.collect(record.text, ((record, error),), self.sought).ids
        project_id = named[0].text if named else None
        yield Failure(at, self.environment, project_id, signature(error), self.source)


def signature(error: PastedError) -> Signature:
    """Take from an error what tells its cause apart from others."""
    delete = error.problem is Problem.NULL and error.cascade
    by_problem = DELETE if delete else _OPERATIONS.get(error.problem)
    return Signature(
        code=error.sqlstate or error.prisma_code,
        constraint=error.constraint or ", ".join(error.columns) or None,
        subject=error.model or error.table,
        operation=error.operation or by_problem,
    )


def _error(record: Record) -> tuple[Record, PastedError] | None:
    if record.first("error_severity") not in _SEVERITIES:
        return None
    error = error_of(record)
    return (record, error) if error and error.problem in _COUNTED else None
