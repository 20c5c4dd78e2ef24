"""The days of history in a shared database: to forget one is to drop two tables.

Every entry is kept for two days, then the last of each hour; none after 90 days.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from dashboard.state.pruning import AHEAD, KEPT
from dashboard.state.store import Session
from dashboard.state.times import from_ms, span_ms, to_ms
from dashboard.state.window import THINNED_S, WHOLE

NUMBERS = 1 << 20  # of entries in a millisecond, before two could have the same number
NEW_ENTRY = f"cast(:at as bigint) * {NUMBERS} + mod(nextval('entry_number'), {NUMBERS})"
DAY = span_ms(timedelta(days=1))
LOCK_WRITTEN = "lock table place, condition in share row exclusive mode"  # in a writer's order
LOCK = "select pg_advisory_xact_lock(1147097433)"  # whoever makes or drops tables is alone
UNUSED = (
    "delete from condition as c where not exists (select from entry as e where e.condition = c.id)",
    "delete from place as p where not exists (select from entry as e where e.place = p.id)",
)
_THIN = """
with doomed as (
    select e.id
    from entry as e
    where e.id >= :low and e.id < :high and exists (
        select 1
        from entry as later
        where later.place = e.place
            and later.id >= :low and later.id < :high
            and later.at / :hour = e.at / :hour
            and (later.at, later.id) > (e.at, e.id)
    )
),
measured as (
    delete from measure as m using doomed as d where m.entry = d.id
)
delete from entry as e using doomed as d where e.id = d.id
"""


def day_of(moment: datetime) -> int:
    return to_ms(moment) // DAY * DAY


def make(session: Session, wanted: Iterable[int]) -> set[int]:
    """Make the partitions of these days, as far as there are none; return the days there are."""
    days = set(wanted)
    if not days <= _known(session):
        session.rows(LOCK)
        session.rows(LOCK_WRITTEN)
        for start in sorted(days - _known(session)):
            _make(session, start)
    return _known(session)


def _known(session: Session) -> set[int]:
    return {start for (start,) in session.rows("select start from day")}


def _make(session: Session, start: int) -> None:
    for table in ("entry", "measure"):
        session.rows(
            f"create table {_name(table, start)} partition of {table} "
            f"for values from ({start * NUMBERS}) to ({(start + DAY) * NUMBERS})"
        )
    session.rows("insert into day (start) values (:start)", {"start": start})


def drop(session: Session, now: datetime) -> None:
    """Forget days that are over, and those of a clock gone wrong."""
    limits = {"oldest": to_ms(now - KEPT) - DAY, "future": to_ms(now + AHEAD)}
    spent = "select start from day where start < :oldest or start > :future"
    if session.rows(spent, limits):
        session.rows(LOCK)
        for (start,) in session.rows(spent, limits):
            for table in ("entry", "measure"):
                session.rows(f"drop table {_name(table, start)}")
            session.rows("delete from day where start = :start", {"start": start})


def thin(session: Session, now: datetime) -> bool:
    """Leave the last entry of each hour of one old day; False where there is none to thin."""
    taken = session.rows(
        "select start from day where not thinned and start < :before "
        "order by start limit 1 for update skip locked",
        {"before": to_ms(now - WHOLE) - DAY},
    )
    for (start,) in taken:
        ends = {"low": start * NUMBERS, "high": (start + DAY) * NUMBERS}
        session.rows(_THIN, {**ends, "hour": span_ms(timedelta(seconds=THINNED_S))})
        session.rows("update day set thinned = true where start = :start", {"start": start})
    return bool(taken)


def _name(table: str, start: int) -> str:
    return f"{table}_{from_ms(start):%Y%m%d}"
