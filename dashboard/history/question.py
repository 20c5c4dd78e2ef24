"""A question to the history: <name>.sql, asked for one environment, and the rows it returns."""

import dataclasses
import functools
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Generic, TypeVar

from dashboard.history import rows
from dashboard.history.entry import Place
from dashboard.history.times import from_ms

Row = TypeVar("Row")

_READ: Mapping[object, Callable[[Any], object]] = {datetime: from_ms, bool: bool}


class Question(Generic[Row]):
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
        self, connection: sqlite3.Connection, place: Place, values: Mapping[str, object]
    ) -> Iterator[Row]:
        bound = {**values, "environment": place.environment, "address": place.address}
        for record in connection.execute(self.text, bound):
            fields = [place.environment, *self._read(record)]
            yield self.row(*fields)

    def _read(self, record: Iterable[Any]) -> Iterator[object]:
        for (_, read), value in zip(self._readers, record, strict=True):
            yield read(value) if read else value


FINDINGS = Question("findings", rows.FindingCount)
MEASURED = Question("measured", rows.MeasuredValue)
ANSWER_TIMES = Question("answer_times", rows.AnswerTime)
REACH = Question("reach", rows.Reach)
FIRST_SEEN = Question("first_seen", rows.FirstSeen)
LAST_STATUSES = Question("last_statuses", rows.LastStatus)
