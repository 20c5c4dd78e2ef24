"""Full scans on demand, part by part along an index: one at a time per environment."""

import logging
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from dashboard.collect.collector import Collector
from dashboard.collect.orphans import statements
from dashboard.collect.orphans.scan import SERIAL, ages
from dashboard.collect.orphans.statements import Part, ScanOrder
from dashboard.diagnose import words
from dashboard.diagnose.facts import Kind, Unavailable
from dashboard.diagnose.orphans import Count, CountedColumn, Precision, counts
from dashboard.environments import Environment
from dashboard.postgres import Limits
from queries import rows
from queries.query import Statement
from queries.records import dataclass

STEP = 100_000
SHORT_STEP = 12_500
SMALLEST_STEP = 500
LONG_MS = 250.0  # a part that takes longer keeps a look-up waiting for its connection
BY_ROW = Limits(deadline_s=5.0, statement_timeout_ms=2000, planner=SERIAL)
# a part that seems to hold one row would be compared row by row with the other side's
BY_KEY = replace(BY_ROW, planner=(*SERIAL, ("enable_nestloop", "off")))

PASSING = (Kind.BUSY, Kind.LOCKED, Kind.CANCELLED)
MOST_TRIES = 3
NOTHING_YET = Count(Precision.AT_LEAST, 0)

log = logging.getLogger(__name__)


class ScanState(StrEnum):
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class FullScan:
    """How far a scan is; `count` is what the parts so far hold, and exact once it is done."""

    environment: Environment
    column: CountedColumn
    started_at: datetime
    state: ScanState = ScanState.RUNNING
    parts: int = 0
    looked_at: int = 0
    count: Count = NOTHING_YET

    @property
    def share(self) -> float:
        """Return how much of the table is done, as far as its size is known."""
        if self.state is ScanState.DONE:
            return 1.0
        of = self.column.counted.table.estimate
        return min(0.99, self.looked_at / of) if of > 0 else 0.0


class _Walk:
    """One scan's way through a table; every part is a short transaction of its own."""

    def __init__(self, collector: Collector, scan: FullScan, order: ScanOrder) -> None:
        self._collector = collector
        self._scan = scan
        self._order = order
        self._limits = BY_KEY if order.both else BY_ROW
        self._low: str | None = None
        self._step = STEP
        self._tries = 0

    def __iter__(self) -> Iterator[FullScan]:
        """Yield the scan after every part, until it is at the end."""
        while self._scan.state is ScanState.RUNNING:
            self._scan = self._next()
            yield self._scan

    def _next(self) -> FullScan:
        bound = statements.place_after(self._scan.column, self._order, self._low, self._step)
        places = self._ask(bound)
        if isinstance(places, Unavailable):
            return self._retreated(places)
        high = next((each.id for each in places[0]), None)
        counting = statements.counting(self._found(Part(self._low, high)), None)
        answer = self._ask(counting)
        if isinstance(answer, Unavailable):
            return self._retreated(answer)
        (row,), ms = answer
        return self._advanced(row, ms, high)

    def _found(self, part: Part) -> Statement[rows.Orphan]:
        scan, given = self._scan, ages(self._collector)
        return statements.found_in(part, scan.column, self._order, scan.started_at, given)

    def _advanced(self, row: rows.OrphanCount, ms: float, high: str | None) -> FullScan:
        scan, step = self._scan, self._step
        self._low, self._tries = high, 0
        if ms > LONG_MS:  # but what every part costs anyway must not be paid too often
            self._step = max(min(step, SHORT_STEP), step // 2)
        so_far = [scan.count] if scan.parts else []
        part = Count(Precision.EXACT, row.rows, as_of=row.as_of, ms=ms, ages=row)
        count = counts.total([*so_far, part])
        done = high is None
        precision = Precision.EXACT if done else Precision.AT_LEAST
        parts = words.count(scan.parts + 1, "part")
        return replace(
            scan,
            state=ScanState.DONE if done else ScanState.RUNNING,
            parts=scan.parts + 1,
            looked_at=scan.looked_at + step,
            count=replace(
                count, precision=precision, reason=f"read in {parts} at different moments"
            ),
        )

    def _retreated(self, why: Unavailable) -> FullScan:
        """Go on in smaller parts where one took too long, and try again what passes.

        Otherwise the scan ends, and says why.
        """
        if why.kind is Kind.SLOW and self._step > SMALLEST_STEP:
            self._step = max(SMALLEST_STEP, self._step // 4)
            return self._scan
        self._tries += 1
        if why.kind in PASSING and self._tries < MOST_TRIES:
            return self._scan
        return stopped(self._scan, ScanState.FAILED, why.message)

    def _ask(self, statement: Statement[Any]) -> tuple[tuple[Any, ...], float] | Unavailable:
        environment = self._scan.environment
        answers = self._collector.fleet.ask_one(environment, [statement], self._limits)
        if isinstance(answers, Unavailable):
            return answers
        return answers.rows(statement), round(answers.ms, 1)


def stopped(scan: FullScan, state: ScanState, reason: str) -> FullScan:
    """End a scan before its table does: what it saw so far is certain, and nothing else."""
    seen = scan.count.number or 0
    count = (
        replace(scan.count, precision=Precision.AT_LEAST, reason=reason)
        if seen
        else counts.unknown(reason)
    )
    return replace(scan, state=state, count=count)


class FullScans:
    """The scan that each environment runs, or ran last."""

    def __init__(self, collector: Collector) -> None:
        self._collector = collector
        self._scans: dict[Environment, FullScan] = {}
        self._cancelled: set[Environment] = set()
        self._changed = threading.Condition()

    def of(self, environment: Environment) -> FullScan | None:
        with self._changed:
            return self._scans.get(environment)

    def start(self, environment: Environment, column: CountedColumn) -> None:
        """Start to go through a whole table, unless this environment's scan is running."""
        order = statements.scan_order(column)
        if order is None or column.closed:
            return
        with self._changed:
            running = self._scans.get(environment)
            if running and running.state is ScanState.RUNNING:
                return
            scan = FullScan(environment, column, datetime.now(UTC))
            self._scans[environment] = scan
            self._cancelled.discard(environment)
        walk = _Walk(self._collector, scan, order)
        threading.Thread(target=self._run, args=(scan, walk), daemon=True).start()

    def cancel(self, environment: Environment) -> None:
        """Let the scan end after the part that it is at."""
        with self._changed:
            self._cancelled.add(environment)

    def wait_until_idle(self, environment: Environment, timeout_s: float) -> bool:
        """Wait until the environment's scan is over."""
        with self._changed:
            return self._changed.wait_for(
                lambda: self._scans[environment].state is not ScanState.RUNNING, timeout_s
            )

    def _run(self, scan: FullScan, walk: _Walk) -> None:
        try:
            for after in walk:
                scan = self._publish(after)
                if scan.state is ScanState.CANCELLED:
                    return
        except Exception:
            log.exception("%s could not be scanned.", scan.environment.name)
            self._publish(stopped(scan, ScanState.FAILED, "the dashboard failed; see its log"))

    def _publish(self, scan: FullScan) -> FullScan:
        with self._changed:
            if scan.environment in self._cancelled and scan.state is ScanState.RUNNING:
                scan = stopped(scan, ScanState.CANCELLED, "the scan was cancelled")
            self._scans[scan.environment] = scan
            self._changed.notify_all()
        return scan
