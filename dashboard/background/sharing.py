"""Several processes as one: each asks its share of the environments, and shows what all were told.

While what they share is away, each asks all environments itself.
"""

import logging
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from dashboard.background.codec import CodecError, decode, encode
from dashboard.background.periodic_task import PeriodicTask, or_broken
from dashboard.collect.result import LastResult
from dashboard.environments import Environment
from dashboard.state import (
    Leases,
    SharedAnswer,
    SharedAnswers,
    SharedStore,
    StateError,
    Trail,
    leases,
)

EVERY_S = 2.0
RENEW_S = 4.0
SURE = 0.8  # of the time that it is held: later, another may have claimed what is not renewed
REST_S = 10.0  # what will be asked sooner is not handed over
FIRST_S = 4.0  # how long the first share is waited for

log = logging.getLogger("dashboard")


class Sharing:
    """`places` name the environments for all processes; `tasks` are what is shared, by its kind.

    `adopted` is called after something was taken over, and `let_go` when an environment is another
    process's to ask.
    """

    def __init__(
        self,
        store: SharedStore,
        places: Mapping[Environment, str],
        tasks: Mapping[str, PeriodicTask[Any]],
        adopted: Callable[[], None],
        let_go: Callable[[Environment], None],
    ) -> None:
        self.trail = Trail(store)
        self._holder = secrets.token_hex(8)
        self._leases = Leases(store, self._holder)
        self._answers = SharedAnswers(store, self._holder)
        self._places = places
        self._named = {place: environment for environment, place in places.items()}
        self._tasks = tasks
        self._adopted = adopted
        self._let_go = let_go
        self._mine: frozenset[str] | None = None  # None: all, for nothing is shared
        self._renewed = float("-inf")
        self._outgoing: dict[tuple[str, str], tuple[LastResult[Any], float]] = {}
        self._unreadable: set[str] = set()
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sharing", daemon=True)
        for kind, task in tasks.items():
            task.is_mine = self.is_mine
            task.published = self._teller(kind)

    def start(self) -> None:
        """Get a share before anybody is asked; without one soon, each asks for itself."""
        self._turn()
        self._thread.start()

    def close(self) -> None:
        self._closed.set()
        if self._thread.is_alive():
            self._thread.join(FIRST_S)
        for last in (self._save, partial(self._leases.give_up, self._places.values())):
            try:
                last()
            except StateError:
                log.info("The share of this process runs out by itself.")

    def is_mine(self, environment: Environment) -> bool:
        """Whether this process asks it: what another wrote and nobody here can read, too."""
        place, mine = self._places.get(environment), self._mine
        if mine is None or place in self._unreadable:
            return True
        return place in mine and not self._lapsed

    @property
    def _lapsed(self) -> bool:
        """Whether others may ask by now what was held: this process was stopped for so long."""
        return time.monotonic() - self._renewed > leases.HELD_S

    def _teller(self, kind: str) -> Callable[[LastResult[Any]], None]:
        def tell(last: LastResult[Any]) -> None:
            with self._lock:
                place = self._places[last.environment]
                self._outgoing[kind, place] = (last, time.monotonic())

        return tell

    def _run(self) -> None:
        while not self._closed.wait(EVERY_S):
            self._turn()

    def _turn(self) -> None:
        try:
            renewing = time.monotonic() - self._renewed >= RENEW_S
            # first: what these were asked is told before they are handed over
            resting = self._resting() if renewing else []
            self._save()
            if renewing:
                self._renew(resting)
            self._load()
            self.trail.save()
        except StateError:
            if self._mine is not None and time.monotonic() - self._renewed > SURE * leases.HELD_S:
                self._share(None)
        except Exception:  # a bug of ours must not leave the environments to nobody
            log.exception("What processes share could not be read or written.")
            self._share(None)

    def _renew(self, resting: Sequence[str]) -> None:
        began = time.monotonic()
        mine = self._leases.renew(self._places.values(), resting)
        changed = self._lapsed or mine != self._mine
        if changed:
            self._load()  # what others were told comes first: nobody is asked again for it
        self._renewed = began
        if changed:
            self._share(mine)

    def _resting(self) -> list[str]:
        return [place for each, place in self._places.items() if self._rests(each)]

    def _rests(self, environment: Environment) -> bool:
        return all(
            each.resting(environment, REST_S)
            for each in self._tasks.values()
            if environment in each.environments
        )

    def _share(self, mine: frozenset[str] | None) -> None:
        before = self._named.keys() if self._mine is None else self._mine
        self._mine = mine
        for place in () if mine is None else before - mine:
            self._let_go(self._named[place])
        for each in self._tasks.values():
            each.shares_changed()

    def _save(self) -> None:
        with self._lock:
            outgoing, self._outgoing = self._outgoing, {}
        written = [
            (kind, place, at, body)
            for (kind, place), (last, at) in outgoing.items()
            if isinstance(body := or_broken(partial(encode, (last.value, last.failure))), bytes)
        ]
        now = time.monotonic()
        try:
            self._answers.save(
                [SharedAnswer(kind, place, now - at, body) for kind, place, at, body in written]
            )
        except StateError:
            with self._lock:
                self._outgoing = {**outgoing, **self._outgoing}
            raise

    def _load(self) -> None:
        taken = [self._take(each) for each in self._answers.new()]
        if any(taken):
            self._adopted()

    def _take(self, answer: SharedAnswer) -> bool:
        environment, task = self._named.get(answer.place), self._tasks.get(answer.kind)
        if environment is None or task is None or environment not in task.environments:
            return False
        try:
            value, failure = decode(answer.body)
        except CodecError as error:
            if answer.place not in self._unreadable:
                log.warning("%s is asked here, too: %s.", environment.name, error)
                self._unreadable.add(answer.place)
                task.shares_changed()
            return False
        self._unreadable.discard(answer.place)
        return task.adopt(LastResult(environment, value, failure), answer.age_s)


def place_name(environment: Environment, address: str) -> str:
    """Name it as all processes do: of one whose address has changed nothing is taken over."""
    return f"{environment.name} {address}"
