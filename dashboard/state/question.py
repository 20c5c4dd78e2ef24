"""A question to the history: <name>.sql, asked for some environments at once, and its rows."""

import dataclasses
import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Generic, TypeVar

from dashboard.state import rows
from dashboard.state.entry import RecordedEnvironment
from dashboard.state.store import Session
from dashboard.state.times import from_ms

Row = TypeVar("Row")

_READ: Mapping[object, Callable[[Any], object]] = {datetime: from_ms, bool: bool}


class HistoryQuestion(Generic[Row]):
    def __init__(self, name: str, row: type[Row]) -> None:
        self.name = name
        self.row = row

    @functools.cached_property
    def text(self) -> str:
        return Path(__file__).with_name(f"{self.name}.sql").read_text(encoding="utf-8")

    @functools.cached_property
    def _fields(self) -> tuple[dataclasses.Field[Any], ...]:
        return dataclasses.fields(self.row)  # type: ignore[arg-type]  # rows are dataclasses

    @functools.cached_property
    def _by_environment(self) -> bool:
        return self._fields[0].name == "environment"

    @functools.cached_property
    def _readers(self) -> tuple[Callable[[Any], object] | None, ...]:
        return tuple(_READ.get(field.type) for field in self._fields)

    def ask(
        self,
        session: Session,
        places: Iterable[RecordedEnvironment],
        values: Mapping[str, object],
    ) -> Iterator[Row]:
        """Give the rows of the first environment first, and so on."""
        names = _numbered(session, places)
        if not names:
            return
        listed = "".join(f"{number}," for number in names)
        records = session.rows(self.text, {**values, "places": f",{listed}"})
        if self._by_environment:
            order = {number: place for place, number in enumerate(names)}
            records.sort(key=lambda record: order[record[0]])
            records = [(names[number], *rest) for number, *rest in records]
        for record in records:
            yield self.row(*self._read(record))

    def _read(self, record: Iterable[Any]) -> Iterator[object]:
        for read, value in zip(self._readers, record, strict=True):
            yield read(value) if read else value


def _numbered(session: Session, places: Iterable[RecordedEnvironment]) -> dict[int, str]:
    """Find the numbers of those that are known, in their order."""
    found = {
        RecordedEnvironment(name, address): number
        for number, name, address in session.rows("select id, environment, address from place")
    }
    return {found[each]: each.environment for each in places if each in found}


FINDINGS = HistoryQuestion("findings", rows.FindingCount)
MEASURED = HistoryQuestion("measured", rows.MeasuredValue)
ANSWER_TIMES = HistoryQuestion("answer_times", rows.AnswerTime)
REACH = HistoryQuestion("reach", rows.Reach)
FIRST_SEEN = HistoryQuestion("first_seen", rows.FirstSeen)
FOUND_THEN = HistoryQuestion("found_then", rows.FoundThen)
LAST_STATUSES = HistoryQuestion("last_statuses", rows.LastStatus)
