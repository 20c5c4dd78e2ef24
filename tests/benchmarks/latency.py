"""TCP proxies in a process of their own, each with a latency that may change while it runs.

Their work is not done under the interpreter lock of what is measured.
"""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Self

from dashboard.settings import project_folder

MUTE = -1.0  # a latency: everything is taken in and nothing comes back


class Proxies:
    """Forward to a server on this machine, each proxy with its own round trip in milliseconds."""

    def __init__(self, port: int, round_trips_ms: Sequence[float]) -> None:
        self._command = [sys.executable, "-m", "tests.benchmarks.latency", str(port)]
        self._round_trips_ms = round_trips_ms
        self.ports: tuple[int, ...] = ()

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command,
            cwd=project_folder(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.ports = tuple(self._ask(list(self._round_trips_ms)))
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()  # it ends with its input

    def change(self, place: int, round_trip_ms: float) -> None:
        """Let one proxy be slower, faster or MUTE from now on."""
        self._ask([place, round_trip_ms])

    def turns(self, place: int) -> int:
        """Count how often a client of one proxy has spoken anew: each time is a round trip."""
        return self._ask([place])[0]

    def _ask(self, said: Sequence[float]) -> Sequence[int]:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{json.dumps(said)}\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


class Lane:
    """One proxy: how long each direction takes, in seconds."""

    def __init__(self, round_trip_ms: float) -> None:
        self.turns = 0
        self.change(round_trip_ms)

    def change(self, round_trip_ms: float) -> None:
        self.mute = round_trip_ms == MUTE
        self.one_way_s = max(0.0, round_trip_ms) / 2000


class Talk:
    """One connection: whose turn it is."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane
        self._answered = True

    def asked(self) -> None:
        self._lane.turns += self._answered
        self._answered = False

    def answered(self) -> None:
        self._answered = True


async def _serve(target: int) -> None:
    lines = _lines()
    lanes = [Lane(each) for each in json.loads(await anext(lines))]
    async with contextlib.AsyncExitStack() as stack:
        ports = []
        for lane in lanes:
            server = await asyncio.start_server(_forwarding(lane, target), "127.0.0.1", 0)
            stack.callback(server.close)
            ports.append(server.sockets[0].getsockname()[1])
        _say(ports)
        async for line in lines:
            place, *changed = json.loads(line)
            for round_trip_ms in changed:
                lanes[place].change(round_trip_ms)
            _say([lanes[place].turns])
        os._exit(0)  # what is still connected is nobody's any more: nothing is to be unwound


async def _lines() -> AsyncIterator[str]:
    while line := await asyncio.to_thread(sys.stdin.readline):
        yield line


def _say(said: Sequence[int]) -> None:
    sys.stdout.write(f"{json.dumps(said)}\n")
    sys.stdout.flush()


Forward = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def _forwarding(lane: Lane, target: int) -> Forward:
    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", target)
        talk = Talk(lane)
        with contextlib.suppress(ConnectionError):
            await asyncio.gather(
                _carry(reader, there_writer, lane, talk.asked),
                _carry(there_reader, writer, lane, talk.answered),
            )

    return forward


async def _carry(
    source: asyncio.StreamReader,
    target: asyncio.StreamWriter,
    lane: Lane,
    heard: Callable[[], None],
) -> None:
    """Deliver what comes in so much later, and in the order it came."""
    under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
    delivering = asyncio.create_task(_deliver(under_way, target))
    clock = asyncio.get_running_loop().time
    try:
        while data := await source.read(65536):
            heard()
            if not lane.mute:
                under_way.put_nowait((clock() + lane.one_way_s, data))
    finally:
        under_way.put_nowait((clock() + lane.one_way_s, b""))
        await delivering


async def _deliver(
    under_way: "asyncio.Queue[tuple[float, bytes]]", target: asyncio.StreamWriter
) -> None:
    clock = asyncio.get_running_loop().time
    with contextlib.suppress(ConnectionError):
        while True:
            due, data = await under_way.get()
            await asyncio.sleep(due - clock())
            if not data:
                break
            target.write(data)
            await target.drain()
    target.close()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
