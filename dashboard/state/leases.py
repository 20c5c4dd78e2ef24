"""Which process asks which environment: each holds its share, for as long as it says so again.

| the lease of a place            | this process                                           |
| ------------------------------- | ------------------------------------------------------ |
| its own                         | renews it; gives it up where it holds more than its share |
| free, or not renewed in time    | claims it, up to its share                             |
| another's                       | leaves it alone                                        |

The share is equal for all processes that are alive. Rows are locked for one short transaction, and
by nothing else: a pooler may give every transaction another connection.
"""

import math
from collections.abc import Collection, Iterable

from dashboard.state.store import Store

HELD_S = 25.0  # renewed every few seconds: whoever dies is replaced within thirty
FORGOTTEN = "interval '1 hour'"
_UNTIL = "clock_timestamp() + make_interval(secs => :held_s)"
_ALIVE = f"""
insert into replica (holder, until) values (:holder, {_UNTIL})
on conflict (holder) do update set until = excluded.until
"""
_RENEW = f"""
update lease set until = {_UNTIL}
where holder = :holder and place = any(:places) and until > clock_timestamp()
returning place
"""
_RELEASE = "update lease set holder = null where holder = :holder and place = any(:places)"
_CLAIM = f"""
with free as (
    select l.place
    from lease as l
    where l.place = any(:places) and (l.holder is null or l.until < clock_timestamp())
    order by random()
    limit :most
    for update skip locked
)
update lease as l set holder = :holder, until = {_UNTIL}
from free as f
where l.place = f.place
returning l.place
"""


class Leases:
    """One process's; `holder` is a name that no other has."""

    def __init__(self, store: Store, holder: str) -> None:
        self._store = store
        self._holder = holder

    def renew(self, places: Collection[str], resting: Collection[str]) -> frozenset[str]:
        """Return what this process holds now; of the `resting` it gives up what is too much."""
        named: dict[str, object] = {
            "holder": self._holder,
            "places": [*places],
            "held_s": HELD_S,
        }
        with self._store.writing() as session:
            session.rows(_ALIVE, named)
            session.rows(f"delete from replica where until < clock_timestamp() - {FORGOTTEN}")
            there = "select place from lease where place = any(:places)"
            known = {place for (place,) in session.rows(there, named)}
            for each in sorted({*places} - known):
                make = "insert into lease (place) values (:place) on conflict do nothing"
                session.rows(make, {"place": each})
            alive = "select count(*) from replica where until > clock_timestamp()"
            ((number,),) = session.rows(alive)
            mine = {place for (place,) in session.rows(_RENEW, named)}
            fair = math.ceil(len(places) / max(1, number))
            surplus = sorted(mine & {*resting})[: max(0, len(mine) - fair)]
            if surplus:
                session.rows(_RELEASE, {**named, "places": surplus})
            wanted = {**named, "most": max(0, fair - len(mine))}
            claimed = {place for (place,) in session.rows(_CLAIM, wanted)}
        return frozenset((mine - {*surplus}) | claimed)

    def give_up(self, places: Iterable[str]) -> None:
        """Let the others have all at once: this process ends."""
        with self._store.writing() as session:
            session.rows(_RELEASE, {"holder": self._holder, "places": [*places]})
            session.rows("delete from replica where holder = :holder", {"holder": self._holder})
