"""A question to the history: <name>.sql, asked for one environment, and the rows it returns."""

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
    def _readers(self) -> tuple[tuple[str, Callable[[Any], object] | None], ...]:
        _, *fields = dataclasses.fields(self.row)  # type: ignore[arg-type]  # rows are dataclasses
        return tuple((field.name, _READ.get(field.type)) for field in fields)

    def ask(
        self,
        session: Session,
        place: RecordedEnvironment,
        values: Mapping[str, object],
    ) -> Iterator[Row]:
        bound = {**values, "environment": place.environment, "address": place.address}
        for record in session.rows(self.text, bound):
            fields = [place.environment, *self._read(record)]
            yield self.row(*fields)

    def _read(self, record: Iterable[Any]) -> Iterator[object]:
        for (_, read), value in zip(self._readers, record, strict=True):
            yield read(value) if read else value


FINDINGS = HistoryQuestion("findings", rows.FindingCount)
MEASURED = HistoryQuestion("measured", rows.MeasuredValue)
ANSWER_TIMES = HistoryQuestion("answer_times", rows.AnswerTime)
REACH = HistoryQuestion("reach", rows.Reach)
FIRST_SEEN = HistoryQuestion("first_seen", rows.FirstSeen)
FOUND_THEN = HistoryQuestion("found_then", rows.FoundThen)
LAST_STATUSES = HistoryQuestion("last_statuses", rows.LastStatus)
