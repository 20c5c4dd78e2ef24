"""What each environment last said, for all processes: written by whoever asked."""

from collections.abc import Sequence

from dashboard.state.store import Store
from queries.records import dataclass

# numbers can be read in the order in which they are taken: whoever has read one has read all before
_IN_TURN = "select pg_advisory_xact_lock(1147097434)"
MOST = 50  # of one statement
_SAVE = """
insert into answer (kind, place, serial, holder, asked_at, body)
select
    a.kind, a.place, nextval('answer_serial'), :holder,
    now() - make_interval(secs => a.age_s), a.body
from unnest(
    cast(:kinds as text[]),
    cast(:places as text[]),
    cast(:ages_s as double precision[]),
    cast(:bodies as bytea[])
) as a (kind, place, age_s, body)
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

    def save(self, answers: Sequence[SharedAnswer]) -> None:
        """Keep these; an answer to what was asked later stays."""
        with self._store.writing() as session:
            if answers:
                session.rows(_IN_TURN)
            for start in range(0, len(answers), MOST):
                some = answers[start : start + MOST]
                values: dict[str, object] = {
                    "holder": self._holder,
                    "kinds": [each.kind for each in some],
                    "places": [each.place for each in some],
                    "ages_s": [each.age_s for each in some],
                    "bodies": [each.body for each in some],
                }
                session.rows(_SAVE, values)

    def new(self) -> list[SharedAnswer]:
        """Return what others saved since this was last asked."""
        with self._store.reading() as session:
            found = session.rows(_NEW, {"after": self._last, "holder": self._holder})
        self._last = max((serial for _, _, serial, _, _ in found), default=self._last)
        return [SharedAnswer(kind, place, age_s, body) for kind, place, _, age_s, body in found]
