"""Every environment asked at once: one thread with a selector over all their connections."""

import contextlib
import queue
import selectors
import socket
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar

from dashboard.diagnose.facts import Unavailable
from dashboard.environments import Environment
from dashboard.postgres.deadline import Deadline, cut_off
from dashboard.postgres.errors import timed_out
from dashboard.postgres.pipeline import LOOK_EVERY_S, Listen
from dashboard.postgres.pool import Answers, Connect, Connections, Limits, Pooled
from dashboard.settings import Settings
from queries.query import Statement
from queries.records import dataclass

THREADS = "fleet"  # how the names of all its threads begin

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Ask:
    """Send these statements in one round trip, and go on with what comes of them."""

    statements: Sequence[Statement[Any]]
    limits: Limits


@dataclass(frozen=True, slots=True)
class Wait:
    """Go on once this holds, or after so many seconds."""

    until: Callable[[], bool]
    seconds: float


# what is asked of one environment, step by step, and what is made of it
Conversation = Generator[Ask | Wait, Answers | Unavailable, R]


class Fleet:
    """Asks environments; each goes on as soon as its own answer is there."""

    def __init__(self, settings: Settings) -> None:
        self._environments = settings.environments
        self._connections = Connections(settings)

    def close(self) -> None:
        self._connections.close()

    def ask(
        self, statements: Mapping[Environment, Sequence[Statement[Any]]], limits: Limits
    ) -> Iterator[tuple[Environment, Answers | Unavailable]]:
        """Send each environment its statements; the answers come in the order they arrive."""

        def asked(environment: Environment, _: Deadline) -> Conversation[Answers | Unavailable]:
            return (yield Ask(statements[environment], limits))

        return self.run(asked, limits, tuple(statements))

    def ask_one(
        self, environment: Environment, statements: Sequence[Statement[Any]], limits: Limits
    ) -> Answers | Unavailable:
        ((_, answers),) = self.ask({environment: statements}, limits)
        return answers

    def run(
        self,
        begin: Callable[[Environment, Deadline], Conversation[R]],
        limits: Limits,
        environments: Sequence[Environment] | None = None,
    ) -> Iterator[tuple[Environment, R | Unavailable]]:
        """Hold a conversation with each environment, and yield what comes of it as it ends.

        The deadline begins for all at the first look at what is yielded, however slowly the rest
        is looked at; no conversation is waited for beyond it, nor once nobody listens any more.
        """
        asked = self._environments if environments is None else environments
        deadline = Deadline(limits.deadline_s)
        conversations = {each: begin(each, deadline) for each in asked}
        run = _Run(self._connections, deadline, conversations)
        _start("run", run.drive)
        try:
            for _ in asked:
                outcome = run.outcomes.get()
                if isinstance(outcome, BaseException):
                    raise outcome
                yield outcome
        finally:
            run.stop()

    def let_go(self, environment: Environment) -> None:
        """End the connection that is kept for the next ask."""
        self._connections.let_go(environment)

    def run_one(
        self,
        begin: Callable[[Environment, Deadline], Conversation[R]],
        limits: Limits,
        environment: Environment,
    ) -> R | Unavailable:
        ((_, outcome),) = self.run(begin, limits, (environment,))
        return outcome


_Steps = Generator[Connect | Listen | Wait, Pooled | None, R]


@dataclass(slots=True, eq=False)
class _Pending(Generic[R]):
    """A conversation that has not ended; `listening` is what the selector knows of it."""

    environment: Environment
    conversation: Conversation[R]
    steps: _Steps[R]
    step: Connect | Listen | Wait | None = None
    since: float = 0.0
    listening: Listen | None = None
    socket: int = -1

    @property
    def waited(self) -> bool:
        step = self.step
        return isinstance(step, Wait) and (
            step.until() or time.monotonic() - self.since >= step.seconds
        )


class _Run(Generic[R]):
    """The conversations of one run: all of it happens in one thread, but `stop` and `_connect`."""

    def __init__(
        self,
        connections: Connections,
        deadline: Deadline,
        conversations: Mapping[Environment, Conversation[R]],
    ) -> None:
        self._connections = connections
        self._deadline = deadline
        self._pending = {
            environment: _Pending(environment, each, self._steps(environment, each))
            for environment, each in conversations.items()
        }
        self._waiting: set[_Pending[R]] = set()
        self._looked = time.monotonic()
        self._lock = threading.Lock()
        self._waking: socket.socket | None = None  # while connections are taken in
        self._connected: queue.SimpleQueue[tuple[_Pending[R], Pooled | BaseException]] = (
            queue.SimpleQueue()
        )
        self.outcomes: queue.SimpleQueue[tuple[Environment, R | Unavailable] | BaseException] = (
            queue.SimpleQueue()
        )

    def drive(self) -> None:
        """Let every conversation go on as soon as what it waits for is there."""
        try:
            with selectors.DefaultSelector() as self._selector, self._woken():
                self._converse()
            for each in self._pending:
                address = self._connections.address(each)
                self.outcomes.put((each, timed_out(address, self._deadline.seconds)))
        except BaseException as bug:  # noqa: BLE001  # handed over, and raised by the asker
            self.outcomes.put(bug)
        finally:
            self._end()

    def stop(self) -> None:
        """Give up what has not ended: nobody listens any more."""
        self._deadline.expire()
        with self._lock:
            self._wake()

    @contextlib.contextmanager
    def _woken(self) -> Iterator[None]:
        """Let other threads end the selector's waiting."""
        self._awoken, waking = socket.socketpair()
        with self._awoken, waking:
            waking.setblocking(False)
            self._selector.register(self._awoken, selectors.EVENT_READ)
            self._waking = waking
            try:
                yield
            finally:
                with self._lock:
                    self._waking = None

    def _wake(self) -> None:
        if self._waking:
            with contextlib.suppress(BlockingIOError):  # it was woken often enough
                self._waking.send(b"!")

    def _steps(self, environment: Environment, conversation: Conversation[R]) -> _Steps[R]:
        """Take a conversation apart into what can be waited for."""
        try:
            wanted = next(conversation)
            while True:
                if isinstance(wanted, Ask):
                    ask = self._connections.ask
                    answers = yield from ask(
                        environment, wanted.statements, wanted.limits, self._deadline
                    )
                    wanted = conversation.send(answers)
                else:
                    yield wanted
                    wanted = next(conversation)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]

    def _converse(self) -> None:
        for each in tuple(self._pending.values()):
            if self._deadline.expired:
                return
            self._go_on(each)
            self._turn(0.0)  # who is near may answer before all are asked
        while self._pending and not self._deadline.expired:
            self._turn(min(self._deadline.remaining_s, LOOK_EVERY_S))

    def _turn(self, seconds: float) -> None:
        """Wait for so long at most, and let go on whoever waited for what came."""
        for each in [each for each in self._waiting if each.waited]:
            self._go_on(each)
        for key, _ in self._selector.select(seconds):
            if self._deadline.expired:  # to go on with hundreds takes its time
                return
            if key.data:
                self._go_on(key.data)
            else:
                self._take_in()
        if time.monotonic() - self._looked >= LOOK_EVERY_S:
            self._look()

    def _go_on(self, pending: _Pending[R], made: Pooled | BaseException | None = None) -> None:
        """Let a conversation go on until it has to wait, or ends."""
        self._waiting.discard(pending)
        pending.step = None
        try:
            if isinstance(made, BaseException):
                pending.step = pending.steps.throw(made)
            else:
                pending.step = pending.steps.send(made)
        except StopIteration as end:
            del self._pending[pending.environment]
            self.outcomes.put((pending.environment, end.value))
        self._await(pending)

    def _await(self, pending: _Pending[R]) -> None:
        step = pending.step
        self._listen(pending, step if isinstance(step, Listen) else None)
        if isinstance(step, Connect):
            _start("connect", self._connect, pending)
        elif isinstance(step, Wait):
            pending.since = time.monotonic()
            self._waiting.add(pending)

    def _listen(self, pending: _Pending[R], wanted: Listen | None) -> None:
        """Tell the selector what a conversation listens to from now on."""
        known, pending.listening = pending.listening, wanted
        if known == wanted:
            return
        if known:
            self._selector.unregister(pending.socket)
        if wanted:
            pending.socket = wanted.connection.fileno()
            self._selector.register(pending.socket, wanted.events, pending)

    def _look(self) -> None:
        """Let go on whoever may have been answered without the selector's knowledge."""
        self._looked = time.monotonic()
        for each in tuple(self._pending.values()):
            if each.listening and each.listening.connection.pgconn.ssl_in_use:
                self._go_on(each)

    def _connect(self, pending: _Pending[R]) -> None:
        """Connect in a thread of its own, for this waits."""
        try:
            made = self._connections.connect(pending.environment)
        except BaseException as error:  # noqa: BLE001  # raised where the connection is wanted
            self._hand_over(pending, error)
        else:
            self._hand_over(pending, made)

    def _hand_over(self, pending: _Pending[R], made: Pooled | BaseException) -> None:
        with self._lock:
            if self._waking:
                self._connected.put((pending, made))
                self._wake()
                return
        if not isinstance(made, BaseException):
            self._connections.give_back(made)

    def _take_in(self) -> None:
        self._awoken.recv(4096)
        while not (self._connected.empty() or self._deadline.expired):
            self._go_on(*self._connected.get())

    def _end(self) -> None:
        """Cut off what has not ended."""
        self._deadline.expire()
        while not self._connected.empty():
            _, made = self._connected.get()
            if not isinstance(made, BaseException):
                self._connections.give_back(made)
        for each in self._pending.values():
            each.conversation.close()  # it asks for nothing more
            if isinstance(each.step, Listen):
                _start("cut off", cut_off, each.steps, each.step)
            else:
                each.steps.close()


def _start(what: str, work: Callable[..., None], *arguments: object) -> None:
    """Do something that takes its time, and that the process does not wait for when it ends."""
    name = f"{THREADS}: {what}"
    threading.Thread(target=work, args=arguments, name=name, daemon=True).start()
