"""Whom a lock would wait for now, while everybody who comes later waits behind it.

| the lock is taken          | it waits for                                              |
| -------------------------- | --------------------------------------------------------- |
| in a transaction           | who holds its table, or waits for it, with a mode against |
| by an index made meanwhile | every older transaction of the database, too              |
"""

from collections.abc import Iterator, Mapping, Sequence

from dashboard.diagnose import words
from queries.records import dataclass
from queries.rows import TableLock, Transactions

ROW_SHARE, ROW_EXCLUSIVE = "RowShareLock", "RowExclusiveLock"
UPDATE_EXCLUSIVE, SHARE = "ShareUpdateExclusiveLock", "ShareLock"
SHARE_ROW_EXCLUSIVE, EXCLUSIVE = "ShareRowExclusiveLock", "ExclusiveLock"
ACCESS_EXCLUSIVE = "AccessExclusiveLock"
_STRONG = frozenset({SHARE_ROW_EXCLUSIVE, EXCLUSIVE, ACCESS_EXCLUSIVE})
# PostgreSQL's table of conflicting modes, of those that are foretold
AGAINST: Mapping[str, frozenset[str]] = {
    UPDATE_EXCLUSIVE: _STRONG | {UPDATE_EXCLUSIVE, SHARE},
    SHARE: _STRONG | {ROW_EXCLUSIVE, UPDATE_EXCLUSIVE},
    SHARE_ROW_EXCLUSIVE: _STRONG | {ROW_EXCLUSIVE, UPDATE_EXCLUSIVE, SHARE},
    EXCLUSIVE: _STRONG | {ROW_SHARE, ROW_EXCLUSIVE, UPDATE_EXCLUSIVE, SHARE},
    ACCESS_EXCLUSIVE: _STRONG
    | {"AccessShareLock", ROW_SHARE, ROW_EXCLUSIVE, UPDATE_EXCLUSIVE, SHARE},
}
HIDDEN = "since when shows with pg_read_all_stats only"


@dataclass(frozen=True, slots=True)
class Waiting:
    """`transactions` are the older ones, None where the lock waits for who has its table alone."""

    holders: tuple[TableLock, ...] = ()
    transactions: Transactions | None = None

    @property
    def sentence(self) -> str:
        """Say it behind a lock; nothing where nobody is in its way."""
        return "; ".join((*self._holders(), *self._older()))

    def _holders(self) -> Iterator[str]:
        if self.holders:
            sessions = sum(each.sessions for each in self.holders)
            longest = max(self.holders, key=lambda each: each.longest_s or 0.0)
            who = _who(longest.longest_s, longest.pid, longest.application)
            yield (
                f"{words.count(sessions, 'session')} {'holds' if sessions == 1 else 'hold'} it now "
                f"({who}): it waits for that, and everybody else behind it"
            )

    def _older(self) -> Iterator[str]:
        found = self.transactions
        if found is None:
            return
        if found.transactions and found.pid:
            many = words.count(found.transactions, "open transaction")
            yield f"waits for {many} ({_who(found.longest_s, found.pid, found.application)})"
        if not found.sees_all:
            yield "other roles' open transactions show with pg_read_all_stats only"


def waiting(
    mode: str, table: int, locks: Sequence[TableLock], older: Transactions | None
) -> Waiting:
    """Pick who is in the way of a lock of this mode on a table."""
    return Waiting(
        tuple(each for each in locks if each.oid == table and each.mode in AGAINST.get(mode, ())),
        older,
    )


def _who(longest_s: float | None, pid: int, application: str | None) -> str:
    named = f"pid {pid}, {application}" if application else f"pid {pid}"
    since = HIDDEN if longest_s is None else f"the longest for {_lasting(longest_s)}"
    return f"{since}: {named}"


def _lasting(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 90 * 60 else f"{seconds / 3600:.0f} h"
