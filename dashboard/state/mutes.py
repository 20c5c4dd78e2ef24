"""What people chose on a page not to be told again until a day; it is lifted there, too."""

import secrets
from datetime import date

from dashboard.state.store import Store
from queries.records import dataclass

_LISTED = """
select m.id, m.code, m.environment, m.reason, m.until, m.muted_by, m.seen
from mute as m
order by m.until, m.id
"""
_ADD = """
insert into mute (id, code, environment, reason, until, muted_by, seen)
values (:id, :code, :environment, :reason, :until, :muted_by, :seen)
"""


@dataclass(frozen=True, slots=True)
class KeptMute:
    """`seen`: it was acknowledged, and stays listed."""

    code: str
    environment: str
    reason: str
    until: date
    by: str
    seen: bool = False
    id: str = ""


class Mutes:
    def __init__(self, store: Store) -> None:
        self._store = store

    def listed(self) -> tuple[KeptMute, ...]:
        with self._store.reading() as session:
            found = session.rows(_LISTED)
        return tuple(
            KeptMute(code, environment, reason, date.fromisoformat(until), by, bool(seen), id_)
            for id_, code, environment, reason, until, by, seen in found
        )

    def add(self, mute: KeptMute, today: date) -> None:
        """Keep it, and forget those that are over."""
        values = {
            "id": secrets.token_hex(8),
            "code": mute.code,
            "environment": mute.environment,
            "reason": mute.reason,
            "until": mute.until.isoformat(),
            "muted_by": mute.by,
            "seen": int(mute.seen),
        }
        with self._store.writing() as session:
            session.rows("delete from mute where until < :today", {"today": today.isoformat()})
            session.rows(_ADD, values)

    def lift(self, id_: str) -> None:
        with self._store.writing() as session:
            session.rows("delete from mute where id = :id", {"id": id_})
