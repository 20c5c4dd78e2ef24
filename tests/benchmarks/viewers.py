"""Sessions without a browser, in a process of their own: they connect and run pages."""

import asyncio
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Self

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from dashboard.settings import project_folder
from tests.benchmarks.timing import since

PATIENCE_S = 120.0
ARRIVING = 8  # sessions that come at the same time
RUNS_OF_A_VISIT = 5
LONGEST_THINKING_S = 2.0
FAILURES = (OSError, websockets.WebSocketException, asyncio.BrokenBarrierError)


@dataclass(frozen=True, slots=True)
class Visit:
    """A page and the query of its address."""

    page: str = ""
    query: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What viewers do: so many look at one page as fast as it comes, or come and go."""

    address: str
    visits: tuple[Visit, ...]
    sessions: int
    seconds: float
    staying: bool = True

    @classmethod
    def parse(cls, text: str) -> Self:
        given = json.loads(text)
        return cls(**{**given, "visits": tuple(Visit(**each) for each in given["visits"])})


@dataclass(slots=True)
class Seen:
    """What the viewers saw; times in milliseconds."""

    first: list[float] = field(default_factory=list)
    reruns: list[float] = field(default_factory=list)
    wall_s: float = 0.0
    exceptions: int = 0
    failed: list[str] = field(default_factory=list)
    headlines: dict[str, int] = field(default_factory=dict)


class Session:
    """One viewer's websocket."""

    def __init__(self, socket: "websockets.ClientConnection", visit: Visit, seen: Seen) -> None:
        self._socket = socket
        self._visit = visit
        self._seen = seen
        self._script = ""

    async def run(self) -> float:
        """Run the page once, and tell how long it took in milliseconds."""
        asked = BackMsg()
        asked.rerun_script.query_string = self._visit.query
        if self._script:
            asked.rerun_script.page_script_hash = self._script
        else:
            asked.rerun_script.page_name = self._visit.page
        started = time.perf_counter()
        await self._socket.send(asked.SerializeToString())
        await self._until_finished()
        return since(started)

    async def _until_finished(self) -> None:
        headline = ""
        while True:
            said = ForwardMsg.FromString(
                await asyncio.wait_for(self._socket.recv(decode=False), PATIENCE_S)
            )
            kind = said.WhichOneof("type")
            if kind == "navigation":
                self._script = said.navigation.page_script_hash
            if kind == "delta":
                heard = self._heard(said)
                headline = headline or heard
            if kind == "script_finished":
                headlines = self._seen.headlines
                headlines[headline] = headlines.get(headline, 0) + 1
                return

    def _heard(self, said: ForwardMsg) -> str:
        element = said.delta.new_element
        if element.WhichOneof("type") == "exception":
            self._seen.exceptions += 1
        return element.alert.title or element.alert.body


def connected(address: str, headers: Mapping[str, str] | None = None) -> "websockets.connect":
    url = f"{address.replace('http', 'ws', 1)}/_stcore/stream"
    return websockets.connect(
        url,
        additional_headers=headers,
        subprotocols=["streamlit"],
        max_size=None,
        ping_interval=None,
    )


async def first_page(address: str, visit: Visit, limit_s: float) -> None:
    """Connect as soon as the server takes connections, and wait for a finished page."""
    limit = time.monotonic() + limit_s
    while True:
        try:
            async with connected(address) as socket:
                await Session(socket, visit, Seen()).run()
                return
        except (OSError, websockets.InvalidHandshake):
            if time.monotonic() > limit:
                raise
            await asyncio.sleep(0.02)


async def look_on(plan: Plan) -> Seen:
    seen = Seen()
    if plan.staying:
        arriving, arrived = asyncio.Semaphore(ARRIVING), asyncio.Barrier(plan.sessions)
        viewers = (_stay(plan, seen, arriving, arrived) for _ in range(plan.sessions))
    else:
        viewers = (_come_and_go(plan, seen, random.Random(n)) for n in range(plan.sessions))
    await asyncio.gather(*viewers)
    return seen


async def _stay(
    plan: Plan, seen: Seen, arriving: asyncio.Semaphore, arrived: asyncio.Barrier
) -> None:
    """Run the first page again and again, once all are there."""
    try:
        async with connected(plan.address) as socket:
            session = Session(socket, plan.visits[0], seen)
            async with arriving:
                seen.first.append(await session.run())
            await arrived.wait()
            started = time.monotonic()
            while time.monotonic() - started < plan.seconds:
                seen.reruns.append(await session.run())
            await arrived.wait()  # the connection is kept until all are done
            seen.wall_s = max(seen.wall_s, time.monotonic() - started)
    except FAILURES as error:
        seen.failed.append(type(error).__name__)
        await arrived.abort()  # nobody waits for one that is gone


async def _come_and_go(plan: Plan, seen: Seen, chance: random.Random) -> None:
    """Visit one page after the other, each in a session of its own."""
    end = time.monotonic() + plan.seconds
    while time.monotonic() < end:
        try:
            await _visit(plan, seen, chance)
        except FAILURES as error:
            seen.failed.append(type(error).__name__)
            await asyncio.sleep(LONGEST_THINKING_S)


async def _visit(plan: Plan, seen: Seen, chance: random.Random) -> None:
    """Run some page a few times, with time to read."""
    async with connected(plan.address) as socket:
        session = Session(socket, chance.choice(plan.visits), seen)
        seen.first.append(await session.run())
        for _ in range(chance.randrange(RUNS_OF_A_VISIT)):
            await asyncio.sleep(chance.uniform(0, LONGEST_THINKING_S))
            seen.reruns.append(await session.run())


class Viewers:
    """Let viewers look on from a process of their own."""

    def __init__(self, plan: Plan) -> None:
        command = [sys.executable, "-m", "tests.benchmarks.viewers", json.dumps(asdict(plan))]
        # a pipe that nobody reads yet would fill up
        self._said = tempfile.TemporaryFile("w+")  # noqa: SIM115  # closed once it was read
        self._process = subprocess.Popen(command, cwd=project_folder(), stdout=self._said)

    @property
    def looking(self) -> bool:
        return self._process.poll() is None

    def seen(self) -> Seen:
        """Wait until they have gone."""
        assert self._process.wait() == 0
        with self._said:
            self._said.seek(0)
            return Seen(**json.load(self._said))


def main(arguments: Sequence[str]) -> None:
    seen = asyncio.run(look_on(Plan.parse(arguments[0])))
    sys.stdout.write(json.dumps(asdict(seen)))


if __name__ == "__main__":
    main(sys.argv[1:])
