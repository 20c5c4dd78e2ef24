"""What each environment last said, for all processes: written by whoever asked."""

from collections.abc import Iterable

from dashboard.state.store import Store
from queries.records import dataclass

LATE = 16  # numbers that may still be on their way when a later one is seen
_SAVE = """
insert into answer (kind, place, serial, holder, asked_at, body)
values (
    :kind, :place, nextval('answer_serial'), :holder,
    clock_timestamp() - make_interval(secs => :age_s), :body
)
on conflict (kind, place) do update
set
    serial = excluded.serial, holder = excluded.holder,
    asked_at = excluded.asked_at, body = excluded.body
where answer.asked_at < excluded.asked_at
"""
_NEW = """
select
    a.kind,
    a.place,
    a.serial,
    cast(extract(epoch from clock_timestamp() - a.asked_at) as double precision),
    a.body
from answer as a
where a.serial > :after and a.holder <> :holder
order by a.serial
"""


@dataclass(frozen=True, slots=True)
class SharedAnswer:
    """`age_s` is by the server's clock: how long ago it was asked."""

    kind: str
    place: str
    age_s: float
    body: bytes


class SharedAnswers:
    """`holder` is this process, which knows its own answers."""

    def __init__(self, store: Store, holder: str) -> None:
        self._store = store
        self._holder = holder
        self._last = 0
        self._seen: dict[tuple[str, str], int] = {}

    def save(self, answers: Iterable[SharedAnswer]) -> None:
        """Keep these; an answer to what was asked later stays."""
        with self._store.writing() as session:
            for each in answers:
                session.rows(
                    _SAVE,
                    {
                        "holder": self._holder,
                        "kind": each.kind,
                        "place": each.place,
                        "age_s": each.age_s,
                        "body": each.body,
                    },
                )

    def new(self) -> list[SharedAnswer]:
        """Return what others saved since this was last asked.

        Whoever took a number earlier may be done later, so the last few are looked at again.
        """
        values = {"after": self._last - LATE, "holder": self._holder}
        with self._store.reading() as session:
            found = session.rows(_NEW, values)
        new = [row for row in found if self._seen.get((row[0], row[1]), 0) < row[2]]
        for kind, place, serial, _, _ in new:
            self._seen[kind, place] = serial
            self._last = max(self._last, serial)
        return [SharedAnswer(kind, place, age_s, body) for kind, place, _, age_s, body in new]
