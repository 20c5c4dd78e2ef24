"""Which locks a migration will take, what is done under them, and on how large a table.

PostgreSQL itself says which locks a statement takes, on empty tables as on full ones. What runs in
no transaction has given its lock back when it is over: that one is known by rule.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from dashboard.diagnose import words
from dashboard.diagnose.migrations.schema.image import Key, SchemaImage
from dashboard.diagnose.migrations.schema.waiting import Waiting, waiting
from queries.records import dataclass
from queries.rows import TableLock, Transactions

BLOCK_BYTES = 8192
# from the weakest: what each keeps others from
STOPS: Mapping[str, str] = {
    "RowShareLock": "",
    "RowExclusiveLock": "",
    "ShareUpdateExclusiveLock": "other migrations and VACUUM",
    "ShareLock": "writes",
    "ShareRowExclusiveLock": "writes",
    "ExclusiveLock": "writes",
    "AccessExclusiveLock": "reads and writes",
}
STRENGTH = tuple(STOPS)
TOLD_FROM = STRENGTH.index("ShareUpdateExclusiveLock")
TABLES = ("r", "p", "m")


@dataclass(frozen=True, slots=True)
class Step:
    """One statement of a script that was rehearsed, and the schema before and after it."""

    number: int
    text: str
    kind: str
    before: SchemaImage
    after: SchemaImage
    locks: tuple[tuple[int, str], ...] = ()
    commits: bool = False
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Lock:
    """The strongest lock on one table, held from a statement to the end.

    `work` is what is done meanwhile that takes longer the larger the table is. `rows` and `bytes`
    are the planner's estimates of the environment's table, None where it has none. `meanwhile`: an
    index is made while others write. `waiting` is who is in its way now, None where nobody asked.
    """

    table: tuple[str, str]
    mode: str
    since: int
    statements: int
    work: tuple[str, ...] = ()
    rows: int | None = None
    bytes: int | None = None
    meanwhile: bool = False
    waiting: Waiting | None = None

    @property
    def stops(self) -> str:
        return STOPS[self.mode]

    @property
    def sentence(self) -> str:
        """Say it in one line."""
        held = f" from statement {self.since} of {self.statements}" if self.statements > 1 else ""
        size = f" ({self.size})" if self.size else ""
        work = f"; {', '.join(self.work)}" if self.work else ""
        behind = f"; {said}" if self.waiting and (said := self.waiting.sentence) else ""
        where = f"{self.table[1]}{size}{held}"
        return f"{spelled(self.mode)} on {where}: stops {self.stops}{work}{behind}"

    @property
    def size(self) -> str:
        if self.rows is None:
            return ""
        many = words.count(self.rows, "row")
        return f"about {many}, {(self.bytes or 0) / 1e6:,.0f} MB"


def spelled(mode: str) -> str:
    """Write a mode as LOCK TABLE does."""
    name = mode.removesuffix("Lock")
    return "".join(f" {each}" if each.isupper() else each for each in name).strip().upper()


def forecast(steps: Sequence[Step], live: SchemaImage) -> tuple[Lock, ...]:
    """Foretell a lock for each table that was there before, the strongest first."""
    if not steps:
        return ()
    first = _Before(steps[0].before)
    strongest: dict[int, tuple[int, int]] = {}
    work: dict[int, list[str]] = {}
    for step in steps:
        for table, mode in (*first.locked(step), *_by_rule(step)):
            if table not in strongest or mode > strongest[table][0]:
                strongest[table] = (mode, step.number)
        for table, what in _work(step):
            work.setdefault(table, []).append(what)
    beside = {table for step in steps for table, _ in _by_rule(step)}
    told = (
        replace(
            _sized(_lock(first.tables[table], held, len(steps), work.get(table, ())), live),
            meanwhile=table in beside,
        )
        for table, held in strongest.items()
        if table in first.tables and held[0] >= TOLD_FROM
    )
    return tuple(sorted(told, key=lambda each: (-STRENGTH.index(each.mode), each.table)))


def with_waiting(
    locks: Sequence[Lock],
    live: SchemaImage,
    held: Sequence[TableLock],
    transactions: Transactions | None,
) -> tuple[Lock, ...]:
    """Add who is in the way of each now."""

    def told(lock: Lock) -> Lock:
        table = live.objects.get(("relation", *lock.table))
        if table is None:
            return lock
        older = transactions if lock.meanwhile else None
        return replace(lock, waiting=waiting(lock.mode, table.oid, held, older))

    return tuple(map(told, locks))


class _Before:
    """The tables that were there before a migration, by their oid."""

    def __init__(self, image: SchemaImage) -> None:
        self.tables = {row.oid: key for key, row in image.all("relation") if row.kind in TABLES}
        self._of_index = {row.oid: row.relation for _, row in image.all("index")}

    def locked(self, step: Step) -> Iterator[tuple[int, int]]:
        for relation, mode in step.locks:
            if mode in STOPS:
                yield self._of_index.get(relation, relation), STRENGTH.index(mode)


def _by_rule(step: Step) -> Iterator[tuple[int, int]]:
    """Give CREATE or DROP INDEX CONCURRENTLY the lock it had."""
    if step.alone:
        mode = STRENGTH.index("ShareUpdateExclusiveLock")
        for one, other in ((step.before, step.after), (step.after, step.before)):
            for key, row in one.all("index"):
                if key not in other.objects:
                    yield row.relation, mode


def _lock(key: Key, held: tuple[int, int], statements: int, work: Sequence[str]) -> Lock:
    mode, since = held
    place = (key[1], key[2])
    return Lock(place, STRENGTH[mode], since, statements, tuple(dict.fromkeys(work)))


def _sized(lock: Lock, live: SchemaImage) -> Lock:
    """Add how large the table is by the planner's estimate, which takes no lock."""
    table = live.objects.get(("relation", *lock.table))
    if table is None or table.estimate < 0:
        return lock
    indexes = (row.pages for _, row in live.all("index") if (row.schema, row.table) == lock.table)
    pages = table.pages + sum(indexes)
    return replace(lock, rows=round(table.estimate), bytes=pages * BLOCK_BYTES)


def _work(step: Step) -> Iterator[tuple[int, str]]:
    """Name what reads or writes every row."""
    yield from _rewritten(step)
    yield from _checked(step)


def _rewritten(step: Step) -> Iterator[tuple[int, str]]:
    """Tell tables and indexes whose file is another one, and indexes on what was there before."""
    files = {row.oid: row.file for _, row in step.before.all("relation")}
    built = {row.oid: row.file for _, row in step.before.all("index")}
    for _, row in step.after.all("relation"):
        if row.file and files.get(row.oid, row.file) != row.file:
            yield row.oid, "rewrites the table"
    for _, row in step.after.all("index"):
        if row.oid not in built and row.relation in files:
            yield row.relation, f"builds index {row.name}"
        elif row.file and built.get(row.oid, row.file) != row.file:
            yield row.relation, f"rebuilds index {row.name}"


def _checked(step: Step) -> Iterator[tuple[int, str]]:
    """Tell what is validated under the lock without being rewritten."""
    for key, row in step.after.all("constraint"):
        before = step.before.objects.get(key)
        if row.type in ("c", "f") and row.validated and not (before and before.validated):
            yield row.relation, f"checks every row for {key[-1]}"
    for key, row in step.after.all("column"):
        before = step.before.objects.get(key)
        if before and row.not_null and not before.not_null:
            yield row.relation, f"checks every row for NULL in {key[-1]}"
