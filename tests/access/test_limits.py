"""Nobody takes the server from the others, and nobody notices who does nothing of the kind."""

import asyncio
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from dashboard.access import limits
from dashboard.access.limits import Limits
from tests.access.running import run, silent

MESSAGE = {"type": "websocket.receive", "bytes": b"x"}
GONE = {"type": "websocket.disconnect"}


class Clock:
    """Time that passes only where somebody waits."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr(limits, "monotonic", lambda: self.now)
        monkeypatch.setattr(limits, "sleep", self.sleep)

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


class Reader:
    """An application that reads its socket to the end, or keeps it open until told."""

    def __init__(self, *, staying: bool = False) -> None:
        self.read: list[Any] = []
        self.leave = asyncio.Event()
        self._staying = staying

    async def __call__(self, _scope: Scope, receive: Receive, _send: Send) -> None:
        if self._staying:
            await self.leave.wait()
            return
        while (message := await receive())["type"] != "websocket.disconnect":
            self.read.append(message)


def socket(address: str | None = "10.0.0.1") -> Scope:
    client = (address, 1234) if address else None
    return {"type": "websocket", "client": client, "extensions": {"websocket.http.response": {}}}


def flood(messages: int) -> Any:
    waiting = iter([*[MESSAGE] * messages, GONE])

    async def receive() -> Any:
        return next(waiting)

    return receive


async def nothing(_message: Any) -> None:
    pass


def test_a_flood_is_read_at_a_steady_pace_and_none_is_lost(clock: Clock) -> None:
    reader, started = Reader(), clock.now
    run(Limits(reader)(socket(), flood(5_000), nothing))
    assert len(reader.read) == 5_000
    steady = (5_000 - limits.SOCKET_BURST) / limits.SOCKET_PER_S
    assert clock.now - started == pytest.approx(steady, abs=0.2)


@pytest.mark.parametrize("between", [0.0, 0.1])
def test_what_a_person_does_is_never_slowed(clock: Clock, between: float) -> None:
    """Fifteen changes of the page in seven seconds, and all that the pages ask by themselves."""
    reader = Reader()

    async def clicking() -> Any:
        clock.now += 0.47 if len(reader.read) % 2 else between
        return MESSAGE if len(reader.read) < 30 else GONE

    waited = clock.now
    run(Limits(reader)(socket(), clicking, nothing))
    assert clock.now - waited == pytest.approx(15 * 0.47 + 16 * between)


def test_all_sockets_of_an_address_share_its_pace(clock: Clock) -> None:
    reader, started = Reader(), clock.now

    async def together(app: Limits) -> None:
        await asyncio.gather(*(app(socket(), flood(200), nothing) for _ in range(10)))

    run(together(Limits(reader)))
    assert len(reader.read) == 2_000
    steady = (2_000 - limits.ADDRESS_BURST) / limits.ADDRESS_PER_S
    assert clock.now - started >= steady - 1


def test_who_comes_and_goes_has_no_new_burst(clock: Clock) -> None:
    reader, started = Reader(), clock.now
    app = Limits(reader)
    for _ in range(50):
        run(app(socket(), flood(30), nothing))
    steady = (50 * 30 - limits.ADDRESS_BURST) / limits.ADDRESS_PER_S
    assert clock.now - started >= steady - 1


def test_nothing_is_remembered_of_who_is_gone(clock: Clock) -> None:
    app = Limits(Reader())
    for number in range(100):
        run(app(socket(f"10.0.1.{number}"), flood(1), nothing))
        clock.now += 60
    assert len(app._addresses) == 1


async def _opened(app: Limits, scopes: list[Scope], leave: asyncio.Event) -> list[int | None]:
    """Open sockets that stay, and tell what each was answered."""
    sent: list[list[Any]] = [[] for _ in scopes]

    async def opened(place: int) -> None:
        async def send(message: Any) -> None:
            sent[place].append(message)

        await app(scopes[place], flood(0), send)

    tasks = [asyncio.create_task(opened(place)) for place in range(len(scopes))]
    await asyncio.sleep(0.01)
    leave.set()
    await asyncio.gather(*tasks)
    return [each[0]["status"] if each else None for each in sent]


@pytest.mark.parametrize(
    ("scopes", "status", "admitted"),
    [
        ([socket()] * (limits.SOCKETS_EACH + 3), 429, limits.SOCKETS_EACH),
        ([socket(None)] * (limits.SOCKETS_EACH + 3), 429, limits.SOCKETS_EACH),
        ([socket(f"a{n // 20}") for n in range(limits.SOCKETS + 3)], 503, limits.SOCKETS),
    ],
)
def test_one_socket_too_many_is_refused_until_another_closes(
    scopes: list[Scope], status: int, admitted: int
) -> None:
    async def twice() -> tuple[list[int | None], list[int | None]]:
        reader = Reader(staying=True)
        app = Limits(reader)
        first = await _opened(app, scopes, reader.leave)
        return first, await _opened(app, scopes[:1], reader.leave)

    first, again = run(twice())
    assert first == [None] * admitted + [status] * 3
    assert again == [None]


def test_requests_are_not_counted() -> None:
    reached: list[Scope] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        reached.append(scope)

    run(Limits(app)({"type": "http"}, silent, nothing))
    assert reached


def test_behind_a_proxy_each_person_counts_alone() -> None:
    """All of them come from its one address."""

    async def together() -> list[int | None]:
        reader = Reader(staying=True)
        people = [{**socket(), limits.USER: f"p{number % 2}@example.com"} for number in range(62)]
        return await _opened(Limits(reader), people, reader.leave)

    assert run(together()) == [None] * 60 + [429, 429]
