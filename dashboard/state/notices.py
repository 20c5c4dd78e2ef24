"""What alerts remember and have still to tell: decided by one process, told once."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from dashboard.state.store import Session, Store
from queries.records import dataclass

HELD_MS = 60_000  # whoever dies while telling is replaced after that
DECIDES_MS = 40_000  # and whoever decides
KEPT_MS = 7 * 24 * 3600 * 1000  # what was told, so that it is not told again
DECIDER = ""  # stands for the route itself among the environments


@dataclass(frozen=True, slots=True)
class Due:
    """`body` is whatever was to be told; `tries` how often that was tried before.

    `begun_s`: somebody began to tell it then, and never noted how that ended.
    """

    id: str
    body: str
    tries: int
    begun_s: float | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """A transaction in which nobody else decides; `now_s` is by the store's clock."""

    session: Session
    route: str
    now_s: float
    remembered: Mapping[str, str]

    def remember(self, environment: str, remembered: str) -> None:
        self.session.rows(
            "insert into watch (route, environment, remembered) values (:route, :name, :body) "
            "on conflict (route, environment) do update set remembered = excluded.remembered",
            {"route": self.route, "name": environment, "body": remembered},
        )

    def tell(self, id_: str, route: str, due_s: float, body: str) -> None:
        """Have it told, unless something of this name already was."""
        self.session.rows(
            "insert into notice (id, route, due_at, body) values (:id, :route, :due, :body) "
            "on conflict do nothing",
            {"id": id_, "route": route, "due": int(due_s * 1000), "body": body},
        )


class Notices:
    """`holder` is this process."""

    def __init__(self, store: Store, holder: str) -> None:
        self._store = store
        self._holder = holder

    @contextmanager
    def deciding(self, route: str) -> Iterator[Decision | None]:
        """Decide for a route; None where another process does."""
        with self._store.writing() as session:
            named = {"route": route, "decider": DECIDER}
            session.rows(
                "insert into watch (route, environment, remembered) "
                "values (:route, :decider, '0 nobody') on conflict do nothing",
                named,
            )
            ((told, now),) = session.rows(
                f"select remembered, {session.now_ms} from watch "
                f"where route = :route and environment = :decider {session.for_update}",
                named,
            )
            until, _, who = told.partition(" ")
            if who != self._holder and int(until) > now:
                yield None
                return
            rows = session.rows(
                "select environment, remembered from watch where route = :route", named
            )
            remembered = {name: body for name, body in rows if name != DECIDER}
            decision = Decision(session, route, now / 1000, remembered)
            decision.remember(DECIDER, f"{now + DECIDES_MS} {self._holder}")
            yield decision

    def claim(self, route: str) -> list[Due]:
        """Take what is due on a route: for a minute nobody else tells it.

        What was taken before, and not noted to be told or not, comes as it was taken, and alone:
        then it is the same message.
        """
        with self._store.writing() as session:
            free = session.rows(
                f"""
                select n.held_until, n.id, n.body, n.tries, {session.now_ms}
                from notice as n
                where n.route = :route and n.told_at is null
                    and n.due_at <= {session.now_ms} and n.held_until < {session.now_ms}
                {session.skip_locked}
                """,
                {"route": route},
            )
            before = min((held for held, *_ in free if held), default=0)
            taken = sorted(each for each in free if each[0] == before)
            change = "update notice set held_until = :until, tries = tries + 1 where id = :id"
            for _, id_, *_ in taken:
                session.rows(change, {"id": id_, "until": taken[0][-1] + HELD_MS})
        begun_s = (before - HELD_MS) / 1000 if before else None
        return [Due(id_, body, tries, begun_s) for _, id_, body, tries, _ in taken]

    def told(self, due: Sequence[Due]) -> None:
        self._each(due, "told_at = {now}, held_until = 0", 0)

    def later(self, due: Sequence[Due], seconds: float) -> None:
        self._each(due, "held_until = 0, due_at = {now} + :wait", seconds)

    def _each(self, due: Sequence[Due], change: str, seconds: float) -> None:
        with self._store.writing() as session:
            now = session.now_ms
            for each in due:
                session.rows(
                    f"update notice set {change.format(now=now)} where id = :id",
                    {"id": each.id, **({"wait": int(seconds * 1000)} if seconds else {})},
                )
            session.rows(f"delete from notice where told_at < {now} - {KEPT_MS}")
